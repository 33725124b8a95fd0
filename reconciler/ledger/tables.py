"""The tables. Times are seconds since 1970; documents are canonical JSON text, so that no database rewrites them."""

from typing import Any

from sqlalchemy import Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()


def _organisation() -> Column[Any]:
    return Column("organisation", String(512), primary_key=True)


BINDING = Table(
    "binding",
    METADATA,
    _organisation(),
    Column("kind", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("record", String(255), nullable=False),
)
"""Which live object an address is."""

APPLIED = Table(
    "applied",
    METADATA,
    _organisation(),
    Column("kind", String(63), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("record", String(255), nullable=False),
    Column("document", Text, nullable=False),
    Column("goal", String(31), nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("secrets", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("at", Double, nullable=False),
)
"""What was last made true of an address (`core.remembered.Applied`), by which run and when."""

WRITER = Table(
    "writer",
    METADATA,
    _organisation(),
    Column("fence", Integer, nullable=False),
    Column("expires", Double, nullable=False),
    Column("heartbeat", Double, nullable=False),
    Column("acquired", Double, nullable=False),
    Column("holder", String(255), nullable=False),
    Column("operation", String(63), nullable=False),
    Column("run", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""One row an organisation: who may write until when, and the head of the journal's chain. `expires` 0: nobody."""

RUN = Table(
    "run",
    METADATA,
    _organisation(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("environment", String(63), nullable=False),
    Column("digest", String(127), nullable=False),
    Column("plan_id", String(127), nullable=False),
    Column("plan", Text, nullable=False),
    Column("revision", String(127), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("tool", String(63), nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("outcome", String(31), nullable=False),
)
"""Each apply with its plan. `ended` is null while it runs, and after it was killed; `revision` is the commit."""

JOURNAL = Table(
    "journal",
    METADATA,
    _organisation(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("run", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("journal_of_run", "organisation", "run"),
)
"""What runs did, line by line; `hash` is SHA-256 over the hash before and the body."""

SIGHTING = Table(
    "sighting",
    METADATA,
    _organisation(),
    Column("topic", String(63), primary_key=True),
    Column("subject", String(512), primary_key=True),
    Column("mark", String(127), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_seen", Double, nullable=False),
    Column("last_seen", Double, nullable=False),
)
"""What was seen, how often in a row with the same mark, since when."""

SEEN = Table(
    "seen",
    METADATA,
    _organisation(),
    Column("kind", String(63), primary_key=True),
    Column("record", String(255), primary_key=True),
    Column("stamp", String(255), nullable=False),
    Column("document", Text, nullable=False),
    Column("read_at", Double, nullable=False),
    Column("settled", String(127), nullable=False, server_default=""),
)
"""Live objects as they were last read whole, for reads that only ask for what moved."""

NOTE = Table(
    "note",
    METADATA,
    _organisation(),
    Column("kind", String(63), primary_key=True),
    Column("record", String(255), primary_key=True),
    Column("document", Text, nullable=False),
)
"""What an organisation said once and never again, such as the ids of keys (`core.ports.Notebook`)."""
