"""How a custom authorization server travels: `/api/v1/authorizationServers` (okta-api §1.6, §2.6).

The document keys children by name: `scopes`, `accessPolicies` and within a policy `rules`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused, NotFound
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Resource
from reconciler.core.wire import Answer, Call, Flow, Items, Until, Wire, converge
from reconciler.kinds.authorization_server.spec import AccessPolicy, OktaAuthorizationServer, Rule, Scope

KIND = "AuthorizationServer"
ROOT = "/api/v1/authorizationServers"
_SERVER_MADE = frozenset({"id", "created", "lastUpdated", "_links", "issuer", "status", "orn", "system"})
_SCOPE_DEFAULTS: Document = {"consent": "IMPLICIT", "metadataPublish": "NO_CLIENTS", "default": False}


# -- from spec to document -----------------------------------------------------------------------------------------


def to_document(resource: Resource[Any]) -> Document:
    """The desired document: only what the author wrote."""
    spec = resource.spec
    if not isinstance(spec, OktaAuthorizationServer) or not spec.managed:
        return {}
    document = without_none(
        {
            "name": spec.display_name,
            "description": spec.description,
            "audiences": [spec.audience] if spec.audience else None,
        }
    )
    if spec.scopes is not None:
        document["scopes"] = {scope.name: _scope(scope) for scope in spec.scopes}
    if spec.access_policies is not None:
        policies = enumerate(spec.access_policies, 1)
        document["accessPolicies"] = {policy.name: _policy(policy, place) for place, policy in policies}
    return document


def _scope(scope: Scope) -> Document:
    return without_none(
        {
            "displayName": scope.display_name,
            "description": scope.description,
            "consent": scope.consent,
            "metadataPublish": scope.metadata_publish,
            "default": scope.default,
        }
    )


def _policy(policy: AccessPolicy, priority: int) -> Document:
    return {
        "priority": priority,
        "description": policy.description or policy.name,
        "clients": sorted(set(policy.clients)),
        "rules": {rule.name: _rule(rule, place) for place, rule in enumerate(policy.rules, 1)},
    }


def _rule(rule: Rule, priority: int) -> Document:
    return without_none(
        {
            "priority": priority,
            "grantTypes": sorted(set(rule.grant_types)),
            "scopes": sorted(set(rule.scopes)),
            "accessTokenLifetimeMinutes": rule.access_token_lifetime_minutes,
        }
    )


# -- from the organisation to a record -----------------------------------------------------------------------------


def record(raw: Document) -> Record:
    """Normalise a server with its children; system scopes and system policies are Okta's and left out."""
    document = without_none(
        {"name": raw.get("name"), "description": raw.get("description"), "audiences": raw.get("audiences")}
    )
    document["scopes"] = {
        item["name"]: without_none({k: item.get(k) for k in ("displayName", "description", *_SCOPE_DEFAULTS)})
        for item in _own(raw.get("scopes"))
    }
    document["accessPolicies"] = {
        item["name"]: _live_policy(item, place) for place, item in _ranked(raw.get("policies"))
    }
    return Record(
        kind=KIND,
        id=raw["id"],
        key=raw.get("name") or raw["id"],
        state=State(raw.get("status", State.ACTIVE)),
        document=document,
        facts=without_none({"id": raw["id"], "issuer": raw.get("issuer"), "orn": raw.get("orn")}),
    )


def _own(items: list[Document] | None) -> list[Document]:
    return [item for item in items or [] if not item.get("system")]


def _ranked(items: list[Document] | None) -> Iterator[tuple[int, Document]]:
    """Own items in the order in which they are asked; what counts is the rank, since numbers may have gaps."""
    return enumerate(sorted(_own(items), key=lambda item: item.get("priority") or 0), 1)


def _live_policy(raw: Document, priority: int) -> Document:
    return {
        "priority": priority,
        "description": raw.get("description"),
        "clients": sorted(_include(raw, "clients")),
        "rules": {item["name"]: _live_rule(item, place) for place, item in _ranked(raw.get("rules"))},
    }


def _live_rule(raw: Document, priority: int) -> Document:
    token = (raw.get("actions") or {}).get("token") or {}
    return without_none(
        {
            "priority": priority,
            "grantTypes": sorted(_include(raw, "grantTypes")),
            "scopes": sorted(_include(raw, "scopes")),
            "accessTokenLifetimeMinutes": token.get("accessTokenLifetimeMinutes"),
        }
    )


def _include(raw: Document, condition: str) -> list[str]:
    return list(((raw.get("conditions") or {}).get(condition) or {}).get("include") or [])


def imagine(document: Document, server_id: str) -> Document:
    """The raw server that the document describes, as Okta makes it: ACTIVE."""
    policies = [
        _policy_body(name, body) | {"rules": [_rule_body(rule, inner) for rule, inner in body["rules"].items()]}
        for name, body in document.get("accessPolicies", {}).items()
    ]
    return {
        **_own_fields(document),
        "id": server_id,
        "status": State.ACTIVE,
        "issuer": f"https://okta.example/oauth2/{server_id}",
        "scopes": [{"name": name, **_SCOPE_DEFAULTS, **body} for name, body in document.get("scopes", {}).items()],
        "policies": policies,
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def listing() -> Flow[list[Document]]:
    """Every custom authorization server."""
    items: list[Document] = yield Items(ROOT)
    return items


def complete(raw: Document) -> Flow[Document]:
    """Add scopes, policies and their rules."""
    path = f"{ROOT}/{raw['id']}"
    scopes = yield Items(f"{path}/scopes")
    policies = yield Items(f"{path}/policies")
    full = []
    for policy in policies:
        rules = yield Items(f"{path}/policies/{policy['id']}/rules")
        full.append({**policy, "rules": rules})
    return {**raw, "scopes": scopes, "policies": full}


def find(server_id: str) -> Flow[Document | None]:
    """One server with its children, None when it is gone."""
    try:
        answer: Answer = yield Call("GET", f"{ROOT}/{server_id}")
    except NotFound:
        return None
    return (yield from complete(answer.body))


def create(document: Document) -> Flow[str]:
    """Make the server, then its children in the order that references need: scopes, policies, rules.

    Okta would make a second server of the same name, and nobody could tell the two apart again.
    """
    namesakes: Answer = yield Call("GET", f"{ROOT}?q={quote(document['name'], safe='')}&limit=200")
    if any(item["name"] == document["name"] for item in namesakes.body):
        raise CallRefused(f"An authorization server named {document['name']} exists.", status=409)
    answer: Answer = yield Call("POST", ROOT, _own_fields(document))
    server_id: str = answer.body["id"]
    yield from _children(f"{ROOT}/{server_id}", document)
    return server_id


def update(server_id: str, document: Document) -> Flow[None]:
    """Read, change what the document names, write the whole (`PUT` is a full replace), then the children."""
    path = f"{ROOT}/{server_id}"
    answer: Answer = yield Call("GET", path)
    wanted = _own_fields(document)
    if any(answer.body.get(key) != value for key, value in wanted.items()):
        yield Call("PUT", path, _over(answer.body, wanted))
    yield from _children(path, document)


def move(server_id: str, verb: str, target: State) -> Flow[None]:
    """Activate, deactivate or delete, and wait until the organisation shows it."""
    path = f"{ROOT}/{server_id}"
    if target is State.DELETED:
        try:
            yield Call("DELETE", path)
        except NotFound:
            return
        yield Until(path, lambda body: body is None, "the deletion")
        return
    yield Call("POST", f"{path}/lifecycle/{verb}")
    yield Until(path, lambda body: body is not None and body.get("status") == target, f"status {target}")


def _own_fields(document: Document) -> Document:
    return {key: document[key] for key in ("name", "description", "audiences") if key in document}


def _children(path: str, document: Document) -> Flow[None]:
    if "scopes" in document:
        yield from converge(
            f"{path}/scopes",
            {name: {"name": name, **body} for name, body in document["scopes"].items()},
            key=lambda item: item["name"],
            same=_includes,
            change=lambda item, body: Call("PUT", f"{path}/scopes/{item['id']}", _over(item, body)),
            removable=lambda item: not item.get("system"),
        )
    for_policies = document.get("accessPolicies")
    if for_policies is not None:
        yield from _policies(f"{path}/policies", for_policies)


def _policies(path: str, wanted: Document) -> Flow[None]:
    yield from converge(
        path,
        {name: _policy_body(name, body) for name, body in wanted.items()},
        key=lambda item: item["name"],
        same=_includes,
        change=lambda item, body: Call("PUT", f"{path}/{item['id']}", _over(item, body)),
        removable=lambda item: not item.get("system"),
    )
    present = yield Items(path)
    for policy in present:
        if policy["name"] in wanted:
            rules = f"{path}/{policy['id']}/rules"
            yield from converge(
                rules,
                {name: _rule_body(name, body) for name, body in wanted[policy["name"]]["rules"].items()},
                key=lambda item: item["name"],
                same=lambda item, body: _includes(item, _for_its_people(item, body)),
                change=lambda item, body, rules=rules: Call(  # type: ignore[misc]
                    "PUT", f"{rules}/{item['id']}", _over(item, _for_its_people(item, body))
                ),
                removable=lambda item: not item.get("system"),
            )


def _over(present: Document, wanted: Document) -> Document:
    """What a full replace has to send so that only what is wanted changes."""
    kept = {key: value for key, value in present.items() if key not in _SERVER_MADE}
    for key, value in wanted.items():
        inner = kept.get(key)
        kept[key] = _over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return kept


def _for_its_people(present: Document, wanted: Document) -> Document:
    """A wanted rule with the people of the live one: whom a rule is for is not ours to widen after it was made."""
    people = present.get("conditions", {}).get("people")
    return wanted if people is None else {**wanted, "conditions": {**wanted["conditions"], "people": people}}


def _includes(present: Any, wanted: Any) -> bool:
    """Whether a live value holds everything that is wanted; lists count as sets."""
    if isinstance(wanted, dict):
        return isinstance(present, dict) and all(_includes(present.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(present, list) and sorted(present) == sorted(wanted)
    return bool(present == wanted)


def _policy_body(name: str, body: Document) -> Document:
    return {
        "type": "OAUTH_AUTHORIZATION_POLICY",
        "name": name,
        "description": body["description"],
        "priority": body["priority"],
        "conditions": {"clients": {"include": body["clients"]}},
    }


def _rule_body(name: str, body: Document) -> Document:
    return {
        "type": "RESOURCE_ACCESS",
        "name": name,
        "priority": body["priority"],
        "conditions": {
            "grantTypes": {"include": body["grantTypes"]},
            "people": {"groups": {"include": ["EVERYONE"]}},
            "scopes": {"include": body["scopes"]},
        },
        "actions": {
            "token": without_none({"accessTokenLifetimeMinutes": body.get("accessTokenLifetimeMinutes")}),
        },
    }


WIRE = Wire(
    listing=listing,
    complete=complete,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=move,
)
