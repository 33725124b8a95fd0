"""`/resource-servers/api/v1/client-auth-settings` (okta-api §1.4, §2.3)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import bodies, client_settings, connections, identifiers, paging, records, servers
from reconciler.emulator.attachments import Attachment
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.client_settings import DYNAMIC, MANUAL, SETTINGS
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.log import Event, record
from reconciler.emulator.records import Draft, Record
from reconciler.emulator.store import digest

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_EVENT = "resource_servers.client_auth_settings"
_MUTABLE = ("name", "clientSecret", "scopes")
_FIXED = ("resourceServerOrn", "authorizationServerOrn", "registrationType", "clientId", "purpose")
_PURPOSE = re.compile(r"[A-Z][A-Z_]*")
_MASK = "********"


def list_settings(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, 20, 200)
    with org.store.read() as db:
        found = records.page(db, SETTINGS, ("", ()), asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda settings: int(settings.seq))
    views = [client_settings.view(org, settings) for settings in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def create_settings(org: Organisation, call: Call) -> Response:
    body = bodies.read(call.request)
    bodies.only(body, (*_MUTABLE, *_FIXED))
    said: dict[str, Any] = {
        "name": bodies.required_text(body, "name", at_most=255),
        "registrationType": bodies.choice(body, "registrationType", (MANUAL, DYNAMIC), MANUAL),
        "purpose": _purpose(body),
    }
    said |= _client(body, str(said["registrationType"]))
    scopes = bodies.texts(body, "scopes")
    with org.store.write() as db:
        server = _server(org, db, body)
        row = _row(org, db, server, bodies.text(body, "authorizationServerOrn"))
        said["scopes"] = list(scopes if scopes is not None else (server.detected or {}).get("scopesSupported", ()))
        said |= {"serverId": server.id, "authorizationServerId": row.id}
        settings = records.add(db, org.now(), SETTINGS, Draft(said, server.id))
        _log(org, db, call, settings, _Edit("create", {}, said))
    return answer(client_settings.view(org, settings), 201)


def _purpose(body: Mapping[str, Any]) -> str | None:
    """Exactly one value; which values there are is unpublished."""
    purpose = bodies.text(body, "purpose")
    if purpose is not None and not _PURPOSE.fullmatch(purpose):
        raise invalid("purpose", "The field must be exactly one purpose")
    return purpose


def _client(body: Mapping[str, Any], registration: str) -> dict[str, str]:
    """The credentials at the provider: given, or, with dynamic registration, filled in by the organisation."""
    if registration == DYNAMIC:
        given = next((name for name in ("clientId", "clientSecret") if body.get(name) is not None), None)
        if given is not None:
            raise invalid(given, "With dynamic registration the provider gives the credentials")
        return {"clientId": identifiers.mint("dcr-"), "secretDigest": digest(identifiers.mint(""))}
    secret = bodies.required_text(body, "clientSecret", at_most=1024)
    return {"clientId": bodies.required_text(body, "clientId", at_most=255), "secretDigest": digest(secret)}


def _server(org: Organisation, db: sqlite3.Connection, body: Mapping[str, Any]) -> servers.Server:
    named = bodies.required_text(body, "resourceServerOrn")
    found = servers.seek(db, named.rpartition(":")[2])
    if found is None or found.gone_at is not None or identifiers.mcp_server_orn(org, found.id) != named:
        raise invalid("resourceServerOrn", "There is no such MCP server in this organisation", "INVALID_FORMAT")
    return found


def _row(org: Organisation, db: sqlite3.Connection, server: servers.Server, named: str | None) -> Attachment:
    """The external authorization server that the settings are for; the only one, when none is named."""
    rows = client_settings.external_rows(db, server.id)
    if named is not None:
        rows = [row for row in rows if identifiers.authorization_server_orn(org, row.id) == named]
    if len(rows) != 1:
        raise invalid("authorizationServerOrn", "The field must name an external authorization server of the server")
    return rows[0]


def read_settings(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        settings = records.get(db, SETTINGS, call.ids["settings"])
    return answer(client_settings.view(org, settings))


def patch_settings(org: Organisation, call: Call) -> Response:
    """A merge patch of name, scopes and secret; what else there is cannot change (okta-api §1.4)."""
    patch = bodies.read_patch(call.request)
    bodies.only(patch, _MUTABLE)
    with org.store.write() as db:
        settings = records.get(db, SETTINGS, call.ids["settings"])
        before = settings.document
        merged = bodies.merge({key: before[key] for key in ("name", "scopes")}, patch)
        after = {
            **before,
            "name": bodies.required_text(merged, "name", at_most=255),
            "scopes": list(bodies.texts(merged, "scopes") or ()),
        }
        if "clientSecret" in patch:
            after["secretDigest"] = digest(bodies.required_text(patch, "clientSecret", at_most=1024))
        if after != before:
            settings = records.save(db, org.now(), replace(settings, document=after))
            _log(org, db, call, settings, _Edit("update", before, after))
    return answer(client_settings.view(org, settings))


def delete_settings(org: Organisation, call: Call) -> Response:
    with org.store.write() as db:
        settings = records.get(db, SETTINGS, call.ids["settings"])
        if connections.referring_to(db, client_settings.orn(org, settings.id)):
            raise Refusal("E0000195", Cause("A connection uses these client authentication settings"))
        records.remove(db, settings.id)
        _log(org, db, call, settings, _Edit("delete", settings.document, {}))
    return empty(204)


@dataclass(frozen=True, slots=True)
class _Edit:
    """What the System Log says of a change."""

    verb: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def _log(org: Organisation, db: sqlite3.Connection, call: Call, settings: Record, edit: _Edit) -> None:
    """With the secret masked (okta-api §1.4)."""
    was, now = _masked(edit.before), _masked(edit.after)
    if edit.before and edit.after and edit.before["secretDigest"] != edit.after["secretDigest"]:
        now["clientSecret"] = f"{_MASK}*"
    record(db, org.now(), Event(f"{_EVENT}.{edit.verb}", settings.target(), was, now, debug=call.debug()))


def _masked(document: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in document.items() if key in ("name", "scopes")}
    return said | ({"clientSecret": _MASK} if document else {})
