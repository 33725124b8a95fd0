"""The state of an organisation in SQLite: tables, transactions, and the few facts about the whole."""

import hashlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_VERSION = 2
_BUSY_SECONDS = 30.0

_SCHEMA = """
CREATE TABLE facts(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE mcp_servers(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  resource_url TEXT NOT NULL UNIQUE,
  display_name TEXT, description TEXT,
  status TEXT NOT NULL, discovery TEXT NOT NULL,
  detected TEXT, prm_ok INTEGER, attached INTEGER NOT NULL DEFAULT 0,
  created REAL NOT NULL, last_updated REAL NOT NULL,
  refresh_due REAL, shown_status TEXT, shown_until REAL, gone_at REAL,
  folded_name TEXT, folded_resource_name TEXT,
  claim_owner TEXT, claim_until REAL, oauth_client TEXT
);
CREATE INDEX mcp_servers_status ON mcp_servers(status, seq);
CREATE INDEX mcp_servers_name ON mcp_servers(folded_name, seq);
CREATE INDEX mcp_servers_resource_name ON mcp_servers(folded_resource_name, seq);
CREATE INDEX mcp_servers_refresh ON mcp_servers(refresh_due) WHERE refresh_due IS NOT NULL;
CREATE INDEX mcp_servers_gone ON mcp_servers(gone_at) WHERE gone_at IS NOT NULL;

CREATE TABLE attachments(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  server_id TEXT NOT NULL REFERENCES mcp_servers(id) ON DELETE CASCADE,
  id TEXT NOT NULL, type TEXT NOT NULL, issuer TEXT,
  status TEXT NOT NULL, origin TEXT NOT NULL, advertised INTEGER NOT NULL DEFAULT 1,
  config TEXT NOT NULL, detected TEXT,
  created REAL NOT NULL, last_updated REAL NOT NULL,
  UNIQUE(server_id, id)
);
CREATE INDEX attachments_server ON attachments(server_id, seq);
CREATE INDEX attachments_id ON attachments(id);

CREATE TABLE operations(
  id TEXT PRIMARY KEY, verb TEXT NOT NULL,
  resource_id TEXT NOT NULL, attachment_id TEXT, payload TEXT NOT NULL,
  created REAL NOT NULL, start_at REAL NOT NULL, due_at REAL NOT NULL,
  completed REAL, status TEXT, resource_status TEXT, error TEXT,
  claim_owner TEXT, claim_until REAL
);
CREATE INDEX operations_due ON operations(due_at) WHERE completed IS NULL;
CREATE INDEX operations_completed ON operations(completed) WHERE completed IS NOT NULL;

CREATE TABLE authorization_servers(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, alias TEXT UNIQUE, name TEXT NOT NULL,
  status TEXT NOT NULL, document TEXT NOT NULL, keys TEXT NOT NULL,
  created REAL NOT NULL, last_updated REAL NOT NULL
);

CREATE TABLE parts(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  server_id TEXT NOT NULL REFERENCES authorization_servers(id) ON DELETE CASCADE,
  parent_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  status TEXT NOT NULL, priority INTEGER NOT NULL, system INTEGER NOT NULL,
  document TEXT NOT NULL, created REAL NOT NULL, last_updated REAL NOT NULL,
  UNIQUE(parent_id, kind, name)
);
CREATE INDEX parts_list ON parts(parent_id, kind, priority, seq);
CREATE INDEX parts_server ON parts(server_id);

CREATE TABLE trusts(
  server_id TEXT NOT NULL REFERENCES authorization_servers(id) ON DELETE CASCADE,
  trusted_id TEXT NOT NULL REFERENCES authorization_servers(id) ON DELETE CASCADE,
  PRIMARY KEY(server_id, trusted_id)
) WITHOUT ROWID;
CREATE INDEX trusts_trusted ON trusts(trusted_id);

CREATE TABLE records(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, parent TEXT NOT NULL,
  name TEXT, status TEXT NOT NULL, document TEXT NOT NULL,
  created REAL NOT NULL, last_updated REAL NOT NULL,
  UNIQUE(kind, parent, name)
);
CREATE INDEX records_list ON records(kind, seq);
CREATE INDEX records_parent ON records(parent, kind, seq);

CREATE TABLE log_events(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  published REAL NOT NULL, type TEXT NOT NULL, document TEXT NOT NULL
);
CREATE INDEX log_events_published ON log_events(published, seq);
CREATE INDEX log_events_type ON log_events(type, published, seq);
"""

_CONTENTS = (
    "mcp_servers",
    "attachments",
    "operations",
    "trusts",
    "parts",
    "authorization_servers",
    "records",
    "log_events",
)


class StateError(Exception):
    """The state file cannot be used."""


class Store:
    """One connection and one lock: whoever holds a transaction is alone in this process.

    Other processes may use the same file; SQLite's own lock keeps them apart. Nothing slow may happen inside
    of a transaction, above all no fetch.
    """

    def __init__(self, path: Path | str | None) -> None:
        self._lock = threading.RLock()
        self._db = _open(path)
        self.close = weakref.finalize(self, self._db.close)
        """Closes the file; done by itself when the store is forgotten."""

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view."""
        with self._lock, _transaction(self._db, "DEFERRED"):
            yield self._db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All of it, or, when something is raised, nothing."""
        with self._lock, _transaction(self._db, "IMMEDIATE"):
            yield self._db


def _open(path: Path | str | None) -> sqlite3.Connection:
    if path is not None:
        _private(Path(path))
    db = sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        _prepare(db)
    except (sqlite3.DatabaseError, StateError) as error:
        db.close()
        raise StateError(f"cannot use {path} as the state of an emulator: {error}") from error
    return db


def _private(path: Path) -> None:
    """Make the file for its owner alone, as it may hold secrets; what SQLite keeps beside it has the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with suppress(PermissionError):  # of another owner, who has let this process in
            path.chmod(0o600)
    except OSError as error:
        raise StateError(f"cannot use {path} as the state of an emulator: {error}") from error


def _prepare(db: sqlite3.Connection) -> None:
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA foreign_keys=ON")
    with _transaction(db, "IMMEDIATE"):
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            if db.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
                raise StateError("it holds something else")
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={_VERSION}")
        elif found != _VERSION:
            raise StateError(f"it has version {found}, this emulator writes version {_VERSION}")


@contextmanager
def _transaction(db: sqlite3.Connection, mode: str) -> Iterator[None]:
    db.execute(f"BEGIN {mode}")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def fact(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM facts WHERE key=?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def remember(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute("INSERT INTO facts VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value", (key, value))


def empty(db: sqlite3.Connection) -> None:
    """Forget every object; the organisation and its token stay."""
    for table in _CONTENTS:
        db.execute(f"DELETE FROM {table}")  # noqa: S608  # names from the constant above


def digest(token: str) -> str:
    """How a token is remembered: what is in the file cannot be used as one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
