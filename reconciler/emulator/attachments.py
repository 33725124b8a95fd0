"""Authorization servers attached to MCP servers (okta-api §1.3): the noun, its table, its JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import identifiers
from .errors import not_found
from .log import ATTACHED, Event, Target, record
from .servers import PATH

if TYPE_CHECKING:
    from .organisation import Organisation

OKTA, EXTERNAL = "OKTA", "EXTERNAL"
DISCOVERED, BY_REQUEST = "DISCOVERED", "BY_REQUEST"
CONFIG = ("authorizationEndpoint", "tokenEndpoint", "grantTypesSupported")
GRANT_TYPES = ("authorization_code", "refresh_token")
_COLUMNS = "seq, server_id, id, type, issuer, status, origin, advertised, config, detected, created, last_updated"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One row; of a custom authorization server it has the id, and the issuer is asked for when shown."""

    seq: int
    server_id: str
    id: str
    type: str
    issuer: str | None
    status: str
    origin: str
    advertised: bool
    """Whether it still counts: attached by request, or listed by the metadata when last read."""
    config: Mapping[str, Any]
    """What an administrator said: endpoints and grant types."""
    detected: Mapping[str, Any] | None
    """What discovery said."""
    created: float
    last_updated: float

    def target(self) -> Target:
        return Target(self.id, "AuthorizationServer", self.issuer or self.id)

    def is_complete(self) -> bool:
        """Whether an administrator said everything, so that nothing is left to discover (okta-api §1.3)."""
        return self.origin == BY_REQUEST and all(self.config.get(name) for name in CONFIG)

    def must_be_asked(self) -> bool:
        """Whether verifying it means fetching the metadata of its issuer."""
        return self.type == EXTERNAL and self.advertised and not self.is_complete()


def _attachment(row: sqlite3.Row) -> Attachment:
    said = dict(row)
    said["config"] = json.loads(said["config"])
    said["detected"] = json.loads(said["detected"]) if said["detected"] else None
    said["advertised"] = bool(said["advertised"])
    return Attachment(**said)


def seek(db: sqlite3.Connection, server_id: str, row_id: str) -> Attachment | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM attachments WHERE server_id=? AND id=?",  # noqa: S608
        (server_id, row_id),
    ).fetchone()
    return None if row is None else _attachment(row)


def get(db: sqlite3.Connection, server_id: str, row_id: str) -> Attachment:
    found = seek(db, server_id, row_id)
    if found is None:
        raise not_found(row_id, "MCPServerAuthorizationServer")
    return found


def of_server(db: sqlite3.Connection, server_id: str) -> list[Attachment]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM attachments WHERE server_id=? ORDER BY seq",  # noqa: S608
        (server_id,),
    )
    return [_attachment(row) for row in rows]


def page(
    db: sqlite3.Connection, server_id: str, where: tuple[str, Sequence[Any]], after: int, limit: int
) -> list[Attachment]:
    """`where` is made by `search`: a condition without user text, and its values."""
    condition, values = where
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM attachments WHERE server_id=? AND seq>?{condition} ORDER BY seq LIMIT ?",  # noqa: S608
        (server_id, after, *values, limit),
    )
    return [_attachment(row) for row in rows]


def servers_using(db: sqlite3.Connection, row_id: str) -> list[str]:
    """The MCP servers to which a custom authorization server is attached."""
    rows = db.execute("SELECT server_id FROM attachments WHERE id=? ORDER BY seq", (row_id,))
    return [row["server_id"] for row in rows]


def add(db: sqlite3.Connection, now: float, row: Attachment, *, by_system: bool = False) -> Attachment:
    """Insert a row that has no `seq` yet, count it, log it."""
    db.execute(
        "INSERT INTO attachments(server_id, id, type, issuer, status, origin, advertised, config, detected,"
        " created, last_updated) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        (
            row.server_id,
            row.id,
            row.type,
            row.issuer,
            row.status,
            row.origin,
            row.advertised,
            json.dumps(row.config),
            json.dumps(row.detected) if row.detected is not None else None,
            now,
            now,
        ),
    )
    db.execute("UPDATE mcp_servers SET attached=attached+1 WHERE id=?", (row.server_id,))
    record(db, now, Event(f"{ATTACHED}.create", row.target(), by_system=by_system))
    return get(db, row.server_id, row.id)


def change(db: sqlite3.Connection, old: Attachment, new: Attachment, now: float, *, by_system: bool = False) -> None:
    """Save what differs and log it; nothing happens when nothing differs."""
    if old == new:
        return
    new = replace(new, last_updated=now)
    db.execute(
        "UPDATE attachments SET status=?, origin=?, advertised=?, config=?, detected=?, last_updated=? WHERE seq=?",
        (
            new.status,
            new.origin,
            new.advertised,
            json.dumps(new.config),
            json.dumps(new.detected) if new.detected is not None else None,
            now,
            new.seq,
        ),
    )
    event = Event(f"{ATTACHED}.update", new.target(), _logged(old), _logged(new), by_system=by_system)
    record(db, now, event)


def remove(db: sqlite3.Connection, row: Attachment, now: float, *, by_system: bool = False) -> None:
    db.execute("DELETE FROM attachments WHERE seq=?", (row.seq,))
    db.execute("UPDATE mcp_servers SET attached=attached-1 WHERE id=?", (row.server_id,))
    record(db, now, Event(f"{ATTACHED}.delete", row.target(), by_system=by_system))


def _logged(row: Attachment) -> dict[str, Any]:
    return {"status": row.status, **row.config, "detectedMetadata": row.detected}


def new(server_id: str, kind: str, row_id: str, **known: Any) -> Attachment:
    """A PENDING row (okta-api §3.2) that is not in the table yet."""
    blank = Attachment(0, server_id, row_id, kind, None, "PENDING", BY_REQUEST, True, {}, None, 0.0, 0.0)  # noqa: FBT003
    return replace(blank, **known)


def endpoints(row: Attachment) -> dict[str, Any]:
    """Endpoints and grant types as they hold: said by an administrator, else discovered."""
    if row.type == OKTA:
        return {}
    detected = row.detected or {}
    found = {
        "authorizationEndpoint": detected.get("authorizationEndpoint"),
        "tokenEndpoint": detected.get("tokenEndpoint"),
        "grantTypesSupported": [g for g in detected.get("grantTypesSupported", ()) if g in GRANT_TYPES] or None,
    }
    known = {name: row.config.get(name) or found[name] for name in CONFIG}
    return {name: value for name, value in known.items() if value is not None}


def view(org: Organisation, row: Attachment) -> dict[str, Any]:
    said = {
        "id": row.id,
        "orn": identifiers.authorization_server_orn(org, row.id),
        "type": row.type,
        "issuer": row.issuer or org.issuer(row.id),
        "status": row.status,
        **endpoints(row),
        "detectedMetadata": _detected(row),
        "created": identifiers.timestamp(row.created),
        "lastUpdated": identifiers.timestamp(row.last_updated),
        "_links": {"self": {"href": org.url(path_of(row))}},
    }
    return {key: value for key, value in said.items() if value is not None}


def _detected(row: Attachment) -> dict[str, Any] | None:
    """The four detected fields that the contract names; the authorization endpoint is only shown above."""
    if row.detected is None:
        return None
    return {key: value for key, value in row.detected.items() if key != "authorizationEndpoint"}


def path_of(row: Attachment) -> str:
    return f"{PATH}/{row.server_id}/authorization-servers/{row.id}"
