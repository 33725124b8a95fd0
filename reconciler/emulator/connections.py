"""Resource connections (okta-api §1.8): the noun, who refers to what, its JSON."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from . import apps, client_settings, custom, identifiers, records, servers
from .records import Kind, Record
from .servers import Server

if TYPE_CHECKING:
    from .organisation import Organisation

CONNECTION = Kind("mcn", "ResourceConnection")
TO_MCP, TO_CUSTOM, TO_APP = (
    "IDENTITY_ASSERTION_MCP_SERVER",
    "IDENTITY_ASSERTION_CUSTOM_AS",
    "IDENTITY_ASSERTION_APP_INSTANCE",
)
STS = "STS_ACCESS_TOKEN"
OTHERS = (
    "IDENTITY_ASSERTION_A2A_SERVER",
    "IDENTITY_ASSERTION_VIRTUAL_MCP_SERVER",
    "STS_VAULT_SECRET",
    "STS_SERVICE_ACCOUNT",
)
"""Types that the contract names and this organisation does not support (okta-api §5 quirk 20)."""
TYPES = (TO_MCP, TO_CUSTOM, TO_APP, STS, *OTHERS)


def orn(org: Organisation, connection_id: str) -> str:
    return identifiers.orn(org, "idp", f"connections:{connection_id}")


def referring_to(db: sqlite3.Connection, *named: str) -> list[Record]:
    """The connections whose resource or authorization server has one of these ORNs."""
    return [
        connection
        for connection in records.every(db, CONNECTION)
        if {connection.document["resourceOrn"], connection.document["authorizationServerOrn"]} & set(named)
    ]


def to_server(org: Organisation, db: sqlite3.Connection, server_id: str) -> list[Record]:
    """The connections that lead to an MCP server: by itself, or by some of its client auth settings."""
    settings = records.of(db, client_settings.SETTINGS, server_id)
    named = (client_settings.orn(org, one.id) for one in settings)
    return referring_to(db, identifiers.mcp_server_orn(org, server_id), *named)


def view(org: Organisation, db: sqlite3.Connection, connection: Record, here: str) -> dict[str, Any]:
    """`here` is the path of the connection."""
    said = connection.document
    address = org.url(here)
    verb = "deactivate" if connection.status == records.ACTIVE else "activate"
    shown = {
        "id": connection.id,
        "orn": orn(org, connection.id),
        "connectionType": said["connectionType"],
        "status": connection.status,
        "resource": resource(org, db, said["connectionType"], said["resourceOrn"]),
        "authorizationServer": _authorization_server(org, db, said["authorizationServerOrn"]),
        "issuerUrl": said.get("issuerUrl"),
        "scopeCondition": said["scopeCondition"],
        "scopes": said["scopes"],
        "resourceIndicator": said["resourceIndicator"] or _derived(org, db, said),
        "_links": {
            "self": {"href": address},
            verb: {"href": f"{address}/lifecycle/{verb}", "hints": {"allow": ["POST"]}},
        },
    }
    return {key: value for key, value in shown.items() if value is not None}


def resource(org: Organisation, db: sqlite3.Connection, kind: str, named: str) -> dict[str, Any] | None:
    """What a connection leads to, spelled out; of client auth settings, the server that they are for."""
    if kind == STS:
        settings = client_settings.by_orn(org, db, named)
        if settings is None:
            return {"orn": named}
        link = {"self": {"href": org.url(f"{client_settings.PATH}/{settings.id}")}}
        short = {"orn": named, "name": settings.document["name"], "_links": link}
        server = client_settings.server_of(db, settings)
        return {**({} if server is None else _mcp_server(org, server)), "clientAuthSettings": short}
    if kind == TO_MCP:
        server = servers.seek(db, named.rpartition(":")[2])
        return {"orn": named} if server is None else _mcp_server(org, server)
    if kind == TO_APP:
        app = records.seek(db, apps.APP, named.rpartition(":")[2])
        name = "" if app is None else app.document["label"]
        return {"resourceType": "APP_INSTANCE", "orn": named, "name": name}
    return None


def _mcp_server(org: Organisation, server: Server) -> dict[str, Any]:
    return {
        "resourceType": "MCP_SERVER",
        "orn": identifiers.mcp_server_orn(org, server.id),
        "name": server.display_name or server.resource_url,
        "mcpServerId": server.id,
        "endpointUrl": server.resource_url,
    }


def _authorization_server(org: Organisation, db: sqlite3.Connection, named: str | None) -> dict[str, Any] | None:
    if named is None:
        return None
    found = custom.seek(db, named.rpartition(":")[2])
    return {"orn": named} | ({} if found is None else {"name": found.name, "issuerUrl": org.issuer(found.id)})


def _derived(org: Organisation, db: sqlite3.Connection, said: Any) -> str | None:
    """The resource indicator of a target that is an MCP server is its URL (okta-api §1.8)."""
    found = resource(org, db, said["connectionType"], said["resourceOrn"])
    return None if found is None else found.get("endpointUrl")
