"""Access tokens of the organisation's own authorization server (okta-api §4): opaque, an hour long, kept as digests."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import records
from .records import Draft, Kind, Record
from .store import digest

if TYPE_CHECKING:
    from .organisation import Organisation

LIFETIME = 3600
_TOKEN = Kind("oat", "AccessToken")


def issue(org: Organisation, db: sqlite3.Connection, app: Record, scopes: Sequence[str], thumbprint: str | None) -> str:
    """A token for these scopes; bound to a key when there is a thumbprint. Goes with its app."""
    now = org.now()
    db.execute(
        "DELETE FROM records WHERE kind=? AND json_extract(document, '$.expires')<?", (_TOKEN.noun, now - LIFETIME)
    )
    text = secrets.token_urlsafe(48)
    said = {"scopes": list(scopes), "expires": now + LIFETIME, "thumbprint": thumbprint}
    records.add(db, now, _TOKEN, Draft(said, app.id, digest(text)))
    return text


def find(org: Organisation, db: sqlite3.Connection, text: str) -> Record | None:
    """The token, while it lasts."""
    row = db.execute("SELECT id FROM records WHERE kind=? AND name=?", (_TOKEN.noun, digest(text))).fetchone()
    found = None if row is None else records.seek(db, _TOKEN, row["id"])
    return found if found is not None and org.now() < found.document["expires"] else None
