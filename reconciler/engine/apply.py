"""Apply: perform a plan's own steps, in parallel under their edges, and prove each one by reading back."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Lock
from typing import assert_never

from reconciler.core.address import Address
from reconciler.core.document import Document, Json, Ref, references_in, resolve
from reconciler.core.errors import InternalError, NotConverged, NotReady, NotSettled, PlanStale, ReconcilerError
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create, Plan, Step, Transition, Update
from reconciler.core.ports import Backend, Clock, Judge
from reconciler.core.resources import Record, S
from reconciler.core.result import Outcome, StepResult
from reconciler.engine.diff import unlike
from reconciler.engine.readiness import Strictness, told

SETTLE_SECONDS = 15.0
"""How long a read-back may show old values before they count as ignored: Okta's lists and reads lag by up to 3 s."""


@dataclass(slots=True)
class Performer:
    """What the steps of one run share: the ports, and the objects made or changed so far."""

    backend: Backend
    kinds: Kinds
    clock: Clock
    known: dict[Address, Record] = field(default_factory=dict)
    judge: Judge = lambda _address, _record: None
    strictness: Strictness = field(default_factory=Strictness)
    _fresh: dict[str, Record] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def perform(self, step: Step) -> StepResult:
        """Perform one step to its proven end. Errors of our tree become a failed result; anything else is a bug."""
        kind = self.kinds[step.address.kind]
        try:
            match step:
                case Create():
                    return self._create(kind, step)
                case Update():
                    return self._update(kind, step)
                case Transition():
                    return self._transition(kind, step)
                case _:
                    assert_never(step)
        except ReconcilerError as error:
            record = step.record if not isinstance(step, Create) else None
            return StepResult(step, Outcome.FAILED, record=record, error=error)
        except Exception as error:  # noqa: BLE001 - a bug in one step must not lose what the others did
            return StepResult(step, Outcome.FAILED, error=InternalError(f"{type(error).__name__}: {error}"))

    def _create(self, kind: Kind[S], step: Create) -> StepResult:
        document = self._resolved(step.document)
        made = self.backend.create(kind, document)
        try:
            return self._made(kind, step, made, document)
        except ReconcilerError as error:
            # The object exists; whoever remembers objects has to know, although the step failed.
            return StepResult(step, Outcome.FAILED, record=made, error=error)

    def _made(self, kind: Kind[S], step: Create, made: str, document: Document) -> StepResult:
        record = self._proven(kind, made, document)
        note = ""
        if record.state not in {kind.lifecycle.lands, step.goal}:
            note = self._bring_home(kind, record, document)
        with self._lock:
            self.known[step.address] = record
            if not note:
                self._fresh[made] = record
        return StepResult(step, Outcome.DONE, record=made, note=note)

    def _bring_home(self, kind: Kind[S], record: Record, document: Document) -> str:
        """Lead an object that landed elsewhere to where objects of its kind land (okta-api §3.1: disputed)."""
        if record.state is State.INVALID:
            raise NotReady(" ".join(_obstacles(kind, record, document)) or "The organisation calls it INVALID.")
        route = kind.lifecycle.route(record.state, kind.lifecycle.lands)
        if route is None:
            raise NotReady(f"It landed {record.state}, and no moves lead to {kind.lifecycle.lands}.")
        for move in route:
            self.backend.move(kind, record.id, move.verb, move.target)
        return f"landed {record.state}, moved to {kind.lifecycle.lands}"

    def _update(self, kind: Kind[S], step: Update) -> StepResult:
        document = self._resolved(step.document)
        self.backend.update(kind, step.record, document)
        record = self._proven(kind, step.record, document)
        with self._lock:
            self.known[step.address] = record
        return StepResult(step, Outcome.DONE, record=step.record)

    def _transition(self, kind: Kind[S], step: Transition) -> StepResult:
        target = step.record or self.known[step.address].id
        # What a create has just read back need not be read again; it is used up by the next step.
        record = self._fresh.pop(target, None) or self.backend.find(kind, target)
        state = record.state if record else State.DELETED
        if step.target is State.ACTIVE and record is not None:
            self._demand_ready(kind, step, record)
        if state is step.target:
            return StepResult(step, Outcome.ALREADY, record=target)
        if record and _has_landed_elsewhere(kind, step, state):
            return StepResult(step, Outcome.DONE, record=target, note=self._bring_home(kind, record, step.document))
        if not _still_leads(kind, step, state):
            raise PlanStale(f"It is {state}, the plan expected {step.source}.")
        self.backend.move(kind, target, step.verb, step.target)
        return StepResult(step, Outcome.DONE, record=target)

    def _demand_ready(self, kind: Kind[S], step: Transition, record: Record) -> None:
        """Refuse to activate, or to leave active what this plan made, unless the object is ready right now."""
        obstacles = _obstacles(kind, record, self._resolved(step.document)) or self._judged(step.address, record)
        if not obstacles:
            return
        if record.state is State.ACTIVE and step.record is None:
            route = kind.lifecycle.route(State.ACTIVE, kind.lifecycle.lands)
            for move in route or ():
                self.backend.move(kind, record.id, move.verb, move.target)
        raise NotReady(" ".join(obstacles))

    def _judged(self, address: Address, record: Record) -> list[str]:
        """Ask the object's own endpoints right now: what was ready when the plan was made may have broken since."""
        assessment = self.judge(address, record)
        return [told(assessment)] if assessment is not None and self.strictness.refuses(assessment) else []

    def _proven(self, kind: Kind[S], record_id: str, document: Document) -> Record:
        """Read back until the object is as written; what stays different is named."""
        deadline = self.clock.now() + SETTLE_SECONDS
        pause = 0.2
        while True:
            record = self.backend.find(kind, record_id)
            different = unlike(kind, document, record) if record else ()
            if record and not different:
                return record
            if self.clock.now() + pause > deadline:
                break
            self.clock.sleep(pause)
            pause = min(pause * 1.7, 3.0)
        if record is None:
            raise NotSettled(f"The object {record_id} was written and cannot be read.")
        fields = ", ".join(
            f"{'.'.join(change.path)} is {change.before!r} instead of {change.after!r}" for change in different
        )
        raise NotConverged(f"After the write, {fields}.")

    def _resolved(self, document: Document) -> Document:
        """Fill in the ids and issuers of objects that this run has made."""
        filled: Document = resolve(document, self._look_up)
        missing = references_in(filled)
        if missing:
            names = ", ".join(sorted(f"{ref.address}#{ref.attribute}" for ref in missing))
            raise PlanStale(f"It needs {names}, which this run did not make.")
        return filled

    def _look_up(self, ref: Ref) -> Json:
        record = self.known.get(ref.address)
        return record.facts[ref.attribute] if record and ref.attribute in record.facts else ref.to_json()


def _has_landed_elsewhere(kind: Kind[S], step: Transition, state: State) -> bool:
    """Whether a validation that the step was to wait for has ended, in a state that is not the usual one."""
    return (step.source, state, step.target) == (State.PENDING, State.ACTIVE, kind.lifecycle.lands)


def _still_leads(kind: Kind[S], step: Transition, state: State) -> bool:
    """Whether the move leads to its target from where the object stands now.

    The organisation makes moves of its own while a plan is performed: what was PENDING when its deletion was planned
    may be INACTIVE now, and is deleted all the same. What was INVALID and is looked at again is waited for.
    """
    if step.verb == "revalidate" and state is State.PENDING:
        return True
    return any((m.verb, m.source, m.target) == (step.verb, state, step.target) for m in kind.lifecycle.moves)


def _obstacles(kind: Kind[S], record: Record, document: Document) -> list[str]:
    return [f"{fault.code}: {fault.detail}" for fault in kind.ready(record, document)]


def run(
    plan: Plan, performer: Performer, *, parallelism: int = 10, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepResult]:
    """Perform every step once the steps it waits for have succeeded, at most `parallelism` at a time.

    Yields each result as it comes. When a step fails, those that wait for it are BLOCKED and the others go on. When
    `stop` says so, steps in flight are finished and the rest is INTERRUPTED.
    """
    schedule = _Schedule(plan.steps)
    with ThreadPoolExecutor(max_workers=parallelism, thread_name_prefix="apply") as pool:
        flying: dict[Future[StepResult], Step] = {}
        while True:
            while schedule.ready and len(flying) < parallelism and not stop():
                step = schedule.ready.popleft()
                flying[pool.submit(performer.perform, step)] = step
            if not flying:
                break
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: flying[f].id):
                del flying[future]
                result = future.result()
                yield result
                yield from (StepResult(step, Outcome.BLOCKED) for step in schedule.finish(result))
    yield from (StepResult(step, Outcome.INTERRUPTED) for step in schedule.left())


class _Schedule:
    """Which steps may run now. Linear in steps and edges."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self._steps = {step.id: step for step in steps}
        self._waits = {step.id: {other for other in step.after if other in self._steps} for step in steps}
        self._followers: dict[str, list[str]] = {step.id: [] for step in steps}
        for step_id, others in self._waits.items():
            for other in others:
                self._followers[other].append(step_id)
        self._open = dict.fromkeys(self._steps)
        self.ready = deque(step for step in steps if not self._waits[step.id])

    def finish(self, result: StepResult) -> list[Step]:
        """Note a result; give the steps that can now never run."""
        self._open.pop(result.step.id)
        if not result.ok:
            return self._block(result.step.id)
        for follower in self._followers[result.step.id]:
            self._waits[follower].discard(result.step.id)
            if not self._waits[follower] and follower in self._open:
                self.ready.append(self._steps[follower])
        return []

    def _block(self, step_id: str) -> list[Step]:
        blocked, queue = [], [step_id]
        while queue:
            for follower in self._followers[queue.pop()]:
                if follower in self._open:
                    del self._open[follower]
                    blocked.append(self._steps[follower])
                    queue.append(follower)
        return blocked

    def left(self) -> list[Step]:
        """The steps that were never tried."""
        return [self._steps[step_id] for step_id in self._open]
