"""The connection that writes: durable on both databases, private on disk, and migrated forward when it is opened."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from reconciler.ledger.place import Place
from reconciler.ledger.revisions import POSTGRES_SCHEMA, REVISIONS

_MIGRATING = 0x4D4350  # any number of our own, for PostgreSQL's advisory locks
_IDLE, _WAIT = 15, 30
"""Seconds after which PostgreSQL ends a session that stands still in the middle of a transaction, and for which others
wait for it: a process that was stopped there blocks nobody for longer. On SQLite they wait as long for each other."""
_OPTIONS = (
    f"-csearch_path={POSTGRES_SCHEMA} -csynchronous_commit=on "
    f"-cidle_in_transaction_session_timeout={_IDLE}s -clock_timeout={_WAIT}s"
)
_CONNECT_SECONDS = 10


def connect(place: Place) -> Engine:
    """Give an engine for a ledger, made where there is none, its schema the newest.

    Raises LedgerError, or LedgerNewer when a newer version has been there.
    """
    try:
        engine = _sqlite(place.file) if place.file is not None else _postgres(place.url)
    except (OSError, ArgumentError) as error:
        raise place.unusable(error) from error
    try:
        with transaction(engine, place) as connection:
            is_old = _revision(connection, place) != REVISIONS[-1]
        if is_old:
            _migrate(engine, place)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine, place: Place) -> Iterator[Connection]:
    """Everything or nothing; once it is left without an error, it is durable."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise place.unusable(error) from error


def now(connection: Connection) -> float:
    """The time by which leases are judged, in seconds since 1970: the database's own, where many machines share it."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def _sqlite(file: Path) -> Engine:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    file.chmod(0o600)  # what SQLite keeps beside it has the same mode
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": float(_WAIT)},
    )
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _immediate)
    return engine


def _durable(connection: object, _record: object) -> None:
    """Write-ahead log: readers never wait; synchronous FULL: what was told to be remembered survives a power cut."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _immediate(connection: Connection) -> None:
    """Take the right to write at once: a transaction that reads first and writes then could not wait for another."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": _CONNECT_SECONDS, "options": _OPTIONS, "application_name": "mcp-reconciler"},
        pool_size=2,
        pool_pre_ping=True,
    )


def _revision(connection: Connection, place: Place) -> str | None:
    """The revision of the schema; None before there were any."""
    if not _has_versions(connection):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in REVISIONS:
        raise place.newer(str(found))
    return found


def _has_versions(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        query = text("SELECT to_regclass(:name) IS NOT NULL")
        return bool(connection.execute(query, {"name": f"{POSTGRES_SCHEMA}.alembic_version"}).scalar())
    query = text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'")
    return bool(connection.execute(query).scalar())


def _migrate(engine: Engine, place: Place) -> None:
    """Run the revisions that are missing; of several processes that come at once, one does it and the others wait.

    Alembic is slow to import, so nobody is kept out meanwhile: on a busy machine that took longer than others wait.
    """
    from alembic import command
    from alembic.config import Config

    with transaction(engine, place) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}"))
        if _revision(connection, place) != REVISIONS[-1]:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
