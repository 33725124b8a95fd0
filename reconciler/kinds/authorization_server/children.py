"""How the children of a custom authorization server are written: scopes, policies and their rules (okta-api §2.6)."""

from typing import Any

from reconciler.core.document import Document, without_none
from reconciler.core.wire import Call, Flow, Items, converge

SCOPE_DEFAULTS: Document = {"consent": "IMPLICIT", "metadataPublish": "NO_CLIENTS", "default": False}
LIFETIME_DEFAULTS = {
    "accessTokenLifetimeMinutes": 60,
    "refreshTokenLifetimeMinutes": 0,
    "refreshTokenWindowMinutes": 10080,
}
"""What a new rule has when nobody says otherwise, in minutes; 0 is without end."""
ON = "ACTIVE"
LIFETIMES = tuple(LIFETIME_DEFAULTS)
_SERVER_MADE = frozenset({"id", "created", "lastUpdated", "_links", "issuer", "status", "orn", "system"})


def converge_all(path: str, document: Document) -> Flow[None]:
    """Make scopes, policies and rules like the document, as far as it names them: scopes first, rules allow them."""
    if "scopes" in document:
        yield from converge(
            f"{path}/scopes",
            {name: {"name": name, **body} for name, body in document["scopes"].items()},
            key=lambda item: item["name"],
            same=includes,
            change=lambda item, body: _mend(f"{path}/scopes/{item['id']}", item, body),
            removable=lambda item: not item.get("system"),
        )
    for_policies = document.get("accessPolicies")
    if for_policies is not None:
        yield from _policies(f"{path}/policies", for_policies)


def _policies(path: str, wanted: Document) -> Flow[None]:
    yield from converge(
        path,
        {name: policy_body(name, body) for name, body in wanted.items()},
        key=lambda item: item["name"],
        same=lambda item, body: is_on(item) and includes(item, body),
        change=lambda item, body: _mend(f"{path}/{item['id']}", item, body),
        removable=lambda item: not item.get("system"),
    )
    present = yield Items(path)
    for policy in present:
        if policy["name"] in wanted:
            rules = f"{path}/{policy['id']}/rules"
            yield from converge(
                rules,
                {name: rule_body(name, body) for name, body in wanted[policy["name"]]["rules"].items()},
                key=lambda item: item["name"],
                same=lambda item, body: is_on(item) and includes(item, _for_its_people(item, body)),
                change=lambda item, body, rules=rules: _mend(  # type: ignore[misc]
                    f"{rules}/{item['id']}", item, _for_its_people(item, body)
                ),
                removable=lambda item: not item.get("system"),
            )


def is_on(item: Document) -> bool:
    """Whether a policy or rule counts: somebody may have switched it off."""
    return bool(item.get("status", ON) == ON)


def _mend(path: str, item: Document, body: Document) -> Flow[None]:
    """Write what differs of a child, and switch on what is off: `PUT` leaves the status as it is (okta-api §3.3)."""
    if not includes(item, body):
        yield Call("PUT", path, over(item, body))
    if not is_on(item):
        yield Call("POST", f"{path}/lifecycle/activate")


def over(present: Document, wanted: Document) -> Document:
    """What a full replace has to send so that only what is wanted changes; what is wanted to be None is left out."""
    kept = {key: value for key, value in present.items() if key not in _SERVER_MADE}
    for key, value in wanted.items():
        inner = kept.get(key)
        kept[key] = over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return without_none(kept)


def _for_its_people(present: Document, wanted: Document) -> Document:
    """A wanted rule with the people of the live one: whom a rule is for is not ours to widen after it was made."""
    people = present.get("conditions", {}).get("people")
    return wanted if people is None else {**wanted, "conditions": {**wanted["conditions"], "people": people}}


def includes(present: Any, wanted: Any) -> bool:
    """Whether a live value holds everything that is wanted; lists count as sets."""
    if isinstance(wanted, dict):
        return isinstance(present, dict) and all(includes(present.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(present, list) and sorted(present) == sorted(wanted)
    return bool(present == wanted)


def policy_body(name: str, body: Document) -> Document:
    """A policy as it is sent."""
    return {
        "type": "OAUTH_AUTHORIZATION_POLICY",
        "name": name,
        "description": body["description"],
        "priority": body["priority"],
        "conditions": {"clients": {"include": body["clients"]}},
    }


def rule_body(name: str, body: Document) -> Document:
    """A rule as it is sent when it is made: for everyone."""
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
            "token": without_none({member: body.get(member) for member in LIFETIMES}),
        },
    }
