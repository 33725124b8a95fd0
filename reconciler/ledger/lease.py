"""The right to write to an organisation: one row, a counter as fence, and a time until when it holds.

Taking it raises the fence, so whoever held it before is found out with his next line: every transaction of a run begins
with `extend`, which fails under an old fence. A lease that has run out and that nobody has taken may still be extended.
"""

from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Connection

from reconciler.core.history import Lock
from reconciler.core.noun import dataclass
from reconciler.ledger.chain import Head
from reconciler.ledger.tables import WRITER

_FREE = 0.0
_NOTHING = {"expires": _FREE, "heartbeat": 0.0, "acquired": 0.0, "holder": "", "operation": "", "run": 0}


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease holds without a sign of life, and how often one is given, in seconds."""

    lease: float = 60.0
    heartbeat: float = 10.0


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to write, and for what."""

    holder: str
    operation: str


def take(connection: Connection, organisation: str, claim: Claim, now: float, terms: Terms) -> tuple[int, Head] | None:
    """Take the lease when it is free or has run out; give fence and head, or None while somebody holds it."""
    row = _insert(connection).values(organisation=organisation, fence=0, seq=0, head="", **_NOTHING)
    connection.execute(row.on_conflict_do_nothing())
    mine = WRITER.c.organisation == organisation
    said = {"holder": claim.holder[:255], "operation": claim.operation}
    times = {"acquired": now, "heartbeat": now, "expires": now + terms.lease}
    change = update(WRITER).where(mine, WRITER.c.expires <= now).values(fence=WRITER.c.fence + 1, **said, **times)
    if connection.execute(change).rowcount != 1:
        return None
    fence, seq, head = connection.execute(select(WRITER.c.fence, WRITER.c.seq, WRITER.c.head).where(mine)).one()
    return fence, Head(seq, head)


def _insert(connection: Connection) -> Any:
    """The INSERT of this database's own dialect. That of PostgreSQL is imported only for one: it is large."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(WRITER)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(WRITER)


def extend(connection: Connection, mine: tuple[str, int], heads: tuple[Head, Head], now: float, terms: Terms) -> bool:
    """Give a sign of life and move the head of the journal; False when the fence is an old one.

    `mine` is organisation and fence, `heads` the head that is there and the one to come. The row is locked until the
    transaction ends, so nobody can take the lease between this and the lines that follow it.
    """
    old, new = heads
    values = {"heartbeat": now, "expires": now + terms.lease, "seq": new.seq, "head": new.hash}
    return connection.execute(update(WRITER).where(*_held(*mine), WRITER.c.seq == old.seq).values(values)).rowcount == 1


def name(connection: Connection, mine: tuple[str, int], run: int, head: Head) -> None:
    """Say which run the lease is for, once it has a number and a first line."""
    connection.execute(update(WRITER).where(*_held(*mine)).values(run=run, seq=head.seq, head=head.hash))


def give_back(connection: Connection, mine: tuple[str, int]) -> None:
    """Let others write at once."""
    connection.execute(update(WRITER).where(*_held(*mine)).values(_NOTHING))


def take_away(connection: Connection, organisation: str, fence: int) -> tuple[int, Head] | None:
    """End somebody's lease: the fence is raised, so that his next line is refused.

    Give the new fence and the head of the journal; None when nobody has that fence.
    """
    held = (*_held(organisation, fence), WRITER.c.expires > _FREE)
    change = update(WRITER).where(*held).values(**_NOTHING, fence=WRITER.c.fence + 1)
    if connection.execute(change).rowcount != 1:
        return None
    return fence + 1, end(connection, (organisation, fence + 1)) or Head()


def end(connection: Connection, mine: tuple[str, int]) -> Head | None:
    """The head of the journal while the fence is the current one, else None."""
    found = connection.execute(select(WRITER.c.seq, WRITER.c.head).where(*_held(*mine))).one_or_none()
    return Head(*found) if found else None


def holder(connection: Connection, organisation: str) -> Lock | None:
    """Who holds the lease; None when it is free."""
    columns = (WRITER.c.fence, WRITER.c.holder, WRITER.c.operation, WRITER.c.run)
    times = (WRITER.c.acquired, WRITER.c.heartbeat, WRITER.c.expires)
    found = connection.execute(select(*columns, *times).where(WRITER.c.organisation == organisation)).one_or_none()
    return Lock(organisation, *found) if found and found.expires > _FREE else None


def _held(organisation: str, fence: int) -> tuple[ColumnElement[bool], ...]:
    return (WRITER.c.organisation == organisation, WRITER.c.fence == fence)
