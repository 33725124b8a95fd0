"""What may be used only once: the ids of assertions and proofs, remembered until they would be refused anyway."""

from __future__ import annotations

import sqlite3

from . import records
from .records import Draft, Kind

_USED = Kind("jti", "UsedId")


def take(db: sqlite3.Connection, now: float, name: str, seconds: float) -> bool:
    """Whether it was not used yet; from now on it was."""
    db.execute("DELETE FROM records WHERE kind=? AND last_updated<?", (_USED.noun, now))
    if records.named(db, _USED, name) is not None:
        return False
    records.add(db, now + seconds, _USED, Draft({}, name=name))
    return True
