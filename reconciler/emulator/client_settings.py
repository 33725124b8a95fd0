"""Client auth settings (okta-api §1.4): how the organisation authenticates to a third-party authorization server."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from . import attachments, identifiers, records, servers
from .attachments import Attachment
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/resource-servers/api/v1/client-auth-settings"
SETTINGS = Kind("rsc", "ClientAuthSettings")
MANUAL, DYNAMIC = "MANUAL", "DYNAMIC"
_SHOWN = ("name", "registrationType", "clientId", "scopes", "purpose")


def orn(org: Organisation, settings_id: str) -> str:
    return identifiers.orn(org, "idp", f"client_auth_settings:{settings_id}")


def by_orn(org: Organisation, db: sqlite3.Connection, named: str) -> Record | None:
    """The settings that an ORN names; None when it names something else."""
    found = records.seek(db, SETTINGS, named.rpartition(":")[2])
    return found if found is not None and orn(org, found.id) == named else None


def server_of(db: sqlite3.Connection, settings: Record) -> servers.Server | None:
    """None when the server went and the settings stayed (okta-api §6 row 17)."""
    return servers.seek(db, str(settings.document["serverId"]))


def are_bound(db: sqlite3.Connection, row: Attachment) -> bool:
    """Whether some settings are for this row: what STS needs (okta-api §3.6)."""
    found = records.of(db, SETTINGS, row.server_id)
    return any(settings.document["authorizationServerId"] == row.id for settings in found)


def server_goes(db: sqlite3.Connection, server_id: str, *, takes_settings: bool) -> None:
    """What becomes of the settings of an MCP server that is deleted: gone with it, or left alone."""
    if not takes_settings:
        values = (server_id, SETTINGS.noun)
        db.execute("UPDATE records SET parent='' WHERE parent=? AND kind=?", values)
    records.remove(db, server_id)


def external_rows(db: sqlite3.Connection, server_id: str) -> list[Attachment]:
    """The rows that settings can be for."""
    return [row for row in attachments.of_server(db, server_id) if row.type == attachments.EXTERNAL]


def view(org: Organisation, settings: Record) -> dict[str, Any]:
    """Never with the secret (okta-api §2.3)."""
    document = settings.document
    return {
        "id": settings.id,
        "orn": orn(org, settings.id),
        "resourceServerOrn": identifiers.mcp_server_orn(org, document["serverId"]),
        "authorizationServerOrn": identifiers.authorization_server_orn(org, document["authorizationServerId"]),
        **{key: document[key] for key in _SHOWN if document.get(key) is not None},
        **settings.times(),
        "_links": {"self": {"href": org.url(f"{PATH}/{settings.id}")}},
    }
