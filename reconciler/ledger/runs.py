"""Runs: begun with an order, written down as they go, resumed from where they stood, over."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.engine import Connection

from reconciler.core.document import Document
from reconciler.core.errors import HistoryBroken, LockHeld, PlanStale, RunOver, RunUnknown
from reconciler.core.history import (
    DONE,
    INTERRUPTED,
    REFUSED,
    RUNNING,
    Lock,
    Order,
    line,
    pasts,
    replayed,
    verified,
)
from reconciler.core.journal import Past, Phase, Told
from reconciler.core.noun import dataclass
from reconciler.core.result import StepResult
from reconciler.ledger import engine, lease
from reconciler.ledger.chain import Head, continued, sealed
from reconciler.ledger.lease import Claim, Terms
from reconciler.ledger.scribe import Effect, Scribe
from reconciler.ledger.store import Ledger
from reconciler.ledger.tables import JOURNAL, RUN

_USUAL = Terms()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run that holds the lease since a moment ago."""

    run: int
    fence: int
    plan: str
    outcome: str = REFUSED
    """How it has ended unless something more happens."""
    done: Mapping[str, str] = field(default_factory=dict)
    pasts: Mapping[str, Past] = field(default_factory=dict)


class Writing:
    """A run that may write: the journal of its steps (`core.ports.Journal`), and what it knows of its own past."""

    def __init__(self, begun: _Begun, scribe: Scribe) -> None:
        self.run = begun.run
        self.plan = begun.plan
        """The approved plan, as it was written down."""
        self.done = begun.done
        """The steps that an earlier part of the run has verified, with the ids of their objects."""
        self.outcome = begun.outcome
        """How the run ended; the caller says so before it leaves."""
        self.fence = begun.fence
        self._past = begun.pasts
        self._scribe = scribe

    def past(self, step: str) -> Past:
        return self._past.get(step, Past())

    def watcher(self, step: str) -> "StepLines":
        return StepLines(self, step)

    def finish(self, result: StepResult, *effects: Effect) -> None:
        """Write down how a step ended, and with it what is remembered of its object: soon, and in order."""
        said: Document = {"step": result.step.id, "outcome": result.outcome}
        if result.ok:
            self.note({**said, "phase": Phase.VERIFIED, "record": result.record or ""}, *effects)
        elif result.error is not None:
            self.note({**said, "phase": Phase.FAILED, "code": result.error.rule.code}, *effects)

    def note(self, body: Document, *effects: Effect) -> None:
        """Write a line soon."""
        self._scribe.note(self._whole(body), *effects)

    def write(self, body: Document, *effects: Effect) -> None:
        """Write a line; when this returns it is durable, and nobody else may write."""
        self._scribe.write(self._whole(body), *effects)
        self._scribe.demand_lease()

    def _whole(self, body: Document) -> Document:
        return _whole(body, self.run, self.fence)


@dataclass(frozen=True, slots=True)
class StepLines:
    """The lines of one step's writes (`core.ports.Watcher`)."""

    writing: Writing
    step: str

    def sends(self, method: str, path: str) -> None:
        self.writing.write({"phase": Phase.INTENT, "step": self.step, "method": method, "path": path})

    def answered(self, told: Told) -> None:
        said = {"status": told.status, "request": told.request, "operation": told.operation, "record": told.record}
        body = {"phase": Phase.ANSWERED, "step": self.step, **{key: value for key, value in said.items() if value}}
        (self.writing.write if told.operation else self.writing.note)(body)

    def ended(self, record: str) -> None:
        self.writing.note({"phase": Phase.ENDED, "step": self.step, **({"record": record} if record else {})})


@contextmanager
def begun(
    ledger: Ledger, order: Order, effects: Callable[[int], Sequence[Effect]] = lambda _run: (), *, terms: Terms = _USUAL
) -> Iterator[Writing]:
    """Take the lease and begin a run; the effects, made with its number, are written with its first line.

    Raises LockHeld, or PlanStale for a plan that was applied already: whoever comes second with it is told under the
    lock, so that of two who come at once one is refused.
    """
    with ledger.transaction() as connection:
        fence, head = taken(connection, ledger, Claim(order.actor, "apply"), terms)
        _demand_first(connection, ledger, order.plan_id)
        number = 1 + (connection.execute(select(func.max(RUN.c.id)).where(_here(ledger))).scalar() or 0)
        now = engine.now(connection)
        row = {name: getattr(order, name) for name in ("environment", "digest", "plan_id", "plan", "actor")}
        more = {"revision": order.revision, "tool": order.tool, "started": now, "outcome": RUNNING}
        connection.execute(insert(RUN).values(organisation=ledger.organisation, id=number, **row, **more))
        body = {key: value for key, value in (row | more).items() if key not in {"plan", "outcome", "started"}}
        body["sealed"] = sealed(order.plan)
        made = _Begun(number, fence, order.plan)
        head = line_down(connection, ledger, (number, fence), head, {"phase": Phase.BEGUN, **body})
        for effect in effects(number):
            effect(connection)
    with _written(ledger, made, Scribe(ledger, fence, head, terms)) as writing:
        yield writing


@contextmanager
def resumed(ledger: Ledger, run: int | None, actor: str, *, terms: Terms = _USUAL) -> Iterator[Writing]:
    """Take the lease and go on with a run, by default the last one.

    Raises LockHeld, RunUnknown or RunOver, or HistoryBroken for a plan that is not the one that the run began with.
    """
    with ledger.transaction() as connection:
        fence, head = taken(connection, ledger, Claim(actor, "apply"), terms)
        number, plan, outcome = _resumable(connection, ledger, run)
        mine = (JOURNAL.c.organisation == ledger.organisation, JOURNAL.c.run == number)
        found = connection.execute(select(JOURNAL.c.body).where(*mine).order_by(JOURNAL.c.seq)).scalars()
        lines = tuple(line(json.loads(body)) for body in found)
        if not {each.said["sealed"] for each in lines if "sealed" in each.said} <= {sealed(plan)}:
            raise HistoryBroken(f"The plan of run {number} is not the one that it began with; nothing was sent.")
        made = _Begun(number, fence, plan, outcome, verified(lines), pasts(lines))
        head = line_down(connection, ledger, (number, fence), head, {"phase": Phase.RESUMED, "actor": actor})
        connection.execute(update(RUN).where(*_only(ledger, number)).values(ended=None, outcome=RUNNING))
    with _written(ledger, made, Scribe(ledger, fence, head, terms)) as writing:
        yield writing


@contextmanager
def _written(ledger: Ledger, made: _Begun, scribe: Scribe) -> Iterator[Writing]:
    """Let a run write, and in the end say how it went and give the lease back."""
    writing = Writing(made, scribe)
    mine = (ledger.organisation, made.fence)

    def over(connection: Connection) -> None:
        values = {"ended": engine.now(connection), "outcome": writing.outcome}
        connection.execute(update(RUN).where(*_only(ledger, made.run)).values(values))
        lease.give_back(connection, mine)

    try:
        yield writing
    finally:
        writing.note({"phase": Phase.OVER, "outcome": writing.outcome}, over)
        scribe.close()


def taken(connection: Connection, ledger: Ledger, claim: Claim, terms: Terms = _USUAL) -> tuple[int, Head]:
    """Take the lease in a transaction of the caller's. Raises LockHeld."""
    got = lease.take(connection, ledger.organisation, claim, engine.now(connection), terms)
    if got is None:
        raise _held_by(lease.holder(connection, ledger.organisation))
    return got


def _demand_first(connection: Connection, ledger: Ledger, plan_id: str) -> None:
    """Raise PlanStale when a run of this very plan has begun to send."""
    mine = (_here(ledger), RUN.c.plan_id == plan_id, RUN.c.plan_id != "", RUN.c.outcome != REFUSED)
    found = connection.execute(select(RUN.c.id, RUN.c.outcome).where(*mine).order_by(RUN.c.id)).first()
    if found:
        raise PlanStale(replayed(*found))


def _held_by(lock: Lock | None) -> LockHeld:
    if lock is None:
        return LockHeld("Somebody else took the lock at the same moment.")
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(lock.acquired))
    return LockHeld(
        f"Run {lock.run} of {lock.holder} holds the lock since {since}.",
        fix="Wait, or repeat with --lock-timeout=60. If you know that nobody is behind it any more: "
        f"reconciler state unlock {lock.fence}.",
        subject=lock.organisation,
    )


def _resumable(connection: Connection, ledger: Ledger, run: int | None) -> tuple[int, str, str]:
    """The number and the plan of a run that may go on, and its outcome when it does not get any further."""
    last = connection.execute(select(func.max(RUN.c.id)).where(_here(ledger))).scalar()
    if last is None:
        raise RunUnknown("There has been no run yet.")
    number = last if run is None else run
    found = connection.execute(select(RUN.c.plan, RUN.c.outcome).where(*_only(ledger, number))).one_or_none()
    if found is None:
        raise RunUnknown(f"There is no run {number}; the last one is run {last}.")
    if found.outcome == DONE:
        raise RunOver(f"Run {number} is complete.")
    if number != last:
        raise RunOver(f"Run {last} came after run {number}.")
    return number, found.plan, INTERRUPTED if found.outcome == RUNNING else found.outcome


def line_down(connection: Connection, ledger: Ledger, mine: tuple[int, int], head: Head, body: Document) -> Head:
    """Write the first line under a fence, in the transaction that raised it, and give the new head.

    `mine` is the run, 0 for what belongs to none, and the fence.
    """
    run, fence = mine
    rows, after = continued(head, [_whole(body, run, fence)])
    connection.execute(insert(JOURNAL), [{"organisation": ledger.organisation, **row} for row in rows])
    lease.name(connection, (ledger.organisation, fence), run, after)
    return after


def _whole(body: Document, run: int, fence: int) -> Document:
    return {**body, "run": run, "fence": fence, "at": round(time.time(), 3)}


def _here(ledger: Ledger) -> ColumnElement[bool]:
    return RUN.c.organisation == ledger.organisation


def _only(ledger: Ledger, run: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (_here(ledger), RUN.c.id == run)
