"""Applying: a plan in, one result a step out, written down as it goes; and going on with a run that was cut off."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.app import (
    evidence,
    fingerprints,
    locking,
    looking_back,
    memory,
    organisations,
    planning,
    reviewing,
)
from reconciler.app.revision import commit
from reconciler.app.secret import demand_secrets, revealer
from reconciler.app.telling import Aloud
from reconciler.app.workspace import Workspace
from reconciler.core import plan_file
from reconciler.core.address import Address
from reconciler.core.errors import PlanStale
from reconciler.core.event import Tell
from reconciler.core.history import DONE, INTERRUPTED, PARTIAL, Order
from reconciler.core.noun import dataclass
from reconciler.core.plan import Create, Plan, Update
from reconciler.core.result import Outcome, StepResult
from reconciler.engine import apply as engine_apply
from reconciler.engine import guards, planner
from reconciler.engine.perform import Performer
from reconciler.engine.readiness import Gate
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.ledger.notes import Notes
    from reconciler.ledger.runs import Writing


@dataclass(frozen=True, slots=True)
class Limits:
    """What an apply may do, how much at once, and how many seconds it waits: for the organisation, and for the lock."""

    allow_delete: int | None = None
    parallelism: int = 10
    wait: float = 120.0
    gate: Gate | None = None
    """What readiness decides, where the command line says so."""
    digest: str | None = None
    """The digest of the plan that was reviewed, where only that may be applied."""
    lock_timeout: float = 0.0
    max_failures: int | None = None
    fence: int | None = None
    """The fence when the plan was made; while it is the last one, nobody else has applied since."""


@dataclass(slots=True)
class Running:
    """A run that has begun: its number (0 where there was nothing to write down), its plan, and what it does."""

    id: int
    plan: Plan
    done: int = 0
    """The steps that an earlier part of the run has done."""
    _perform: Callable[[Callable[[], bool], Tell], Iterator[StepResult]] = field(default=lambda _stop, _tell: iter(()))

    def results(
        self, stop: Callable[[], bool] = lambda: False, tell: Tell = lambda _event: None
    ) -> Iterator[StepResult]:
        """Perform what is left, one result a step as it ends; `tell` hears of each step that begins and each write."""
        return self._perform(stop, tell)


def refuse(workspace: Workspace, chosen: Plan, limits: Limits) -> str:
    """Raise unless the plan is the one that was reviewed, and may be applied within the limits.

    Gives a sentence where it is not the very plan and does the same.
    """
    same = reviewing.demand_reviewed(workspace, chosen, limits.digest)
    guards.refuse(chosen, limits.allow_delete)
    return same


def apply(
    workspace: Workspace, chosen: Plan, limits: Limits, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepResult]:
    """Perform a plan, one result a step as it ends; raise before anything is sent when a guard says no."""
    with begin(workspace, chosen, limits) as running:
        yield from running.results(stop)


@contextmanager
def begin(workspace: Workspace, chosen: Plan, limits: Limits) -> Iterator[Running]:
    """Take the lock and begin a run; raise before anything is sent when a guard says no.

    Under the lock the plan is looked at once more, unless nobody has applied since it was made.
    """
    from reconciler.ledger import runs
    from reconciler.ledger.notes import Notes

    refuse(workspace, chosen, limits)
    demand_secrets(chosen, revealer(workspace.root))
    notes = Notes.of(workspace.target.organisation, chosen, KINDS, fingerprints.marks(workspace, chosen))
    with locking.open_ledger(workspace) as ledger:
        if not chosen.steps and notes.knows(ledger):
            yield Running(0, chosen)
            return
        order = _order(workspace, chosen)
        with locking.patiently(limits.lock_timeout, lambda: runs.begun(ledger, order, notes.recognised)) as writing:
            if limits.fence is None or writing.fence != limits.fence + 1:
                planning.demand_fresh(workspace, chosen)
            with _running(workspace, limits, (chosen, writing, notes)) as running:
                yield running


@contextmanager
def resume(workspace: Workspace, run: int | None, limits: Limits) -> Iterator[Running]:
    """Take the lock and go on with a run, by default the last one, from where it stood.

    What it has not begun to change must still be as it was approved, and nobody may have moved or forgotten by hand
    what it is about. Raises RunUnknown, RunOver or PlanStale.
    """
    from reconciler.ledger import runs
    from reconciler.ledger.notes import Notes

    with (
        locking.open_ledger(workspace) as ledger,
        locking.patiently(limits.lock_timeout, lambda: runs.resumed(ledger, run, memory.actor())) as writing,
    ):
        plan = plan_file.load(writing.plan)
        _demand_same_addresses(workspace, plan, writing.run)
        demand_secrets(plan, revealer(workspace.root))
        begun = {step.address for step in plan.steps if step.id in writing.done or writing.past(step.id).begun}
        planning.demand_fresh(workspace, plan, begun)
        steps = (step.id for step in plan.steps)
        unsure = frozenset(step for step in steps if step in writing.done or writing.past(step).begun)
        notes = Notes.of(workspace.target.organisation, plan, KINDS, fingerprints.marks(workspace, plan, unsure))
        for step in plan.steps:
            if step.id in writing.done:
                notes.catch_up(StepResult(step, Outcome.DONE, record=writing.done[step.id] or None))
        with _running(workspace, limits, (plan, writing, notes)) as running:
            yield running


def _demand_same_addresses(workspace: Workspace, plan: Plan, run: int) -> None:
    """Raise PlanStale where `state mv` or `state forget` changed an address of a plan since its run began."""
    first = looking_back.run(workspace, run)[1][0].seq
    mine = {str(change.address) for change in plan.changes}
    for line in looking_back.by_hand(workspace):
        if line.seq > first and mine & {line.said.get("address"), line.said.get("to")}:
            raise PlanStale(
                f"{line.said['address']} was changed by hand ({line.said['operation']}) since run {run} began.",
                fix="Make a new plan: it finds what the run has done.",
            )


@contextmanager
def _running(workspace: Workspace, limits: Limits, run: "tuple[Plan, Writing, Notes]") -> Iterator[Running]:
    """Open the organisation, and give what performs the run."""
    plan, writing, notes = run
    strictness = evidence.strictness(workspace, evidence.Asking(limits.gate))
    needed = strictness.gate if planner.activates(plan.steps) else Gate.OFF
    with organisations.connect(workspace, limits.wait) as backend, evidence.judge(workspace, needed) as judge:
        backend.preflight(KINDS[name] for name in dict.fromkeys(step.address.kind for step in plan.steps))
        performer = Performer(
            backend,
            KINDS,
            organisations.SystemClock(),
            judge=judge,
            strictness=strictness,
            journal=writing,
            before=_before(plan, writing.done),
            planned=frozenset(change.record for change in plan.changes if change.record),
        )
        course = engine_apply.Course(limits.parallelism, frozenset(writing.done), limits.max_failures)

        def perform(stop: Callable[[], bool], tell: Tell) -> Iterator[StepResult]:
            writing.outcome = INTERRUPTED
            results = []
            for result in engine_apply.run(plan, Aloud.of(performer, tell), course, stop):
                writing.finish(result, *notes.of_step(result, writing.run, performer.resolved))
                results.append(result)
                yield result
            writing.outcome = _outcome(results)

        yield Running(writing.run, plan, len(writing.done), perform)


def _before(plan: Plan, done: Mapping[str, str]) -> Mapping[Address, str]:
    """The objects that an earlier part of the run has made or changed."""
    writes = (step for step in plan.steps if isinstance(step, Create | Update))
    return {step.address: done[step.id] for step in writes if done.get(step.id)}


def _outcome(results: Sequence[StepResult]) -> str:
    if all(result.ok for result in results):
        return DONE
    return INTERRUPTED if any(result.outcome is Outcome.INTERRUPTED for result in results) else PARTIAL


def _order(workspace: Workspace, chosen: Plan) -> Order:
    return Order(
        environment=workspace.environment,
        digest=plan_file.digest(chosen),
        plan=plan_file.dump(chosen),
        actor=memory.actor(),
        revision=commit(workspace.root),
        tool=__version__,
        plan_id=plan_file.identity(chosen),
    )
