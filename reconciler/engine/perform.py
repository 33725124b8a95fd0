"""Performing one step: send, prove by reading back; and take up what an interrupted run has left half done."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from threading import Lock
from typing import assert_never

from reconciler.core.address import Address
from reconciler.core.document import Document, Json, Ref, references_in, resolve
from reconciler.core.errors import (
    InternalError,
    MadeTwice,
    NotConverged,
    NotReady,
    NotSettled,
    OperationFailed,
    PlanStale,
    ReconcilerError,
    RemoteError,
)
from reconciler.core.journal import Past, Unwritten
from reconciler.core.kind import Kind, Kinds, with_homes
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Create, FieldChange, Step, Transition, Update
from reconciler.core.ports import Backend, Clock, Journal, Judge
from reconciler.core.resources import Record, S
from reconciler.core.result import Outcome, StepResult
from reconciler.engine.diff import unlike
from reconciler.engine.readiness import Strictness, told

SETTLE_SECONDS = 15.0
"""How long a read-back may show old values before they count as ignored: Okta's lists and reads lag by up to 3 s."""


DOUBT_SECONDS = 5.0
"""How long a write of which no answer is known may take to show: longer than lists lag."""


@dataclass(slots=True)
class Performer:
    """What the steps of one run share: the ports, and the objects made or changed so far."""

    backend: Backend
    kinds: Kinds
    clock: Clock
    known: dict[Address, Record] = field(default_factory=dict)
    judge: Judge = lambda _address, _record: None
    strictness: Strictness = field(default_factory=Strictness)
    journal: Journal = field(default_factory=Unwritten)
    before: Mapping[Address, str] = field(default_factory=dict)
    """The objects that an earlier part of the run has made or changed, by id."""
    planned: frozenset[str] = frozenset()
    """The ids of the objects that were there when the plan was made: none of them is what a create has made."""
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
        document = self.resolved(step.document)
        hand = self._hand(step)
        left = self._left_behind(kind, step, document)
        made = left or hand.create(kind, document)
        try:
            if left:
                hand.update(kind, left, document)
            return self._made(kind, step, made, document)
        except ReconcilerError as error:
            # The object exists; whoever remembers objects has to know, although the step failed.
            return StepResult(step, Outcome.FAILED, record=made, error=error)

    def _made(self, kind: Kind[S], step: Create, made: str, document: Document) -> StepResult:
        record = self._proven(kind, made, document)
        note = ""
        if record.state not in {kind.lifecycle.lands, step.goal}:
            note = self._bring_home(self._hand(step), kind, record, document)
        with self._lock:
            self.known[step.address] = record
            if not note:
                self._fresh[made] = record
        return StepResult(step, Outcome.DONE, record=made, note=note)

    def _bring_home(self, hand: Backend, kind: Kind[S], record: Record, document: Document) -> str:
        """Lead an object that landed elsewhere to where objects of its kind land (okta-api §3.1: disputed)."""
        if record.state is State.INVALID:
            raise NotReady(" ".join(_obstacles(kind, record, document)) or "The organisation calls it INVALID.")
        route = kind.lifecycle.route(record.state, kind.lifecycle.lands)
        if route is None:
            raise NotReady(f"It landed {record.state}, and no moves lead to {kind.lifecycle.lands}.")
        for move in route:
            hand.move(kind, record.id, move.verb, move.target)
        return f"landed {record.state}, moved to {kind.lifecycle.lands}"

    def _update(self, kind: Kind[S], step: Update) -> StepResult:
        document = self.resolved(step.document)
        self._outlast(step, lambda: not self._differences(kind, step.record, document))
        self._hand(step).update(kind, step.record, document)
        record = self._proven(kind, step.record, document)
        with self._lock:
            self.known[step.address] = record
        return StepResult(step, Outcome.DONE, record=step.record)

    def _transition(self, kind: Kind[S], step: Transition) -> StepResult:
        target = step.record or self._made_before(step.address)
        self._outlast(step, lambda: self._state(kind, target) is step.target)
        # What a create has just read back need not be read again; it is used up by the next step.
        record = self._fresh.pop(target, None) or self.backend.find(kind, target)
        state = record.state if record else State.DELETED
        if step.target is State.ACTIVE and record is not None:
            self._demand_ready(kind, step, record)
        if state is step.target:
            return StepResult(step, Outcome.ALREADY, record=target)
        if record and _has_landed_elsewhere(kind, step, state):
            return StepResult(
                step, Outcome.DONE, record=target, note=self._bring_home(self._hand(step), kind, record, step.document)
            )
        if not _still_leads(kind, step, state):
            raise PlanStale(f"It is {state}, the plan expected {step.source}.")
        self._hand(step).move(kind, target, step.verb, step.target)
        return StepResult(step, Outcome.DONE, record=target)

    def _demand_ready(self, kind: Kind[S], step: Transition, record: Record) -> None:
        """Refuse to activate, or to leave active what this plan made, unless the object is ready right now."""
        obstacles = _obstacles(kind, record, self.resolved(step.document)) or self._judged(step.address, record)
        if not obstacles:
            return
        if record.state is State.ACTIVE and step.record is None:
            route = kind.lifecycle.route(State.ACTIVE, kind.lifecycle.lands)
            for move in route or ():
                self._hand(step).move(kind, record.id, move.verb, move.target)
        raise NotReady(" ".join(obstacles))

    def _judged(self, address: Address, record: Record) -> list[str]:
        """Ask the object's own endpoints right now: what was ready when the plan was made may have broken since."""
        assessment = self.judge(address, record)
        return [told(assessment)] if assessment is not None and self.strictness.refuses(assessment) else []

    def _proven(self, kind: Kind[S], record_id: str, document: Document) -> Record:
        """Read back until the object is as written; what stays different is named.

        The time of a look is that when it begins: who was held up since then, as by a machine that slept, looks again.
        """
        deadline = self.clock.now() + SETTLE_SECONDS
        pause = 0.2
        while True:
            looked = self.clock.now()
            record = self.backend.find(kind, record_id)
            different = unlike(kind, document, record) if record else ()
            if record and not different:
                return record
            if looked + pause > deadline:
                break
            self.clock.sleep(pause)
            pause = min(pause * 1.7, 3.0)
        if record is None:
            raise NotSettled(f"The object {record_id} was written and cannot be read.")
        fields = ", ".join(
            f"{'.'.join(change.path)} is {change.before!r} instead of {change.after!r}" for change in different
        )
        raise NotConverged(f"After the write, {fields}.")

    def resolved(self, document: Document) -> Document:
        """Fill in the ids and issuers of objects that this run has made."""
        filled: Document = resolve(document, self._look_up)
        missing = references_in(filled)
        if missing:
            names = ", ".join(sorted(f"{ref.address}#{ref.attribute}" for ref in missing))
            raise PlanStale(f"It needs {names}, which this run did not make.")
        return filled

    def _look_up(self, ref: Ref) -> Json:
        record = self._known(ref.address)
        return record.facts[ref.attribute] if record and ref.attribute in record.facts else ref.to_json()

    def _made_before(self, address: Address) -> str:
        record = self._known(address)
        if record is None:
            raise PlanStale("The object that this run made is gone.")
        return record.id

    def _known(self, address: Address) -> Record | None:
        """The object that this run has made or changed; what an earlier part of it did is read when it is needed."""
        if address not in self.known and address in self.before:
            record = self.backend.find(self.kinds[address.kind], self.before[address])
            if record is not None:
                self.known[address] = record
        return self.known.get(address)

    # -- taking up what an interrupted run has left ----------------------------------------------------------------

    def _hand(self, step: Step) -> Backend:
        """The backend, telling the journal of each write before it is sent."""
        return self.backend.watched(self.journal.watcher(step.id))

    def _left_behind(self, kind: Kind[S], step: Create, document: Document) -> str | None:
        """The object that an earlier part of the run has made for a create, or that it may have made.

        What an answer named is its id, but for kinds whose ids have two parts or whose creation begins elsewhere.
        """
        past = self.journal.past(step.id)
        if not past.begun:
            return None
        followed = self._followed(step, past)
        named = past.record or followed
        if named and not kind.inside and not kind.doubles:
            return named
        imagined = kind.wire.record(kind.wire.imagine(document, "new"))
        found: list[str] = []

        def shows() -> bool:
            found[:] = self._by_key(kind, imagined)
            return bool(found)

        if not shows() and (named or past.doubtful or past.further):
            self._wait(shows)
        if len(found) > 1:  # a list may show for a while what is gone
            self._wait(lambda: shows() and len(found) == 1)
        return self._chosen(kind, past, found)

    def _chosen(self, kind: Kind[S], past: Past, found: list[str]) -> str | None:
        """The one object with the key of a create, if it may be what this run has made.

        Raises MadeTwice where there are several, and PlanStale where the one that an answer named gave way to another:
        to choose is for a person, and for a plan that shows it. Where the answer to some write is not known, that write
        may be the one that made it, and what the others named are its children.
        """
        if len(found) > 1:
            mine = [each for each in found if each in past.named]
            made = f"{mine[0]} was made by this run" if len(mine) == 1 else "Which one this run has made is not known"
            raise MadeTwice(f"{made}, and there are {', '.join(sorted(found))}.")
        if found and kind.doubles and past.named and not past.unanswered and found[0] not in past.named:
            made = ", ".join(sorted(past.named))
            raise PlanStale(f"What this run has made ({made}) is gone, and {found[0]} is there in its place.")
        return found[0] if found else None

    def _followed(self, step: Create, past: Past) -> str:
        """Wait for an operation of a create that was on its way; give the object that it made, where it was that one.

        What is attached to an object afterwards is an operation, too, and names something else.
        """
        if not past.operation:
            return ""
        named = self.backend.follow(past.operation)
        self.journal.watcher(step.id).ended(named)
        return "" if past.further else named

    def _by_key(self, kind: Kind[S], imagined: Record) -> list[str]:
        """The ids of the objects with the key of one; where they live inside another object, of those in there."""
        live = self.backend.read(with_homes({kind.name}, self.kinds), lambda record: _holds(record, imagined))
        if kind.name in live.unreadable:
            raise RemoteError(f"{kind.name} cannot be read: {live.unreadable[kind.name].detail}")
        same = (record.id for record in live.of(kind.name) if record.key == imagined.key)
        return [each for each in same if each not in self.planned]

    def _outlast(self, step: Step, done: Callable[[], bool]) -> None:
        """Wait for what an earlier part of the run has set off: it must not be sent again while it is on its way."""
        past = self.journal.past(step.id)
        if past.operation:
            with suppress(OperationFailed):  # then it is for this run to do
                self.backend.follow(past.operation)
        elif past.doubtful and not done():
            self._wait(done)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = self.clock.now() + DOUBT_SECONDS
        pause = 0.3
        while self.clock.now() + pause <= deadline:
            self.clock.sleep(pause)
            if done():
                return
            pause *= 1.5

    def _differences(self, kind: Kind[S], record_id: str, document: Document) -> tuple[FieldChange, ...]:
        record = self.backend.find(kind, record_id)
        return unlike(kind, document, record) if record else ()

    def _state(self, kind: Kind[S], record_id: str) -> State:
        record = self.backend.find(kind, record_id)
        return record.state if record else State.DELETED


def _holds(record: Record, other: Record) -> bool:
    """Whether an object is one of those inside which another lives; its id then begins with theirs."""
    return record.kind != other.kind and f"{other.id}/".startswith(f"{record.id}/")


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
