"""`POST /oauth2/v1/token` of the organisation's own authorization server: service apps (okta-api §4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.emulator import apps, dpop, once, records, signed, tokens
from reconciler.emulator.apps import APP_KEY, GRANT
from reconciler.emulator.call import Call, answer
from reconciler.emulator.fetch import Limits, fetch
from reconciler.emulator.records import ACTIVE, Record

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

PATH = "/oauth2/v1/token"
Keys = tuple[Mapping[str, Any], ...]
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = 3600
_TOLERANCE = 5.0


class _Refused(Exception):
    """RFC 6749 section 5.2: an error in the words of OAuth, without a code of the management API."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.status = status
        self.body = {"error": error, "error_description": description}
        super().__init__(description)


def issue(org: Organisation, call: Call) -> Response:
    """An hour for the scopes that were asked for and granted."""
    try:
        published = _published(org, call.request.form.get("client_assertion", ""))
        with org.store.write() as db:
            return answer(_issued(org, db, call, published), 200)
    except _Refused as refused:
        return answer(refused.body, refused.status, _nonce(org) if refused.error == "use_dpop_nonce" else {})


def _nonce(org: Organisation) -> dict[str, str]:
    with org.store.write() as db:
        return {"dpop-nonce": dpop.nonce(org, db)}


def _published(org: Organisation, assertion: str) -> Keys:
    """The keys that the app publishes at its `jwks_uri` (okta-api §1.5), asked for before a transaction is open."""
    try:
        with org.store.read() as db:
            address = _named(db, assertion).document["jwks_uri"]
    except (signed.Unreadable, _Refused):
        return ()  # why it cannot be taken is said later
    if not address:
        return ()
    limits = Limits(org.switches.number("discovery-timeout"), org.settings.allow_loopback_http)
    keys = (fetch(address, limits).document or {}).get("keys")
    return tuple(key for key in keys if isinstance(key, dict)) if isinstance(keys, list) else ()


def _issued(org: Organisation, db: sqlite3.Connection, call: Call, published: Keys) -> dict[str, Any]:
    form = call.request.form
    if form.get("grant_type") != "client_credentials":
        raise _Refused("unsupported_grant_type", "The authorization grant type is not supported here.")
    app, assertion = _client(org, db, form, published)
    scopes = _scopes(db, app, form.get("scope", ""))
    proof = _proof(org, db, call, app)
    jti = assertion.get("jti")
    if jti is not None and not once.take(db, org.now(), f"assertion {app.id} {jti}", _LONGEST):
        raise _invalid_client("The client_assertion was used before.")
    return {
        "token_type": "Bearer" if proof is None else "DPoP",
        "expires_in": tokens.LIFETIME,
        "access_token": tokens.issue(org, db, app, scopes, None if proof is None else proof.thumbprint),
        "scope": " ".join(scopes),
    }


def _client(
    org: Organisation, db: sqlite3.Connection, form: Mapping[str, str], published: Keys
) -> tuple[Record, dict[str, Any]]:
    """The app that has signed the assertion, and what the assertion says."""
    if form.get("client_assertion_type") != _ASSERTION or not form.get("client_assertion"):
        raise _invalid_client("Only private_key_jwt is accepted for these scopes: a client_assertion is required.")
    text = form["client_assertion"]
    try:
        head = signed.header(text)
        app = _named(db, text)
        said = signed.claims(text, _key(db, app, head.get("kid"), published))
    except signed.Unreadable as error:
        raise _invalid_client(f"The client_assertion cannot be taken: {error}.") from error
    _check_claims(org, app, said)
    return app, said


def _named(db: sqlite3.Connection, text: str) -> Record:
    """The app that an assertion claims to be from; whether it is, the signature says."""
    client_id = signed.unverified(text).get("iss")
    app = apps.with_client_id(db, client_id) if isinstance(client_id, str) else None
    if app is None or app.status != ACTIVE:
        raise _invalid_client("The client_id in the client_assertion is invalid.")
    if app.document["auth_method"] != "private_key_jwt":
        raise _invalid_client("The app does not authenticate with private_key_jwt.")
    return app


def _key(db: sqlite3.Connection, app: Record, kid: object, published: Keys) -> Mapping[str, Any]:
    keys = [*(key.document for key in records.of(db, APP_KEY, app.id) if key.status == ACTIVE), *published]
    found = next((key for key in keys if kid in (None, key.get("kid"))), None)
    if found is None:
        raise _invalid_client("The kid of the client_assertion is not an ACTIVE key of the app.")
    return found


def _check_claims(org: Organisation, app: Record, said: Mapping[str, Any]) -> None:
    now, audience = org.now(), said.get("aud")
    expires, issued = said.get("exp"), said.get("iat")
    if said.get("iss") != app.document["client_id"] or said.get("sub") != app.document["client_id"]:
        raise _invalid_client("The iss and sub of the client_assertion must be the client id.")
    if org.url(PATH) not in (audience if isinstance(audience, list) else [audience]):
        raise _invalid_client(f"The aud of the client_assertion must be {org.url(PATH)}.")
    if not isinstance(expires, int | float):
        raise _invalid_client("The client_assertion has no exp.")
    if expires <= now:
        raise _invalid_client("The client_assertion has expired.")
    if expires > now + _LONGEST + _TOLERANCE:
        raise _invalid_client("The exp of the client_assertion is more than an hour ahead.")
    if issued is not None and (not isinstance(issued, int | float) or issued > now + _TOLERANCE):
        raise _invalid_client("The iat of the client_assertion is in the future.")


def _scopes(db: sqlite3.Connection, app: Record, asked: str) -> list[str]:
    scopes = list(dict.fromkeys(asked.split()))
    if not scopes:
        raise _Refused("invalid_scope", "The scope parameter is required.")
    granted = {grant.document["scopeId"] for grant in records.of(db, GRANT, app.id)}
    missing = [scope for scope in scopes if scope not in granted]
    if missing:
        raise _Refused("invalid_scope", f"The app is not granted these scopes: {' '.join(missing)}")
    return scopes


def _proof(org: Organisation, db: sqlite3.Connection, call: Call, app: Record) -> dpop.Proof | None:
    """None for a bearer token; a first proof has no nonce, and is sent back with one (RFC 9449 section 8)."""
    if "DPoP" not in call.request.headers:
        if app.document["dpop_bound_access_tokens"]:
            raise _Refused("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
        return None
    try:
        proof = dpop.check(org, db, call.request)
    except dpop.BadProof as bad:
        raise _Refused("invalid_dpop_proof", f"The DPoP proof cannot be taken: {bad}.") from bad
    if not dpop.is_current(org, db, proof.nonce):
        raise _Refused("use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
    return proof


def _invalid_client(description: str) -> _Refused:
    return _Refused("invalid_client", description, 401)
