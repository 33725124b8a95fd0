"""The OAuth client that an MCP server may be (okta-api §1.10): at most one, made and removed as a whole."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from . import apps, identifiers, records
from .errors import not_found
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

CLIENT = Kind("wlp", "MCPServerOAuthClient")
CLIENT_KEY = Kind("pks", "MCPServerOAuthClientKey")


def seek(db: sqlite3.Connection, server_id: str) -> Record | None:
    return next(iter(records.of(db, CLIENT, server_id)), None)


def get(db: sqlite3.Connection, server_id: str) -> Record:
    """404 when the server is none, or is no client."""
    found = seek(db, server_id)
    if found is None:
        raise not_found(server_id, CLIENT.noun)
    return found


def orn(org: Organisation, client_id: str) -> str:
    return identifiers.orn(org, "directory", f"workload-principals:mcp:{client_id}")


def show_of(org: Organisation, db: sqlite3.Connection, principal: Record) -> None:
    """The same for whoever has connections; agents have no server that shows them."""
    if principal.kind == CLIENT.noun:
        show(org, db, principal.parent)


def show(org: Organisation, db: sqlite3.Connection, server_id: str) -> None:
    """Write down what the server shows of its client, so that a list of servers need not look for it."""
    client = seek(db, server_id)
    said = None if client is None else json.dumps(_view(org, db, client))
    db.execute("UPDATE mcp_servers SET oauth_client=? WHERE id=?", (said, server_id))


def _view(org: Organisation, db: sqlite3.Connection, client: Record) -> dict[str, Any]:
    count = db.execute("SELECT count(*) FROM records WHERE parent=? AND kind=?", (client.id, "ResourceConnection"))
    return {
        "clientId": client.id,
        "orn": orn(org, client.id),
        "status": client.status,
        "tokenEndpointAuthMethod": "private_key_jwt",
        "grantTypes": [apps.TOKEN_EXCHANGE, apps.JWT_BEARER],
        "connectionCount": count.fetchone()[0],
    }
