"""Writes the journal of one run: lines in their order, as many in one transaction as have come in meanwhile.

One thread writes, so ten steps that wait for their lines share one fsync. Each transaction shows first that the lease
is still ours, and extends it; when nothing comes in, that alone is done at every heartbeat.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import field
from queue import Empty, SimpleQueue
from threading import Thread

from sqlalchemy import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from reconciler.core.document import Document
from reconciler.core.errors import LeaseLost, LedgerError
from reconciler.core.noun import dataclass
from reconciler.ledger import engine, lease
from reconciler.ledger.chain import Head, continued
from reconciler.ledger.lease import Terms
from reconciler.ledger.store import Ledger
from reconciler.ledger.tables import JOURNAL

Effect = Callable[[Connection], None]
"""Something else that is written in the transaction of a line."""

_STOOD_STILL = "25P03"
"""PostgreSQL's code for `idle_in_transaction_session_timeout` (its manual, appendix A)."""
_ATTEMPTS = 3
_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between attempts to reach a database that has gone away."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Lines to write; without any it is a sign of life. The last entry ends the thread."""

    bodies: tuple[Document, ...] = ()
    effects: tuple[Effect, ...] = ()
    durable: Future[None] = field(default_factory=Future)
    ends: bool = False


class Scribe:
    """The journal of one run, under one fence. For all threads of the run."""

    def __init__(self, ledger: Ledger, fence: int, head: Head, terms: Terms) -> None:
        self._ledger = ledger
        self._mine = (ledger.organisation, fence)
        self._head = head
        self._terms = terms
        self._holds_until = time.monotonic() + terms.lease
        self._error: LedgerError | None = None
        self._queue = SimpleQueue[_Entry]()
        self._thread = Thread(target=self._serve, name="scribe", daemon=True)
        self._thread.start()

    def write(self, body: Document, *effects: Effect) -> None:
        """Write a line; durable when this returns. Raises LedgerError, or LeaseLost when somebody else may write."""
        self.note(body, *effects).result()

    def note(self, body: Document, *effects: Effect) -> Future[None]:
        """Write a line soon, after all that came before it; the future tells when it is durable, or why it is not."""
        return self._put(_Entry((body,), effects))

    def demand_lease(self) -> None:
        """Make sure that nobody else may write at this moment.

        Where this process was held up so long that somebody else may have taken the lease, the ledger is asked: raises
        LeaseLost where somebody has, or where it takes longer than the lease to hear that nobody has.
        """
        for _ in range(_ATTEMPTS):
            if time.monotonic() <= self._holds_until:
                return
            self._put(_Entry()).result()
        raise self._lost()

    def close(self) -> None:
        """Write what is left, and stop; raise what went wrong, if anything did."""
        self._put(_Entry(ends=True))
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _put(self, entry: _Entry) -> Future[None]:
        self._queue.put(entry)
        return entry.durable

    def _serve(self) -> None:
        going = True
        while going:
            entries = self._taken()
            going = not any(entry.ends for entry in entries)
            waiting = [entry for entry in entries if not entry.ends]
            if self._error is None and (waiting or going):
                self._error = self._commit(waiting)
            for entry in waiting:
                if self._error is None:
                    entry.durable.set_result(None)
                else:
                    entry.durable.set_exception(self._error)

    def _taken(self) -> list[_Entry]:
        """Everything that has come in; nothing when a heartbeat is due."""
        entries: list[_Entry] = []
        with suppress(Empty):
            entries.append(self._queue.get(timeout=self._terms.heartbeat))
            while not entries[-1].ends:
                entries.append(self._queue.get_nowait())
        return entries

    def _commit(self, entries: Sequence[_Entry]) -> LedgerError | None:
        """Write everything or nothing; try again where a database has gone away for a moment."""
        rows, head = continued(self._head, (body for entry in entries for body in entry.bodies))
        for pause in (*_PAUSES, None):
            begun = time.monotonic()
            try:
                with self._ledger.transaction() as connection:
                    self._insert(connection, rows, head, entries)
            except LedgerError as error:
                if pause is None or not self._may_pass(error):
                    return error
                time.sleep(pause)
            else:
                self._head, self._holds_until = head, begun + self._terms.lease
                return None
        return None

    def _insert(
        self, connection: Connection, rows: list[dict[str, object]], head: Head, entries: Sequence[_Entry]
    ) -> None:
        now = engine.now(connection)
        if not lease.extend(connection, self._mine, (self._head, head), now, self._terms):
            if lease.end(connection, self._mine) == head:
                return  # the connection broke after this was written and before we were told
            raise self._lost()
        if rows:
            connection.execute(insert(JOURNAL), [{"organisation": self._mine[0], **row} for row in rows])
        for entry in entries:
            for effect in entry.effects:
                effect(connection)

    def _may_pass(self, error: LedgerError) -> bool:
        cause = error.__cause__
        broken = isinstance(cause, OperationalError) or (isinstance(cause, DBAPIError) and _is_over(cause))
        return self._ledger.place.file is None and broken

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"The lock {self._mine[1]} is no longer this run's; nothing more was sent.")


def _is_over(error: DBAPIError) -> bool:
    """Whether a session is over, though the error is not operational: it stood still in a transaction for too long.

    The connection looks closed only when its end has been read, which may be a moment after the error.
    """
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) == _STOOD_STILL
