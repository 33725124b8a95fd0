"""Resource connections (okta-api §1.8): the noun, and who refers to what."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from . import identifiers, records
from .records import Kind, Record

if TYPE_CHECKING:
    from .organisation import Organisation

CONNECTION = Kind("mcn", "ResourceConnection")


def orn(org: Organisation, connection_id: str) -> str:
    return identifiers.orn(org.id, "idp", f"connections:{connection_id}")


def referring_to(db: sqlite3.Connection, named: str) -> list[Record]:
    """The connections whose resource or authorization server has this ORN."""
    return [
        connection
        for connection in records.every(db, CONNECTION)
        if named in (connection.document["resourceOrn"], connection.document.get("authorizationServerOrn"))
    ]
