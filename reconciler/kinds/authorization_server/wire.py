"""How a custom authorization server travels: `/api/v1/authorizationServers` (okta-api §1.6, §2.6).

The document keys children by name: `scopes`, `accessPolicies` and within a policy `rules`; how those are written
stands in `children`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reconciler.core import flows
from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Resource
from reconciler.core.wire import Answer, Call, Flow, Items, Traces, Wire
from reconciler.kinds.authorization_server import children
from reconciler.kinds.authorization_server.spec import AccessPolicy, OktaAuthorizationServer, Rule, Scope

KIND = "AuthorizationServer"
ROOT = "/api/v1/authorizationServers"
_PLAIN = ("name", "description", "audiences")


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
            "rotationMode": spec.rotation_mode,
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
        "status": children.ON,
        "description": policy.description or policy.name,
        "clients": sorted(set(policy.clients)),
        "rules": {rule.name: _rule(rule, place) for place, rule in enumerate(policy.rules, 1)},
    }


def _rule(rule: Rule, priority: int) -> Document:
    return without_none(
        {
            "priority": priority,
            "status": children.ON,
            "grantTypes": sorted(set(rule.grant_types)),
            "scopes": sorted(set(rule.scopes)),
            "accessTokenLifetimeMinutes": rule.access_token_lifetime_minutes,
            "refreshTokenLifetimeMinutes": rule.refresh_token_lifetime_minutes,
            "refreshTokenWindowMinutes": rule.refresh_token_window_minutes,
        }
    )


# -- from the organisation to a record -----------------------------------------------------------------------------


def record(raw: Document) -> Record:
    """Normalise a server with its children; system scopes and system policies are Okta's and left out."""
    signing = (raw.get("credentials") or {}).get("signing") or {}
    document = without_none(
        {
            **{member: raw.get(member) for member in _PLAIN},
            "rotationMode": signing.get("rotationMode"),
        }
    )
    document["scopes"] = {
        item["name"]: without_none({k: item.get(k) for k in ("displayName", "description", *children.SCOPE_DEFAULTS)})
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
        "status": raw.get("status", children.ON),
        "description": raw.get("description"),
        "clients": sorted(_include(raw, "clients")),
        "rules": {item["name"]: _live_rule(item, place) for place, item in _ranked(raw.get("rules"))},
    }


def _live_rule(raw: Document, priority: int) -> Document:
    token = (raw.get("actions") or {}).get("token") or {}
    return without_none(
        {
            "priority": priority,
            "status": raw.get("status", children.ON),
            "grantTypes": sorted(_include(raw, "grantTypes")),
            "scopes": sorted(_include(raw, "scopes")),
            **{member: token.get(member) for member in children.LIFETIMES},
        }
    )


def _include(raw: Document, condition: str) -> list[str]:
    return list(((raw.get("conditions") or {}).get(condition) or {}).get("include") or [])


def imagine(document: Document, server_id: str) -> Document:
    """The raw server that the document describes, as Okta makes it: ACTIVE."""
    policies = [
        children.policy_body(name, body)
        | {"rules": [children.rule_body(rule, inner) for rule, inner in body["rules"].items()]}
        for name, body in document.get("accessPolicies", {}).items()
    ]
    return {
        **_own_fields(document),
        "id": server_id,
        "status": State.ACTIVE,
        "issuer": f"https://okta.example/oauth2/{server_id}",
        "scopes": [
            {"name": name, **children.SCOPE_DEFAULTS, **body} for name, body in document.get("scopes", {}).items()
        ],
        "policies": policies,
    }


# -- flows ---------------------------------------------------------------------------------------------------------


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
    raw = yield from flows.one(f"{ROOT}/{server_id}")
    return None if raw is None else (yield from complete(raw))


def create(document: Document) -> Flow[str]:
    """Make the server, then its children in the order that references need: scopes, policies, rules.

    Okta would make a second server of the same name, and nobody could tell the two apart again.
    """
    if (yield from _namesakes(document["name"])):
        raise CallRefused(f"An authorization server named {document['name']} exists.", status=409)
    plain = {member: document[member] for member in _PLAIN if member in document}
    answer: Answer = yield Call("POST", ROOT, plain)
    server_id: str = answer.body["id"]
    called = document["name"]
    yield from flows.alone(server_id, lambda: _namesakes(called), f"The authorization server {called!r}")
    if "rotationMode" in document:  # MANUAL is taken only by an update (okta-api §5 quirk 24)
        yield from _rewrite(answer.body, document)
    yield from children.converge_all(f"{ROOT}/{server_id}", document)
    return server_id


def _namesakes(name: str) -> Flow[list[str]]:
    """The ids of the servers of a name."""
    found = yield from flows.every(f"{ROOT}?q={quote(name, safe='')}")
    return [str(item["id"]) for item in found if item["name"] == name]


def update(server_id: str, document: Document) -> Flow[None]:
    """Read, change what the document names, write the whole (`PUT` is a full replace), then the children."""
    path = f"{ROOT}/{server_id}"
    answer: Answer = yield Call("GET", path)
    yield from _rewrite({"id": server_id, **answer.body}, document)
    yield from children.converge_all(path, document)


def _rewrite(present: Document, document: Document) -> Flow[None]:
    wanted = _own_fields(document)
    if not children.includes(present, wanted):
        yield Call("PUT", f"{ROOT}/{present['id']}", children.over(present, wanted))


def _own_fields(document: Document) -> Document:
    fields = {member: document[member] for member in _PLAIN if member in document}
    if "rotationMode" in document:
        fields["credentials"] = {"signing": {"rotationMode": document["rotationMode"]}}
    return fields


WIRE = Wire(
    listing=lambda: flows.every(ROOT),
    complete=complete,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=lambda server_id, verb, target: flows.move(f"{ROOT}/{server_id}", verb, target),
    traces=Traces(counted=("oauth2.as.",), uncounted=("oauth2.scope.", "policy.lifecycle.", "policy.rule.")),
)
