"""Deciding: what happens to the object of one document, by which steps, and why."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import Document
from reconciler.core.kind import Kind
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Action, FieldChange, Origin, Reason, Step, Transition, place
from reconciler.core.remembered import Applied
from reconciler.core.resources import Record, Resource, S
from reconciler.engine import guards, settled, steps
from reconciler.engine.diff import comparable, renewed, unlike
from reconciler.engine.facts import Facts, covers
from reconciler.engine.scope import key_of
from reconciler.engine.threeway import Compared, compare, converged, kept


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one object, and why."""

    action: Action
    reason: Reason
    fields: tuple[FieldChange, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[Diagnostic, ...] = ()
    remembered: bool = False
    """Whether there is memory of this very object."""
    state_origin: Origin | None = None


def decide(facts: Facts, kind: Kind[S], resource: Resource[S]) -> Decision:
    """Decide what happens to the object of one document."""
    record = facts.scope.records.get(resource.address)
    if kind.name in facts.live.unreadable:
        found = Decision(Action.UNKNOWN, Reason.UNREADABLE)
    elif resource.address in facts.scope.ambiguous:
        fault = facts.scope.ambiguous[resource.address]
        found = Decision(Action.BLOCKED, Reason.AMBIGUOUS, notes=(fault,))
    elif resource.absent:
        found = _tombstone(facts, kind, resource.address, record)
    elif record is None:
        found = _missing(facts, kind, resource)
    else:
        found = _present(facts, kind, resource, record)
    return _unless_held(facts, _protect(facts, resource, found)) if found.steps else found


def _tombstone(facts: Facts, kind: Kind[S], address: Address, record: Record | None) -> Decision:
    """Remove the object, and with it what an interrupted replace has left behind: both were this document's."""
    if record is None:
        known = address in facts.context.remembered.bindings
        return Decision(Action.FORGET if known else Action.NOOP, Reason.TOMBSTONE)
    going: list[Step] = []
    for each in filter(None, (record, facts.scope.predecessors.get(address))):
        route = kind.lifecycle.route(each.state, State.DELETED)
        if route is None:
            return _no_route(address, each.state, State.DELETED)
        going += steps.remove(address, each.id, route, "" if each is record else "old-")
    return Decision(Action.DELETE, Reason.TOMBSTONE, steps=tuple(going))


def _missing(facts: Facts, kind: Kind[S], resource: Resource[S]) -> Decision:
    if facts.accepts(resource.address, ()):
        return Decision(Action.NOOP, Reason.ACCEPTED)
    document = facts.document(kind, resource)
    made = steps.create(resource.address, document, kind.lifecycle, resource.outline.goal)
    if made is None:
        return _no_route(resource.address, kind.lifecycle.lands, resource.outline.goal)
    fields = tuple(FieldChange((key,), "add", after=value) for key, value in sorted(comparable(kind, document).items()))
    return Decision(Action.CREATE, Reason.MISSING, fields, tuple(made))


def _present(facts: Facts, kind: Kind[S], resource: Resource[S], record: Record) -> Decision:
    found = _compared(facts, kind, resource, record)
    old = facts.scope.predecessors.get(resource.address)
    if old is None or found.action is Action.BLOCKED:
        return found
    return _end_of_replace(kind, resource, old, found)


def _compared(facts: Facts, kind: Kind[S], resource: Resource[S], record: Record) -> Decision:
    went_by = settled.mark(facts, resource, record)
    if settled.is_known(facts, record, went_by):
        return SETTLED
    document = facts.document(kind, resource)
    if _is_settled(facts, kind, resource, record, document):
        settled.note(facts, record, went_by)
        return SETTLED
    applied = facts.applied(kind, resource.address, record)
    accepts = partial(facts.accepts, resource.address)
    compared = compare(kind, document, record, applied.document if applied else None, accepts)
    if applied:
        compared = compared.with_secrets(document, tuple(renewed(document, applied, record.id)))
    found = _conflicting(facts, resource, compared) or _different(facts, resource, record, document, compared)
    if found.action is Action.NOOP:
        renamed = resource.address in facts.previous
        found = Decision(Action.MOVE, Reason.RENAMED) if renamed else _kept(kind, resource, applied, document)
    if applied and found.action not in {Action.REPLACE, Action.BLOCKED}:
        found = replace(found, notes=(*found.notes, *_staying(kind, resource, record, applied, document)))
    away = applied and record.state is not resource.outline.goal
    return replace(
        found,
        fields=found.fields or compared.fields,
        remembered=applied is not None,
        state_origin=_whose_state(resource, applied) if applied and away else None,
    )


SETTLED = Decision(Action.NOOP, Reason.CONVERGED, remembered=True)
"""That nothing is to be done about an object, and that there is nothing to say about it."""


def _is_settled(facts: Facts, kind: Kind[S], resource: Resource[S], record: Record, document: Document) -> bool:
    """Whether manifest, memory and organisation all say the same, and there is no more to find out about an object.

    Everything below comes to the same for it, at four times the time; nearly all objects of a large plan are so.
    """
    applied = facts.remembered(kind, resource.address, record)
    return (
        applied is not None
        and applied.goal is record.state
        and _as_remembered(resource, applied, document)
        and resource.address not in facts.previous
        and not unlike(kind, document, record)
    )


def _staying(
    kind: Kind[S], resource: Resource[S], record: Record, applied: Applied, document: Document
) -> Iterator[Diagnostic]:
    """Say what the manifest lets go of and the organisation keeps."""
    paths = ", ".join(sorted(".".join(path) for path in kept(kind, document, record, applied.document)))
    if paths:
        yield guards.STAYS.found(f"It keeps {paths}, which the manifest no longer sets.", subject=str(resource.address))


def _conflicting(facts: Facts, resource: Resource[S], compared: Compared) -> Decision | None:
    """Block where manifest and organisation both changed a path, until somebody says that the manifest wins."""
    places = [place(resource.address, f.path) for f in compared.fields if f.origin is Origin.CONFLICT]
    undecided = [each for each in places if not covers(facts.context.taken, each)]
    notes = tuple(guards.conflict(each, str(resource.address)) for each in undecided)
    return Decision(Action.BLOCKED, Reason.CONFLICT, notes=notes) if notes else None


def _different(facts: Facts, resource: Resource[S], record: Record, document: Document, compared: Compared) -> Decision:
    """What makes a live object like its manifest; no-op when it is."""
    kind = facts.kinds[resource.address.kind]
    fields = compared.effective
    kept = facts.accepts(resource.address, ("state",))
    goal = record.state if kept else resource.outline.goal
    if any(field.path[0] in kind.fixed for field in fields):
        return _replace(facts, resource, record, document, compared.fields)
    if record.state is State.INVALID and not kept and kind.reregisters(resource.spec):
        return _reregister(kind, resource, record, document, compared.fields)
    route = kind.lifecycle.route(record.state, goal)
    if route is None:
        return _no_route(resource.address, record.state, goal)
    done = tuple(steps.change(resource.address, record.id, compared.write, route, write=bool(fields)))
    notes = _readiness(kind, record, document, fields) if route and goal is State.ACTIVE else ()
    if fields:
        return Decision(Action.UPDATE, Reason.FIELDS_DIFFER, compared.fields, done, notes)
    if not route:
        return Decision(Action.NOOP, Reason.CONVERGED)
    reason = Reason.INVALID if record.state is State.INVALID else Reason.STATE_DIFFERS
    return Decision(_ACTION_OF.get(route[0].verb, Action.ACTIVATE), reason, (), done, notes)


def _kept(kind: Kind[S], resource: Resource[S], applied: Applied | None, document: Document) -> Decision:
    """What is as wished: nothing to do, or only memory to be brought up to date."""
    if applied is None:
        return Decision(Action.ADOPT, Reason.NOT_REMEMBERED)
    if _as_remembered(resource, applied, document):
        return Decision(Action.NOOP, Reason.CONVERGED)
    return Decision(Action.ADOPT, Reason.REMEMBERED_OTHERWISE, converged(kind, applied.document, document))


def _as_remembered(resource: Resource[S], applied: Applied, document: Document) -> bool:
    """Whether memory holds what the manifest says."""
    said = (document, resource.outline.goal, resource.outline.protected)
    return said == (applied.document, applied.goal, applied.protected)


def _whose_state(resource: Resource[S], applied: Applied) -> Origin:
    return Origin.DRIFT if applied.goal is resource.outline.goal else Origin.PENDING


_ACTION_OF = {"deactivate": Action.DEACTIVATE, "revalidate": Action.REVALIDATE}


def _replace(
    facts: Facts, resource: Resource[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> Decision:
    """Create the new object first, so that there is no gap, then remove the old one.

    Remove first where the organisation would not hold both: they have one identity, or lean on two that it does not.
    """
    kind = facts.kinds[resource.address.kind]
    goal = resource.outline.goal
    made = steps.create(resource.address, document, kind.lifecycle, goal)
    route = kind.lifecycle.route(record.state, State.DELETED)
    if made is None or route is None:
        return _no_route(resource.address, record.state, State.DELETED)
    gone = steps.remove(resource.address, record.id, route, "old-")
    note = guards.NEW_IDENTITY.found(f"The old object is {record.id}.", subject=str(resource.address))
    ordered = (*gone, *made) if _excludes(facts, kind, resource, record) else (*made, *gone)
    return Decision(Action.REPLACE, Reason.IDENTITY_CHANGED, fields, ordered, (note,))


def _excludes(facts: Facts, kind: Kind[S], resource: Resource[S], record: Record) -> bool:
    if key_of(kind, resource, facts.look_up) == record.key:
        return True
    return not facts.anew.isdisjoint(resource.outline.references)


def _end_of_replace(kind: Kind[S], resource: Resource[S], old: Record, found: Decision) -> Decision:
    """The rest of a replace that was interrupted after the new object was made: the old one still has to go away."""
    route = kind.lifecycle.route(old.state, State.DELETED)
    if route is None:
        return _no_route(resource.address, old.state, State.DELETED)
    # The newer object may itself be registered anew, so that there are two old ones.
    mark = "old-old-" if found.action is Action.REPLACE else "old-"
    gone = steps.remove(resource.address, old.id, route, mark)
    note = guards.NEW_IDENTITY.found(f"The old object is {old.id}.", subject=str(resource.address))
    return Decision(Action.REPLACE, Reason.IDENTITY_CHANGED, found.fields, (*found.steps, *gone), (*found.notes, note))


def _reregister(
    kind: Kind[S], resource: Resource[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> Decision:
    """Remove first: the organisation does not hold two objects with one identity."""
    made = steps.create(resource.address, document, kind.lifecycle, resource.outline.goal)
    route = kind.lifecycle.route(record.state, State.DELETED)
    if made is None or route is None:
        return _no_route(resource.address, record.state, resource.outline.goal)
    gone = steps.remove(resource.address, record.id, route, "old-")
    note = guards.NEW_IDENTITY.found(f"The old object is {record.id}.", subject=str(resource.address))
    return Decision(Action.REPLACE, Reason.INVALID, fields, (*gone, *made), (note,))


def _no_route(address: Address, state: State, goal: State) -> Decision:
    return Decision(Action.BLOCKED, Reason.NO_ROUTE, notes=(guards.no_route(address, state, goal),))


def _readiness(
    kind: Kind[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> tuple[Diagnostic, ...]:
    """Warn where an activation would fail as things stand; a write or a move before it may still mend it."""
    if fields or record.state is not State.INACTIVE:
        return ()
    return tuple(
        guards.NOT_READY.found(f"{fault.code}: {fault.detail}", fix=fault.fix) for fault in kind.ready(record, document)
    )


def _protect(facts: Facts, resource: Resource[S], found: Decision) -> Decision:
    """Turn a change that would take a protected object away into a blocked one."""
    takes = any(isinstance(step, Transition) and step.verb in {"deactivate", "delete"} for step in found.steps)
    if not takes or not facts.protected(resource):
        return found
    fault = guards.PROTECTED.found(f"The plan would {found.action} it.", subject=str(resource.address))
    return replace(found, action=Action.BLOCKED, reason=Reason.PROTECTED, steps=(), notes=(fault,))


def _unless_held(facts: Facts, found: Decision) -> Decision:
    """Turn a change that would delete what somebody else's object uses into a blocked one: it would be refused."""
    going = {step.record for step in found.steps if isinstance(step, Transition) and step.target is State.DELETED}
    faults = tuple(held(facts, going)) if going else ()
    return replace(found, action=Action.BLOCKED, reason=Reason.HELD, steps=(), notes=faults) if faults else found


def held(facts: Facts, going: set[str | None]) -> Iterator[Diagnostic]:
    """Name who uses the objects that are to be deleted, of those that no plan makes let go."""
    users = {user for record in going if record for user in facts.holders.get(record, ())}
    yield from (guards.HELD.found(f"{user} uses it.") for user in sorted(users))
