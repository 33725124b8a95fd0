"""What is remembered between runs: which live object belongs to which address. Only applies write here (`store`).

Nothing in it is needed to find live objects again: natural keys rebind everything. What it adds is knowledge that an
object was ours under another key, which turns a changed identity into a replace instead of a stray.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from reconciler.core.address import Address
from reconciler.core.errors import ReconcilerError
from reconciler.core.remembered import Remembered

_BUSY_SECONDS = 10.0


def read(file: Path, organisation: str) -> Remembered:
    """Give what is remembered of an organisation, without ever making or changing the ledger."""
    return Remembered(read_bindings(file, organisation))


def read_bindings(file: Path, organisation: str) -> Mapping[Address, str]:
    """Read a ledger without ever making or changing it; no file, nothing remembered.

    Through the standard library, opened read-only: every plan reads, and SQLAlchemy alone costs it a quarter of a
    second. What writes stands in `store`.
    """
    if not file.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as ledger:
            if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'binding'").fetchone():
                return {}
            mine = ledger.execute("SELECT kind, name, record FROM binding WHERE organisation = ?", (organisation,))
            return {Address(kind, name): record for kind, name, record in mine}
    except sqlite3.Error as error:
        raise unusable(file, error) from error


def unusable(file: Path, error: Exception) -> ReconcilerError:
    """The error that says that a ledger cannot be opened, read or written."""
    reason = str(getattr(error, "orig", None) or error)
    return ReconcilerError(
        f"The ledger {file.name} cannot be used: {reason}.",
        fix="Move the file away; every object is found again by its natural key.",
        subject=str(file),
    )
