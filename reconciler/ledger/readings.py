"""The memory of readings: in a file of its own beside a ledger that is a file, in its table `seen` on PostgreSQL.

Every plan reads and writes it, through the databases' own drivers. What cannot be read is nothing remembered; what
cannot be written at once is not written: either costs requests later, and never a run. The file is made without
ceremony and thrown away without loss, so that no plan ever writes to the ledger of an apply.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from reconciler.core.ports import Cache
from reconciler.core.recall import Children, Mark, Memory, News
from reconciler.ledger.place import Place
from reconciler.ledger.revisions import POSTGRES_SCHEMA

FILE = "readings.sqlite"
VERSION = 2
"""Raised when the table changes; a file of another version is emptied."""
_PATIENCE_SECONDS = 0.5
_CONNECT_SECONDS = 10
_TABLE = """CREATE TABLE seen(
  organisation TEXT, kind TEXT, record TEXT, stamp TEXT NOT NULL, document TEXT NOT NULL, read_at REAL NOT NULL,
  settled TEXT NOT NULL DEFAULT '', PRIMARY KEY(organisation, kind, record)) WITHOUT ROWID"""
_SELECT = "SELECT kind, record, stamp, document, read_at, settled FROM seen WHERE organisation=?"
_INSERT = """INSERT INTO seen(organisation, kind, record, stamp, document, read_at, settled) VALUES(?,?,?,?,?,?,?)
  ON CONFLICT(organisation, kind, record) DO UPDATE
  SET stamp=excluded.stamp, document=excluded.document, read_at=excluded.read_at, settled=excluded.settled"""
_SETTLE = "UPDATE seen SET settled=? WHERE organisation=? AND kind=? AND record=? AND stamp=? AND read_at=?"
"""What was settled is said of one reading: where another run has read the object since, it says nothing."""
_DELETE = "DELETE FROM seen WHERE organisation=? AND kind=? AND record=?"
_MARK = ("", "")
"""In the place of kind and id: the row that holds the mark."""


class _Database(Protocol):
    """What both drivers' connections and cursors can do."""

    def execute(self, query: str, values: Sequence[object] = ..., /) -> Any: ...
    def executemany(self, query: str, values: Sequence[Sequence[object]], /) -> Any: ...


def readings(ledger: Place, organisation: str) -> Cache:
    """Give the memory of the readings of one organisation that belongs to a ledger."""
    if ledger.file is not None:
        return FileReadings(ledger.file.with_name(FILE), organisation)
    return DatabaseReadings(ledger.url, organisation)


class FileReadings:
    """In a SQLite file."""

    def __init__(self, file: Path, organisation: str) -> None:
        self._file = file
        self._organisation = organisation

    def recall(self) -> Memory:
        """Give everything that is remembered, by one query."""
        if not self._file.exists():
            return Memory()
        try:
            with self._open("ro") as memory:
                is_ours = memory.execute("PRAGMA user_version").fetchone()[0] == VERSION
                return _recalled(memory, self._organisation) if is_ours else Memory()
        except sqlite3.Error:
            return Memory()

    def keep(self, news: News) -> None:
        """Write what is new in one transaction; give up when somebody else is writing, or nobody can."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
            with self._open("rw") as memory:
                memory.execute("PRAGMA journal_mode=WAL")
                memory.execute("PRAGMA synchronous=NORMAL")
                memory.execute("BEGIN IMMEDIATE")
                if memory.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                    memory.execute("DROP TABLE IF EXISTS seen")
                    memory.execute(_TABLE)
                    memory.execute(f"PRAGMA user_version={VERSION}")
                _keep(memory, self._organisation, news)
                memory.execute("COMMIT")
        except sqlite3.OperationalError:
            pass  # somebody else is writing, or the disk is full or read-only
        except sqlite3.DatabaseError:
            self._discard()  # it is no database, or a broken one: the next run begins anew
        except OSError:
            pass  # a folder that cannot be written keeps no memory

    def _discard(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + suffix).unlink()

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        address = f"{self._file.absolute().as_uri()}?mode={mode}"
        connected = sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)
        with closing(connected) as memory:
            yield memory


class DatabaseReadings:
    """In the PostgreSQL database that several machines share, as soon as an apply has made its tables."""

    def __init__(self, url: str, organisation: str) -> None:
        self._url = url
        self._organisation = organisation

    def recall(self) -> Memory:
        """Give everything that is remembered, by one query."""
        return self._attempt(lambda database: _recalled(database, self._organisation)) or Memory()

    def keep(self, news: News) -> None:
        """Write what is new in one transaction; give up when somebody else is writing, or this user may not."""
        self._attempt(lambda database: _keep(database, self._organisation, news))

    def _attempt(self, work: Callable[[_Database], Any]) -> Any:
        import psycopg

        patience = f"-csearch_path={POSTGRES_SCHEMA} -clock_timeout={_PATIENCE_SECONDS * 1000:.0f}"
        try:
            with (
                psycopg.connect(self._url, connect_timeout=_CONNECT_SECONDS, options=patience) as connection,
                connection.cursor() as cursor,
            ):
                return work(_Marked(cursor))
        except psycopg.Error:
            return None


class _Marked:
    """A cursor of psycopg that takes queries with `?`."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, query: str, values: Sequence[object] = (), /) -> Any:
        return self._cursor.execute(query.replace("?", "%s"), values)

    def executemany(self, query: str, values: Sequence[Sequence[object]], /) -> Any:
        return self._cursor.executemany(query.replace("?", "%s"), values)


def _recalled(memory: _Database, organisation: str) -> Memory:
    rows = memory.execute(_SELECT, (organisation,))
    known = {(kind, record): Children(*rest) for kind, record, *rest in rows}
    mark = known.pop(_MARK, None)
    return Memory(known, Mark(mark.read_at, mark.stamp, *json.loads(mark.text)) if mark else None)


def _keep(memory: _Database, organisation: str, news: News) -> None:
    """Write in the order of the keys, so that two writers never wait for each other in a circle."""
    rows: list[tuple[object, ...]] = [
        (organisation, *key, each.stamp, each.text, each.read_at, each.settled)
        for key, each in sorted(news.children.items())
    ]
    if news.mark:
        text = json.dumps([news.mark.published, news.mark.whole_since])
        rows.insert(0, (organisation, *_MARK, news.mark.event, text, news.mark.at, ""))
    memory.executemany(_DELETE, [(organisation, *key) for key in sorted(news.gone)])
    memory.executemany(_INSERT, rows)
    settled = sorted(news.settled.items())
    memory.executemany(_SETTLE, [(e.settled, organisation, *key, e.stamp, e.read_at) for key, e in settled])
