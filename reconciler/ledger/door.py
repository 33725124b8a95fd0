"""The door for readers: plans, drift and lists look in, and never make, migrate or change anything.

Through the databases' own drivers: every plan reads, and SQLAlchemy alone costs it a quarter of a second.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from reconciler.core.errors import LedgerError
from reconciler.ledger.place import Place
from reconciler.ledger.revisions import POSTGRES_SCHEMA, REVISIONS

_BUSY_SECONDS = 10.0
_CONNECT_SECONDS = 10
_CLOSED_FOLDER = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
"""What SQLite says where it cannot make the files beside a database; all else, such as a lock, is no reason to look at
the file as if nobody wrote to it."""


class _Asked(Protocol):
    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Door:
    """One look into a ledger, at one moment: all rows are of one transaction."""

    def __init__(self, ask: Any, mark: str, revision: int) -> None:
        self._ask = ask
        self._mark = mark
        self.revision = revision
        """How many revisions its schema has: 0 for an empty database."""

    def rows(self, query: str, *values: object, since: int) -> list[tuple[Any, ...]]:
        """Answer a query, written with `?`; nothing where the schema is older than the revision `since`."""
        if self.revision < since:
            return []
        asked: _Asked = self._ask(query.replace("?", self._mark), values)
        return asked.fetchall()


@contextmanager
def opened(place: Place) -> Iterator[Door | None]:
    """Look in; None where there is no ledger yet. Errors of the driver become ours.

    Raises LedgerError, or LedgerNewer for a schema that this version does not know.
    """
    if place.file is not None:
        with _sqlite(place, place.file) as door:
            yield door
    else:
        with _postgres(place) as door:
            yield door


@contextmanager
def _sqlite(place: Place, file: Path) -> Iterator[Door | None]:
    if not file.exists():
        yield None
        return
    try:
        connection = _connect_sqlite(file)
        try:
            connection.execute("BEGIN")
            names = connection.execute("SELECT name FROM sqlite_master WHERE name IN ('binding', 'alembic_version')")
            yield Door(connection.execute, "?", _revision(place, connection.execute, {name for (name,) in names}))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise place.unusable(error) from error


def _connect_sqlite(file: Path) -> sqlite3.Connection:
    """Open read-only. In a folder that may not be written, a write-ahead log cannot be opened, and none is there."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in _CLOSED_FOLDER or file.with_name(f"{file.name}-wal").exists():
            raise
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return connection


@contextmanager
def _postgres(place: Place) -> Iterator[Door | None]:
    import psycopg

    try:
        with psycopg.connect(place.url, connect_timeout=_CONNECT_SECONDS, options=READ_ONLY) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (POSTGRES_SCHEMA,))
            names = {name for (name,) in found.fetchall()}
            yield Door(connection.execute, "%s", _revision(place, connection.execute, names)) if names else None
    except psycopg.Error as error:
        raise place.unusable(error) from error


READ_ONLY = (
    f"-csearch_path={POSTGRES_SCHEMA} -cdefault_transaction_read_only=on "
    r"-cdefault_transaction_isolation=repeatable\ read"
)


def _revision(place: Place, ask: Any, tables: set[str]) -> int:
    if "alembic_version" not in tables:
        return 1 if "binding" in tables else 0
    found = ask("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        raise LedgerError(f"The ledger {place} has lost its version.", subject=place.subject)
    if found[0] not in REVISIONS:
        raise place.newer(str(found[0]))
    return REVISIONS.index(found[0]) + 1
