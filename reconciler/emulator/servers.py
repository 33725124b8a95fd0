"""MCP servers (okta-api §1.2): the noun, its table, its JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import identifiers
from .errors import not_found
from .log import MCP_SERVER, Event, Target, record

if TYPE_CHECKING:
    from .organisation import Organisation

PATH = "/resource-servers/api/v1/mcp-servers"
DISCOVERABLE, MANUAL = "DISCOVERABLE", "MANUAL"
_COLUMNS = (
    "seq, id, resource_url, display_name, description, status, discovery, detected, prm_ok, attached, "
    "created, last_updated, refresh_due, shown_status, shown_until, gone_at, oauth_client"
)


@dataclass(frozen=True, slots=True)
class Server:
    seq: int
    id: str
    resource_url: str
    display_name: str | None
    description: str | None
    status: str
    discovery: str
    detected: Mapping[str, Any] | None
    prm_ok: bool | None
    """Whether its protected-resource metadata was good when last asked; None when never asked."""
    attached: int
    created: float
    last_updated: float
    refresh_due: float | None
    shown_status: str | None
    """What stale reads still show (okta-api §6 row 25)."""
    shown_until: float | None
    gone_at: float | None
    """Deleted, but stale reads may show it until then."""
    oauth_client: Mapping[str, Any] | None = None
    """What it shows of the client that it is; kept by `mcp_clients`."""

    def target(self) -> Target:
        return Target(self.id, "MCPServer", self.display_name)


def _server(row: sqlite3.Row) -> Server:
    said = dict(row)
    said["detected"] = json.loads(said["detected"]) if said["detected"] else None
    said["oauth_client"] = json.loads(said["oauth_client"]) if said["oauth_client"] else None
    said["prm_ok"] = None if said["prm_ok"] is None else bool(said["prm_ok"])
    return Server(**said)


def seek(db: sqlite3.Connection, server_id: str) -> Server | None:
    """Also one that is deleted and still shown."""
    row = db.execute(f"SELECT {_COLUMNS} FROM mcp_servers WHERE id=?", (server_id,)).fetchone()  # noqa: S608
    return None if row is None else _server(row)


def get(db: sqlite3.Connection, server_id: str) -> Server:
    """For reading; 404 when there is none."""
    server = seek(db, server_id)
    if server is None:
        raise not_found(server_id, "MCPServer")
    return server


def get_for_change(db: sqlite3.Connection, server_id: str) -> Server:
    """Not one that is only still shown."""
    server = get(db, server_id)
    if server.gone_at is not None:
        raise not_found(server_id, "MCPServer")
    return server


def url_exists(db: sqlite3.Connection, resource_url: str) -> bool:
    return db.execute("SELECT 1 FROM mcp_servers WHERE resource_url=?", (resource_url,)).fetchone() is not None


def count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM mcp_servers").fetchone()[0])


def page(db: sqlite3.Connection, where: str, values: Sequence[Any], after: int, limit: int) -> list[Server]:
    """In order of registration; `where` is made by `search` and holds no user text."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mcp_servers WHERE seq>?{where} ORDER BY seq LIMIT ?",  # noqa: S608
        (after, *values, limit),
    )
    return [_server(row) for row in rows]


def add(db: sqlite3.Connection, now: float, profile: Mapping[str, str | None]) -> Server:
    """A PENDING server with `resource_url`, `display_name`, `description`, `discovery`."""
    server_id = identifiers.mint("ems")
    db.execute(
        "INSERT INTO mcp_servers(id, resource_url, display_name, folded_name, description, discovery, status,"
        " created, last_updated) VALUES(?,?,?,?,?,?,'PENDING',?,?)",
        (
            server_id,
            profile["resource_url"],
            profile["display_name"],
            _fold(profile["display_name"]),
            profile["description"],
            profile["discovery"],
            now,
            now,
        ),
    )
    return get(db, server_id)


def save(db: sqlite3.Connection, server: Server) -> None:
    """Write every field that may change."""
    detected = server.detected
    db.execute(
        "UPDATE mcp_servers SET display_name=?, folded_name=?, description=?, status=?, detected=?,"
        " folded_resource_name=?, prm_ok=?, attached=?, last_updated=?, refresh_due=?, shown_status=?,"
        " shown_until=?, gone_at=? WHERE id=?",
        (
            server.display_name,
            _fold(server.display_name),
            server.description,
            server.status,
            json.dumps(detected) if detected is not None else None,
            _fold((detected or {}).get("resourceName")),
            server.prm_ok,
            server.attached,
            server.last_updated,
            server.refresh_due,
            server.shown_status,
            server.shown_until,
            server.gone_at,
            server.id,
        ),
    )


def remove(db: sqlite3.Connection, server_id: str) -> None:
    """With its rows."""
    db.execute("DELETE FROM mcp_servers WHERE id=?", (server_id,))


def fold(value: str) -> str:
    """How names are compared by search."""
    return value.casefold()


def _fold(value: str | None) -> str | None:
    return None if value is None else fold(value)


def change(db: sqlite3.Connection, old: Server, new: Server, now: float, *, by_system: bool = False) -> Server:
    """Save what differs and log it as an update; nothing happens when nothing differs."""
    before, after = _logged(old), _logged(new)
    if before == after:
        save(db, new)
        return new
    new = replace(new, last_updated=now)
    save(db, new)
    keys = [key for key in after if before[key] != after[key]]
    record(
        db,
        now,
        Event(
            f"{MCP_SERVER}.update",
            new.target(),
            before={key: before[key] for key in keys},
            after={key: after[key] for key in keys},
            by_system=by_system,
        ),
    )
    return new


def _logged(server: Server) -> dict[str, Any]:
    """The only fields that an update record can carry (okta-api §1.2)."""
    detected = {key: value for key, value in (server.detected or {}).items() if key != "lastRefreshedAt"}
    return {
        "displayName": server.display_name,
        "description": server.description,
        "status": server.status,
        "detectedMetadata": detected,
    }


def status_shown(server: Server, now: float) -> str:
    if server.shown_status is not None and server.shown_until is not None and now < server.shown_until:
        return server.shown_status
    return server.status


def view(org: Organisation, server: Server) -> dict[str, Any]:
    status = status_shown(server, org.now())
    metadata = {"displayName": server.display_name, "description": server.description}
    said = {
        "id": server.id,
        "orn": identifiers.mcp_server_orn(org, server.id),
        "resourceUrl": server.resource_url,
        "status": status,
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "detectedMetadata": server.detected,
        "authorizationServerCount": server.attached,
        "oauthClient": server.oauth_client,
        "created": identifiers.timestamp(server.created),
        "lastUpdated": identifiers.timestamp(server.last_updated),
        "_links": _links(org, server.id, status),
    }
    if org.switches["manual-registration"] == "discovery-type":
        said["discoveryType"] = server.discovery
    return {key: value for key, value in said.items() if value is not None}


def _links(org: Organisation, server_id: str, status: str) -> dict[str, Any]:
    here = org.url(f"{PATH}/{server_id}")
    links: dict[str, Any] = {
        "self": {"href": here},
        "authorization-servers": {"href": f"{here}/authorization-servers"},
    }
    verb = {"INACTIVE": "activate", "ACTIVE": "deactivate"}.get(status)
    if verb is not None:
        links[verb] = {"href": f"{here}/lifecycle/{verb}", "hints": {"allow": ["POST"]}}
    return links
