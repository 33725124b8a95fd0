"""From live authorization servers back to what an author would write: the inverse of `wire.to_document` and `lends`."""

from typing import Any

from reconciler.core.document import Document, without_none
from reconciler.core.kind import Loan
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record
from reconciler.core.url import url_key
from reconciler.kinds.authorization_server import children
from reconciler.kinds.authorization_server.spec import ExternalAuthorizationServer, OktaAuthorizationServer, StaticOAuth

_EVERYONE = ["ALL_CLIENTS"]
_ANY_SCOPE = ["*"]
_ENDPOINTS = {
    "authorizationEndpoint": "authorizationEndpoint",
    "tokenEndpoint": "tokenEndpoint",
    "grantTypesSupported": "grantTypes",
}


def to_spec(record: Record, _names: object) -> Document:
    """A custom server with what is not a default. One that is switched off is described as somebody else's.

    A managed one is always wished ACTIVE, so describing it as managed would switch it on.
    """
    if record.state is not State.ACTIVE:
        return borrowed(record.id)
    live = record.document
    return without_none(
        {
            "type": "okta",
            "displayName": live.get("name"),
            "description": live.get("description") or None,
            "audience": _only(live.get("audiences")),
            "rotationMode": _unless(live.get("rotationMode"), "AUTO"),
            "scopes": [_scope(name, scope) for name, scope in sorted(live["scopes"].items())] or None,
            "accessPolicies": _policies(live["accessPolicies"]),
        }
    )


def _policies(live: Document) -> list[Document] | None:
    """The access policies, unless one of them or a rule is switched off: described, it would be switched on."""
    parts = [part for policy in live.values() for part in (policy, *policy["rules"].values())]
    if not all(children.is_on(part) for part in parts):
        return None
    return [_policy(name, each) for name, each in _ranked(live)] or None


def borrowed(server_id: str) -> Document:
    """A custom server that somebody else owns."""
    return {"type": "okta", "managed": False, "id": server_id}


def lender(loan: Loan) -> Document:
    """The document behind a row: a custom server by its id, another by its issuer and what is said of it by hand."""
    row = loan.value
    if row["type"] == "OKTA":
        return borrowed(row["id"])
    known = without_none({_ENDPOINTS[field]: row.get(field) for field in _ENDPOINTS})
    spec = {"type": "external", "issuer": row.get("issuer")}
    return without_none(spec) | ({"discovery": "static", "oauth": known} if len(known) == len(_ENDPOINTS) else {})


def stands_for(spec: OktaAuthorizationServer | ExternalAuthorizationServer, loan: Loan) -> bool:
    """Whether a document lends the row that is there: the same server, and nothing said that the row contradicts."""
    row = loan.value
    if isinstance(spec, OktaAuthorizationServer):
        return bool(row["type"] == "OKTA" and spec.id == row["id"])
    if row["type"] == "OKTA" or url_key(spec.issuer) != loan.key:
        return False
    oauth = spec.oauth if spec.discovery == "static" and spec.oauth else StaticOAuth()
    said = without_none(
        {
            "authorizationEndpoint": oauth.authorization_endpoint,
            "tokenEndpoint": oauth.token_endpoint,
            "grantTypesSupported": sorted(set(oauth.grant_types)) if oauth.grant_types else None,
        }
    )
    return all(row.get(field) == value for field, value in said.items())


def _only(audiences: Any) -> str | None:
    """The audience, when there is exactly one; Okta supports no more, and a manifest can say no more."""
    return audiences[0] if isinstance(audiences, list) and len(audiences) == 1 else None


def _unless(value: Any, default: Any) -> Any:
    return None if value == default else value


def _scope(name: str, live: Document) -> Document:
    told = {key: _unless(live.get(key), default) for key, default in children.SCOPE_DEFAULTS.items()}
    texts = {key: live.get(key) or None for key in ("displayName", "description")}
    return without_none({"name": name, **texts, **told})


def _ranked(items: Document) -> list[tuple[str, Document]]:
    return sorted(items.items(), key=lambda item: (item[1]["priority"], item[0]))


def _policy(name: str, live: Document) -> Document:
    return without_none(
        {
            "name": name,
            "description": _unless(live.get("description"), name),
            "clients": _unless(live["clients"], _EVERYONE),
            "rules": [_rule(inner, rule) for inner, rule in _ranked(live["rules"])] or None,
        }
    )


def _rule(name: str, live: Document) -> Document:
    lifetimes = {key: _unless(live.get(key), children.LIFETIME_DEFAULTS[key]) for key in children.LIFETIMES}
    return without_none(
        {"name": name, "grantTypes": live["grantTypes"], "scopes": _unless(live["scopes"], _ANY_SCOPE), **lifetimes}
    )
