"""What a connection may lead to, type by type (okta-api §1.8, §3.6): only what is ACTIVE and can be connected."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import apps, attachments, bodies, client_settings, connectable, custom, identifiers, records, servers, verdicts
from .attachments import OKTA
from .connections import OTHERS, STS, TO_APP, TO_CUSTOM, TO_MCP
from .errors import Refusal, invalid
from .records import ACTIVE, Record

if TYPE_CHECKING:
    from .organisation import Organisation


@dataclass(frozen=True, slots=True)
class Goal:
    """The ORNs that a connection is about; they never change."""

    resource: str
    authorization_server: str | None = None


def goal(org: Organisation, db: sqlite3.Connection, kind: str, body: Mapping[str, Any]) -> Goal:
    """What a request wants to connect with, when that may be."""
    check_type(org, kind)
    named = bodies.text(bodies.inner(body, "resource"), "orn")
    given = bodies.text(bodies.inner(body, "authorizationServer"), "orn")
    return _GOALS[kind](org, db, named or "", given)


def check_type(org: Organisation, kind: str) -> None:
    if kind in OTHERS or kind not in _ALLOWED[org.switches["connection-types"]]:
        raise invalid("connectionType", f"The organisation does not support connections of type {kind}")


def candidates(org: Organisation, db: sqlite3.Connection, kind: str) -> Iterator[str]:
    """The ORNs of everything that could be connected in this way."""
    check_type(org, kind)
    if kind == TO_MCP:
        for row in db.execute("SELECT id FROM mcp_servers WHERE status='ACTIVE' AND gone_at IS NULL ORDER BY seq"):
            if connectable.offers_xaa(db, row["id"]):
                yield identifiers.mcp_server_orn(org, row["id"])
    elif kind == TO_CUSTOM:
        for row in db.execute("SELECT id FROM authorization_servers WHERE status='ACTIVE' ORDER BY seq"):
            yield identifiers.authorization_server_orn(org, row["id"])
    elif kind == TO_APP:
        yield from (apps.orn(org, app.id) for app in records.every(db, apps.APP) if app.status == ACTIVE)
    else:
        settings = records.every(db, client_settings.SETTINGS)
        yield from (client_settings.orn(org, one.id) for one in settings if _can_be_used(db, one))


def _can_be_used(db: sqlite3.Connection, settings: Record) -> bool:
    server = client_settings.server_of(db, settings)
    if server is None or server.status != ACTIVE or server.gone_at is not None:
        return False
    row = attachments.seek(db, server.id, settings.document["authorizationServerId"])
    return row is not None and verdicts.offers_sts(row, has_settings=True)


def _to_mcp(org: Organisation, db: sqlite3.Connection, named: str, given: str | None) -> Goal:
    server = servers.seek(db, named.rpartition(":")[2])
    if server is None or server.gone_at is not None or identifiers.mcp_server_orn(org, server.id) != named:
        raise _no_such("MCP server")
    if server.status != ACTIVE:
        raise _not_active("MCP server", server.status)
    if not connectable.offers_xaa(db, server.id):
        raise invalid("resource.orn", "None of the authorization servers of the MCP server supports XAA")
    rows = [row for row in attachments.of_server(db, server.id) if row.type == OKTA and row.status == ACTIVE]
    orns = [identifiers.authorization_server_orn(org, row.id) for row in rows]
    if given is not None and given not in orns:
        raise invalid("authorizationServer.orn", "The authorization server is not attached to the MCP server")
    return Goal(named, given or (orns[0] if orns else None))


def _to_custom(org: Organisation, db: sqlite3.Connection, named: str, given: str | None) -> Goal:
    wanted = given or named
    found = custom.seek(db, wanted.rpartition(":")[2])
    if found is None or identifiers.authorization_server_orn(org, found.id) != wanted:
        raise invalid("authorizationServer.orn", "There is no such authorization server", "INVALID_FORMAT")
    if found.status != ACTIVE:
        raise _not_active("authorization server", found.status)
    return Goal(named or wanted, wanted)


def _to_app(org: Organisation, db: sqlite3.Connection, named: str, given: str | None) -> Goal:
    app = records.seek(db, apps.APP, named.rpartition(":")[2])
    if app is None or apps.orn(org, app.id) != named:
        raise _no_such("app")
    if app.status != ACTIVE:
        raise _not_active("app", app.status)
    return Goal(named, given)


def _sts(org: Organisation, db: sqlite3.Connection, named: str, _given: str | None) -> Goal:
    settings = client_settings.by_orn(org, db, named)
    if settings is None:
        raise _no_such("set of client auth settings")
    if not _can_be_used(db, settings):
        raise invalid("resource.orn", "The MCP server is not ACTIVE, or its authorization server does not support STS")
    return Goal(named)


def _no_such(what: str) -> Refusal:
    return invalid("resource.orn", f"There is no such {what} in this organisation", "INVALID_FORMAT")


def _not_active(what: str, status: str) -> Refusal:
    return invalid("resource.orn", f"Only an ACTIVE {what} can be connected, this one is {status}")


_GOALS: Mapping[str, Callable[[Organisation, sqlite3.Connection, str, str | None], Goal]] = {
    TO_MCP: _to_mcp,
    TO_CUSTOM: _to_custom,
    TO_APP: _to_app,
    STS: _sts,
}
_ALLOWED = {"all": tuple(_GOALS), "xaa": (TO_MCP, TO_CUSTOM, TO_APP), "sts": (STS,)}
