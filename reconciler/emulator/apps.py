"""OAuth apps (okta-api §1.5): the noun, what may be written, its JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import bodies, identifiers, jwk, records
from .errors import invalid
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/api/v1/apps"
APP = Kind("0oa", "Application")
SECRET = Kind("ocs", "ClientSecret")
APP_KEY = Kind("pks", "JsonWebKey")
GRANT = Kind("oag", "OAuth2ScopeConsentGrant")
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # the name of a grant
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GRANTS = ("authorization_code", "refresh_token", "client_credentials", "implicit", "password")
_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
_REDIRECT_FLOWS = frozenset({"authorization_code", "implicit"})
_SHORTEST_ID = 6
_FIXED = ("client_id", "application_type")


def with_client_id(db: sqlite3.Connection, client_id: str) -> Record | None:
    found = (app for app in records.every(db, APP) if app.document["client_id"] == client_id)
    return next(found, None)


def document(body: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An app as its administrator wrote it, checked; `old` is what a PUT replaces."""
    for name, only in (("name", "oidc_client"), ("signOnMode", "OPENID_CONNECT")):
        if bodies.required_text(body, name) != only:
            raise invalid(name, f"The field must be {only}")
    said = {
        "label": bodies.required_text(body, "label", at_most=100),
        **_credentials(bodies.inner(body, "credentials.oauthClient")),
        **_settings(bodies.inner(body, "settings.oauthClient")),
    }
    _check_keys(said)
    if old is not None:
        said["dpop_bound_access_tokens"] = bool(said["dpop_bound_access_tokens"])
    for name in _FIXED if old is not None else ():
        if said[name] not in (None, (old or {})[name]):
            raise invalid(name, "The field cannot be changed")
        said[name] = (old or {})[name]
    return said


def _credentials(body: Mapping[str, Any]) -> dict[str, Any]:
    client_id = bodies.text(body, "client_id", at_most=100)
    if client_id is not None and len(client_id) < _SHORTEST_ID:
        raise invalid("client_id", f"The field must have {_SHORTEST_ID} to 100 characters")
    return {
        "client_id": client_id,
        "auth_method": bodies.choice(body, "token_endpoint_auth_method", _AUTH_METHODS, "client_secret_basic"),
        "pkce_required": bodies.flag(body, "pkce_required", default=True),
        "autoKeyRotation": bodies.flag(body, "autoKeyRotation", default=True),
    }


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    grants = bodies.texts(body, "grant_types")
    if not grants or not set(grants) <= {*_GRANTS, TOKEN_EXCHANGE, JWT_BEARER}:
        raise invalid("grant_types", "The field must list grant types that exist")
    redirects = [_redirect(one) for one in bodies.texts(body, "redirect_uris") or ()]
    if _REDIRECT_FLOWS & set(grants) and not redirects:
        raise invalid("redirect_uris", "At least one redirect URI is required for these grant types")
    kinds = ("web", "native", "browser", "service")
    return {
        "application_type": None
        if "application_type" not in body
        else bodies.choice(body, "application_type", kinds, "web"),
        "grant_types": list(grants),
        "redirect_uris": redirects,
        "response_types": list(bodies.texts(body, "response_types") or (["code"] if redirects else ["token"])),
        "consent_method": bodies.choice(body, "consent_method", ("TRUSTED", "REQUIRED"), "TRUSTED"),
        "dpop_bound_access_tokens": _dpop(body),
        "jwks": [jwk.public(key) for key in bodies.objects(bodies.inner(body, "jwks"), "keys") or ()],
        "jwks_uri": bodies.url(body, "jwks_uri", loopback_http=True),
    }


def _dpop(body: Mapping[str, Any]) -> bool | None:
    """None when nothing is said, since then a switch decides."""
    name = "dpop_bound_access_tokens"
    return None if body.get(name) is None else bodies.flag(body, name, default=False)


def _redirect(address: str) -> str:
    if ":" not in address or any(character.isspace() for character in address):
        raise invalid("redirect_uris", "The field must list absolute URIs")
    return address


def _check_keys(said: Mapping[str, Any]) -> None:
    """Keys must be there whenever they are what authenticates, on every PUT anew (okta-api §5 quirk 25)."""
    if said["auth_method"] == "private_key_jwt" and not said["jwks"] and not said["jwks_uri"]:
        raise invalid("jwks", "The field is required with private_key_jwt")


def orn(org: Organisation, app_id: str) -> str:
    return identifiers.orn(org, "idp", f"apps:oidc_client:{app_id}")


def view(org: Organisation, db: sqlite3.Connection, app: Record) -> dict[str, Any]:
    """Without the secret, which is shown when it is made and by the secrets API."""
    said = app.document
    here = org.url(f"{PATH}/{app.id}")
    verb = "deactivate" if app.status == records.ACTIVE else "activate"
    client = ("application_type", "grant_types", "redirect_uris", "response_types", "consent_method")
    keys = [key.document for key in records.of(db, APP_KEY, app.id)]
    settings = {
        name: said[name] for name in (*client, "dpop_bound_access_tokens", "jwks_uri") if said[name] is not None
    }
    return {
        "id": app.id,
        "orn": orn(org, app.id),
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": said["label"],
        "status": app.status,
        "credentials": {"oauthClient": _shown_credentials(said)},
        "settings": {"oauthClient": settings | ({"jwks": {"keys": keys}} if keys else {})},
        **app.times(),
        "_links": {
            "self": {"href": here},
            verb: {"href": f"{here}/lifecycle/{verb}", "hints": {"allow": ["POST"]}},
        },
    }


def _shown_credentials(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "client_id": said["client_id"],
        "token_endpoint_auth_method": said["auth_method"],
        "pkce_required": said["pkce_required"],
        "autoKeyRotation": said["autoKeyRotation"],
    }
