"""The planner: desired and live in, plan out. A pure function; nothing here reads, sends or prints."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import Document, Json, Ref, fingerprint, resolve
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, FieldChange, Plan, Reason, Step, Target, Transition, Witness
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Desired, Live, Record, Resource, S
from reconciler.engine import guards, order, readiness, steps
from reconciler.engine.diff import comparable, renewed, unlike
from reconciler.engine.holding import Holders, holders
from reconciler.engine.readiness import Strictness
from reconciler.engine.risk import risk_of
from reconciler.engine.scope import Scope, bind, look_up_in


@dataclass(frozen=True, slots=True)
class Context:
    """What a plan takes into account besides wish and world: memory of earlier applies, and readiness as observed."""

    remembered: Remembered = field(default_factory=Remembered)
    assessments: Mapping[Address, Assessment] = field(default_factory=dict)
    bystanders: tuple[Record, ...] = ()
    """Live objects of any document or none that may hold on to what is to be deleted, read for that reason."""
    strictness: Strictness = field(default_factory=Strictness)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What every decision of one planning run may look at."""

    desired: Desired
    live: Live
    kinds: Kinds
    scope: Scope
    context: Context
    holders: Holders
    made: set[Address] = field(default_factory=set)
    """Addresses that get a new object. Kinds are decided in their order, so this is known where it is asked for."""
    anew: set[Address] = field(default_factory=set)
    """Those of them whose old object goes before the new one comes."""

    def look_up(self, ref: Ref) -> Json:
        """The value behind a reference, or the reference itself while the object is still to be made."""
        return ref.to_json() if ref.address in self.made else look_up_in(self.scope.records)(ref)


_ALONE = Context()


def make_plan(desired: Desired, live: Live, kinds: Kinds, target: Target, context: Context = _ALONE) -> Plan:
    """Compare what is wished for with what is there, and give every change with its steps, in a fixed order.

    The same inputs give an equal plan, whatever the order of their members. An impossible change is a problem in the
    plan, never left out.
    """
    scope = bind(desired, live, kinds, context.remembered.bindings)
    seen = (*(record for records in live.records.values() for record in records), *context.bystanders)
    facts = _Facts(desired, live, kinds, scope, context, holders(seen, scope.known, kinds))
    changes = [
        _noted(facts, _change(facts, kinds[address.kind], desired[address]))
        for address in order.addresses(desired, kinds)
        if kinds[address.kind].stands_alone(desired[address].spec)
    ]
    problems = [note for change in changes for note in change.notes if note.is_error]
    problems += [_at(problem, facts) for problem in _borrowed(facts)]
    problems += _unreadable(facts)
    ordered = order.with_edges(changes, desired, kinds)
    return Plan(
        target=target,
        changes=ordered,
        problems=tuple(problems),
        witnesses=tuple(_witnesses(ordered, facts)),
        unmanaged=facts.scope.unmanaged,
    )


def _noted(facts: _Facts, change: Change) -> Change:
    if any(isinstance(step, Create) for step in change.steps):
        facts.made.add(change.address)
        if not isinstance(change.steps[0], Create) and change.action is Action.REPLACE:
            facts.anew.add(change.address)
    return change


def _change(facts: _Facts, kind: Kind[S], resource: Resource[S]) -> Change:
    """Decide what happens to one address."""
    record = facts.scope.records.get(resource.address)
    if kind.name in facts.live.unreadable:
        found = _Decision(Action.UNKNOWN, Reason.UNREADABLE)
    elif resource.address in facts.scope.ambiguous:
        fault = facts.scope.ambiguous[resource.address]
        found = _Decision(Action.BLOCKED, Reason.AMBIGUOUS, notes=(fault,))
    elif resource.absent:
        found = _tombstone(facts, kind, resource.address, record)
    elif record is None:
        found = _missing(facts, kind, resource)
    else:
        found = _present(facts, kind, resource, record)
    found = _held(facts, _protect(kind, resource, found))
    assessment = facts.context.assessments.get(resource.address) if activates(found.steps) else None
    if assessment is not None:
        told = readiness.notes(assessment, facts.context.strictness, str(resource.address))
        found = replace(found, notes=(*found.notes, *told))
    return Change(
        address=resource.address,
        action=found.action,
        reason=found.reason,
        risk=risk_of(found.action, found.fields, kind),
        record=record.id if record else None,
        state=record.state if record else None,
        goal=State.DELETED if resource.absent else kind.goal(resource.spec),
        fields=found.fields,
        steps=found.steps,
        cuts=_cuts(facts, resource.address) if found.action in {Action.DELETE, Action.REPLACE} else (),
        notes=tuple(note.at(resource.source) for note in found.notes),
        readiness=assessment,
        source=resource.source,
    )


@dataclass(frozen=True, slots=True)
class _Decision:
    action: Action
    reason: Reason
    fields: tuple[FieldChange, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def _tombstone(facts: _Facts, kind: Kind[S], address: Address, record: Record | None) -> _Decision:
    """Remove the object, and with it what an interrupted replace has left behind: both were this document's."""
    if record is None:
        return _Decision(Action.NOOP, Reason.TOMBSTONE)
    going: list[Step] = []
    for each in filter(None, (record, facts.scope.predecessors.get(address))):
        route = kind.lifecycle.route(each.state, State.DELETED)
        if route is None:
            return _no_route(address, each.state, State.DELETED)
        going += steps.remove(address, each.id, route, "" if each is record else "old-")
    return _Decision(Action.DELETE, Reason.TOMBSTONE, steps=tuple(going))


def _missing(facts: _Facts, kind: Kind[S], resource: Resource[S]) -> _Decision:
    document = _document(facts, kind, resource)
    made = steps.create(resource.address, document, kind.lifecycle, kind.goal(resource.spec))
    if made is None:
        return _no_route(resource.address, kind.lifecycle.lands, kind.goal(resource.spec))
    fields = tuple(FieldChange((key,), "add", after=value) for key, value in sorted(comparable(kind, document).items()))
    return _Decision(Action.CREATE, Reason.MISSING, fields, tuple(made))


def _present(facts: _Facts, kind: Kind[S], resource: Resource[S], record: Record) -> _Decision:
    found = _compared(facts, kind, resource, record)
    old = facts.scope.predecessors.get(resource.address)
    if old is None or found.action is Action.BLOCKED:
        return found
    return _end_of_replace(kind, resource, old, found)


def _compared(facts: _Facts, kind: Kind[S], resource: Resource[S], record: Record) -> _Decision:
    document = _document(facts, kind, resource)
    applied = facts.context.remembered.applied.get(resource.address)
    fields = (*unlike(kind, document, record), *renewed(document, applied, record.id))
    goal = kind.goal(resource.spec)
    if any(field.path[0] in kind.fixed for field in fields):
        return _replace(facts, resource, record, document, fields)
    if record.state is State.INVALID and kind.reregisters(resource.spec):
        return _reregister(kind, resource, record, document, fields)
    route = kind.lifecycle.route(record.state, goal)
    if route is None:
        return _no_route(resource.address, record.state, goal)
    done = tuple(steps.change(resource.address, record.id, document, route, write=bool(fields)))
    notes = _readiness(kind, record, document, fields) if route and goal is State.ACTIVE else ()
    if fields:
        return _Decision(Action.UPDATE, Reason.FIELDS_DIFFER, fields, done, notes)
    if not route:
        return _Decision(Action.NOOP, Reason.CONVERGED)
    reason = Reason.INVALID if record.state is State.INVALID else Reason.STATE_DIFFERS
    return _Decision(_ACTION_OF.get(route[0].verb, Action.ACTIVATE), reason, (), done, notes)


def activates(planned: Iterable[Step]) -> bool:
    """Whether steps lead an object to where agents can use it."""
    return any(isinstance(step, Transition) and step.target is State.ACTIVE for step in planned)


_ACTION_OF = {"deactivate": Action.DEACTIVATE, "revalidate": Action.REVALIDATE}


def _replace(
    facts: _Facts, resource: Resource[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> _Decision:
    """Create the new object first, so that there is no gap, then remove the old one.

    Remove first where the organisation would not hold both: they have one identity, or lean on two that it does not.
    """
    kind = facts.kinds[resource.address.kind]
    goal = kind.goal(resource.spec)
    made = steps.create(resource.address, document, kind.lifecycle, goal)
    route = kind.lifecycle.route(record.state, State.DELETED)
    if made is None or route is None:
        return _no_route(resource.address, record.state, State.DELETED)
    gone = steps.remove(resource.address, record.id, route, "old-")
    note = guards.NEW_IDENTITY.found(f"The old object is {record.id}.", subject=str(resource.address))
    ordered = (*gone, *made) if _excludes(facts, kind, resource, record) else (*made, *gone)
    return _Decision(Action.REPLACE, Reason.IDENTITY_CHANGED, fields, ordered, (note,))


def _excludes(facts: _Facts, kind: Kind[S], resource: Resource[S], record: Record) -> bool:
    if kind.live_key and kind.live_key(resource.spec, facts.look_up) == record.key:
        return True
    return not facts.anew.isdisjoint(kind.references(resource.spec))


def _end_of_replace(kind: Kind[S], resource: Resource[S], old: Record, found: _Decision) -> _Decision:
    """The rest of a replace that was interrupted after the new object was made: the old one still has to go away."""
    route = kind.lifecycle.route(old.state, State.DELETED)
    if route is None:
        return _no_route(resource.address, old.state, State.DELETED)
    # The newer object may itself be registered anew, so that there are two old ones.
    mark = "old-old-" if found.action is Action.REPLACE else "old-"
    gone = steps.remove(resource.address, old.id, route, mark)
    note = guards.NEW_IDENTITY.found(f"The old object is {old.id}.", subject=str(resource.address))
    return _Decision(Action.REPLACE, Reason.IDENTITY_CHANGED, found.fields, (*found.steps, *gone), (*found.notes, note))


def _reregister(
    kind: Kind[S], resource: Resource[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> _Decision:
    """Remove first: the organisation does not hold two objects with one identity."""
    made = steps.create(resource.address, document, kind.lifecycle, kind.goal(resource.spec))
    route = kind.lifecycle.route(record.state, State.DELETED)
    if made is None or route is None:
        return _no_route(resource.address, record.state, kind.goal(resource.spec))
    gone = steps.remove(resource.address, record.id, route, "old-")
    note = guards.NEW_IDENTITY.found(f"The old object is {record.id}.", subject=str(resource.address))
    return _Decision(Action.REPLACE, Reason.INVALID, fields, (*gone, *made), (note,))


def _no_route(address: Address, state: State, goal: State) -> _Decision:
    fault = guards.NO_ROUTE.found(f"It is {state}; no moves lead to {goal}.", subject=str(address))
    return _Decision(Action.BLOCKED, Reason.NO_ROUTE, notes=(fault,))


def _readiness(
    kind: Kind[S], record: Record, document: Document, fields: tuple[FieldChange, ...]
) -> tuple[Diagnostic, ...]:
    """Warn where an activation would fail as things stand; a write or a move before it may still mend it."""
    if fields or record.state is not State.INACTIVE:
        return ()
    return tuple(
        guards.NOT_READY.found(f"{fault.code}: {fault.detail}", fix=fault.fix) for fault in kind.ready(record, document)
    )


def _protect(kind: Kind[S], resource: Resource[S], found: _Decision) -> _Decision:
    """Turn a change that would take a protected object away into a blocked one."""
    takes = any(getattr(step, "verb", "") in {"deactivate", "delete"} for step in found.steps)
    if not takes or not kind.protected(resource.spec):
        return found
    fault = guards.PROTECTED.found(f"The plan would {found.action} it.", subject=str(resource.address))
    return replace(found, action=Action.BLOCKED, reason=Reason.PROTECTED, steps=(), notes=(fault,))


def _held(facts: _Facts, found: _Decision) -> _Decision:
    """Turn a change that would delete what somebody else's object uses into a blocked one: it would be refused."""
    going = {step.record for step in found.steps if isinstance(step, Transition) and step.target is State.DELETED}
    names = [record.facts["orn"] for record in facts.scope.known if record.id in going and "orn" in record.facts]
    faults = [guards.HELD.found(f"{holder} uses it.") for name in names for holder in facts.holders.get(name, ())]
    if not faults:
        return found
    return replace(found, action=Action.BLOCKED, reason=Reason.HELD, steps=(), notes=tuple(faults))


def _document(facts: _Facts, kind: Kind[S], resource: Resource[S]) -> Document:
    document: Document = resolve(kind.document(resource, facts.desired, facts.kinds), facts.look_up)
    return document


def _cuts(facts: _Facts, address: Address) -> tuple[Address, ...]:
    """The living documents that refer to an address."""
    leaning = (
        other.address
        for other in facts.desired.values()
        if not other.absent and address in facts.kinds[other.address.kind].references(other.spec)
    )
    return tuple(sorted(leaning))


def _borrowed(facts: _Facts) -> Iterator[Diagnostic]:
    """Objects that somebody else owns and that are not there."""
    for address in sorted(facts.desired):
        resource = facts.desired[address]
        kind = facts.kinds[address.kind]
        if (
            kind.borrowed(resource.spec)
            and address not in facts.scope.records
            and kind.name not in facts.live.unreadable
        ):
            detail = f"The organisation has no {kind.natural_key(resource.spec)}."
            yield guards.BORROWED_MISSING.found(detail, subject=str(address))


def _unreadable(facts: _Facts) -> Iterator[Diagnostic]:
    """Kinds that could not be read, as far as a document needs them."""
    needed = {
        address.kind
        for address, resource in facts.desired.items()
        if facts.kinds[address.kind].stands_alone(resource.spec) or facts.kinds[address.kind].borrowed(resource.spec)
    }
    for kind, fault in sorted(facts.live.unreadable.items()):
        if kind in needed:
            yield guards.UNREADABLE.found(f"{kind}: {fault.detail}", fix=fault.fix, subject=kind)


def _at(problem: Diagnostic, facts: _Facts) -> Diagnostic:
    return problem.at(facts.desired[Address.parse(problem.subject)].source)


def _witnesses(changes: tuple[Change, ...], facts: _Facts) -> Iterator[Witness]:
    """The live objects that effective changes touch, and those whose values their documents hold."""
    touched: set[Address] = set()
    for change in changes:
        if change.steps:
            touched.add(change.address)
            resource = facts.desired[change.address]
            touched.update(facts.kinds[change.address.kind].references(resource.spec))
    for address in sorted(touched & facts.scope.records.keys()):
        record = facts.scope.records[address]
        yield witness(address, record)
        if address in facts.scope.predecessors:
            yield witness(address, facts.scope.predecessors[address])


def witness(address: Address, record: Record) -> Witness:
    """The state of a live object as a plan remembers it."""
    content = {"id": record.id, "state": record.state, "document": record.document}
    return Witness(address, record.kind, record.id, record.state, record.document, fingerprint(content))
