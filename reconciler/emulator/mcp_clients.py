"""The OAuth client that an MCP server may be (okta-api §1.10): at most one, made and removed as a whole."""

from __future__ import annotations

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
    return identifiers.orn(org.id, "directory", f"workload-principals:mcp:{client_id}")


def view(org: Organisation, client: Record, connections: int) -> dict[str, Any]:
    """What the server shows as `oauthClient`."""
    return {
        "clientId": client.id,
        "orn": orn(org, client.id),
        "status": client.status,
        "tokenEndpointAuthMethod": "private_key_jwt",
        "grantTypes": [apps.TOKEN_EXCHANGE, apps.JWT_BEARER],
        "connectionCount": connections,
    }
