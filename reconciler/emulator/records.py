"""Everything that is not an MCP server, its rows, a custom authorization server or its parts: one table for all.

Client auth settings, apps, agents, connections, links and credentials differ in what may be written and in who
may refer to them, not in how they are kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import identifiers
from .errors import not_found
from .log import Target

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: how its ids begin (okta-api §1.1) and what errors and the log call it."""

    prefix: str
    noun: str


@dataclass(frozen=True, slots=True)
class Record:
    seq: int
    id: str
    kind: str
    parent: str
    """The id of what it belongs to and goes with; empty for what stands alone."""
    name: str | None
    """What must be unique among its siblings; None when nothing must."""
    status: str
    document: Mapping[str, Any]
    created: float
    last_updated: float

    def target(self) -> Target:
        return Target(self.id, self.kind, self.name)

    def times(self) -> dict[str, str]:
        """The two timestamps that every object shows."""
        return {
            "created": identifiers.timestamp(self.created),
            "lastUpdated": identifiers.timestamp(self.last_updated),
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is to be made."""

    document: Mapping[str, Any]
    parent: str = ""
    name: str | None = None
    status: str = ACTIVE


def _record(row: sqlite3.Row) -> Record:
    return Record(**{**dict(row), "document": json.loads(row["document"])})


def add(db: sqlite3.Connection, now: float, kind: Kind, draft: Draft) -> Record:
    record_id = identifiers.mint(kind.prefix)
    db.execute(
        "INSERT INTO records(id, kind, parent, name, status, document, created, last_updated) VALUES(?,?,?,?,?,?,?,?)",
        (record_id, kind.noun, draft.parent, draft.name, draft.status, json.dumps(draft.document), now, now),
    )
    return get(db, kind, record_id)


def seek(db: sqlite3.Connection, kind: Kind, record_id: str) -> Record | None:
    row = db.execute("SELECT * FROM records WHERE id=? AND kind=?", (record_id, kind.noun)).fetchone()
    return None if row is None else _record(row)


def get(db: sqlite3.Connection, kind: Kind, record_id: str, parent: str | None = None) -> Record:
    """404 when there is none, or when it belongs to something else."""
    found = seek(db, kind, record_id)
    if found is None or (parent is not None and found.parent != parent):
        raise not_found(record_id, kind.noun)
    return found


def named(db: sqlite3.Connection, kind: Kind, name: str, parent: str = "") -> Record | None:
    row = db.execute("SELECT * FROM records WHERE kind=? AND parent=? AND name=?", (kind.noun, parent, name)).fetchone()
    return None if row is None else _record(row)


def of(db: sqlite3.Connection, kind: Kind, parent: str) -> list[Record]:
    """What belongs to something, oldest first."""
    rows = db.execute("SELECT * FROM records WHERE parent=? AND kind=? ORDER BY seq", (parent, kind.noun))
    return [_record(row) for row in rows]


def every(db: sqlite3.Connection, kind: Kind) -> list[Record]:
    return [_record(row) for row in db.execute("SELECT * FROM records WHERE kind=? ORDER BY seq", (kind.noun,))]


def page(db: sqlite3.Connection, kind: Kind, where: tuple[str, Sequence[Any]], after: int, limit: int) -> list[Record]:
    """`where` is made by `search`: a condition without user text, and its values."""
    condition, values = where
    rows = db.execute(
        f"SELECT * FROM records WHERE kind=? AND seq>?{condition} ORDER BY seq LIMIT ?",  # noqa: S608
        (kind.noun, after, *values, limit),
    )
    return [_record(row) for row in rows]


def save(db: sqlite3.Connection, now: float, record: Record) -> Record:
    """Write name, status and document."""
    db.execute(
        "UPDATE records SET name=?, status=?, document=?, last_updated=? WHERE id=?",
        (record.name, record.status, json.dumps(record.document), now, record.id),
    )
    return replace(record, last_updated=now)


def remove(db: sqlite3.Connection, record_id: str) -> None:
    """With all that belongs to it, however deep; also when it is not a record itself."""
    db.execute(
        "WITH RECURSIVE doomed(id) AS (SELECT ? UNION SELECT r.id FROM records r JOIN doomed d ON r.parent=d.id)"
        " DELETE FROM records WHERE id IN (SELECT id FROM doomed)",
        (record_id,),
    )
