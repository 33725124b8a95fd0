"""The planner: desired and live in, plan out. A pure function; nothing here reads, sends or prints."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import fingerprint
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, Origin, Plan, Step, Target, Transition, Witness, place
from reconciler.core.recall import Children, Key
from reconciler.core.resources import Desired, Live, Record, Resource, S
from reconciler.engine import budgets, guards, hazards, ladder, moves, order, readiness
from reconciler.engine.decide import SETTLED, Decision, decide
from reconciler.engine.facts import Context, Facts, covers
from reconciler.engine.holding import holders
from reconciler.engine.risk import greatest
from reconciler.engine.scope import bind

__all__ = ["Context", "Made", "activates", "make", "make_plan", "witness"]

_ALONE = Context()


class Made(NamedTuple):
    """A plan, and what is to be remembered of objects that were recalled and about which there is nothing to do."""

    plan: Plan
    settled: Mapping[Key, Children]


def make_plan(desired: Desired, live: Live, kinds: Kinds, target: Target, context: Context = _ALONE) -> Plan:
    """Compare what is wished for with what is there, and give every change with its steps, in a fixed order.

    The same inputs give an equal plan, whatever the order of their members. An impossible change is a problem in the
    plan, never left out.
    """
    return make(desired, live, kinds, target, context).plan


def make(desired: Desired, live: Live, kinds: Kinds, target: Target, context: Context = _ALONE) -> Made:
    """Make the same plan, and tell what a later one need not look at again."""
    facts = _facts(desired, live, kinds, context)
    changes = [
        _noted(facts, _change(facts, kinds[address.kind], desired[address]))
        for address in order.addresses(desired, kinds)
        if desired[address].outline.stands_alone
    ]
    gone = (*ladder.orphans(facts), *ladder.forgotten(facts))
    changes = order.in_order((*changes, *gone), kinds) if gone else changes
    problems = [note for change in changes for note in change.notes if note.is_error]
    problems += [_at(problem, facts) for problem in _borrowed(facts)]
    problems += (*_unreadable(facts), *moves.faults(context.moves, desired), *ladder.empty(facts))
    problems += budgets.exceeded(changes, facts.managed, context.budgets)
    ordered = order.with_edges(changes, facts)
    plan = Plan(
        target=target,
        changes=ordered,
        problems=tuple(problems),
        witnesses=tuple(_witnesses(ordered, facts)),
        unmanaged=tuple(each for each in facts.scope.unmanaged if not (context.prune and each.orphan_of)),
        taken=tuple(_used(context.taken, changes)),
    )
    return Made(plan, facts.settled)


def _facts(desired: Desired, live: Live, kinds: Kinds, context: Context) -> Facts:
    """Follow renames, find each document's object, and say who holds on to what."""
    followed = moves.follow(context.remembered, context.moves, desired)
    scope = bind(desired, live, kinds, followed.remembered.bindings)
    followed = moves.recognise(followed, scope, desired)
    pruned = scope.orphans.values() if context.prune else ()
    seen = (*(record for records in live.records.values() for record in records), *context.bystanders)
    letting_go = holders(seen, (*scope.known, *pruned), kinds)
    known = replace(context, remembered=followed.remembered)
    leaners = cache(partial(_leaners, desired))
    return Facts(desired, live, kinds, scope, known, letting_go, followed.previous, leaners)


def _leaners(desired: Desired) -> dict[Address, tuple[Address, ...]]:
    """The living documents that refer to each address, in one walk."""
    found = defaultdict[Address, set[Address]](set)
    for resource in desired.values():
        for address in () if resource.absent else resource.outline.references:
            found[address].add(resource.address)
    return {address: tuple(sorted(each)) for address, each in found.items()}


def _noted(facts: Facts, change: Change) -> Change:
    if change.steps and any(isinstance(step, Create) for step in change.steps):
        facts.made.add(change.address)
        if not isinstance(change.steps[0], Create) and change.action is Action.REPLACE:
            facts.anew.add(change.address)
    return change


def _change(facts: Facts, kind: Kind[S], resource: Resource[S]) -> Change:
    """What happens to one address, as the plan says it."""
    found = decide(facts, kind, resource)
    record = facts.scope.records.get(resource.address)
    change = Change(
        address=resource.address,
        action=found.action,
        reason=found.reason,
        record=record.id if record else None,
        state=record.state if record else None,
        goal=State.DELETED if resource.absent else resource.outline.goal,
        fields=found.fields,
        steps=found.steps,
        previous=facts.previous.get(resource.address),
        source=resource.source,
        remembered=found.remembered,
        state_origin=found.state_origin,
    )
    return change if found is SETTLED else _told(facts, kind, resource, found, change)


def _told(facts: Facts, kind: Kind[S], resource: Resource[S], found: Decision, change: Change) -> Change:
    """A change with all that there is to say about it, where there may be something."""
    assessment = facts.context.assessments.get(resource.address) if activates(found.steps) else None
    told = readiness.notes(assessment, facts.context.strictness, str(resource.address)) if assessment else ()
    remembers = found.action is not Action.NOOP and not resource.absent
    cuts = _cuts(facts, resource.address) if found.action in {Action.DELETE, Action.REPLACE} else ()
    dangers = hazards.of(facts, kind, resource, found, cuts)
    return replace(
        change,
        risk=greatest(dangers),
        hazards=dangers,
        cuts=cuts,
        notes=tuple(note.at(resource.source) for note in (*found.notes, *told)),
        readiness=assessment,
        document=facts.document(kind, resource) if remembers else None,
        protected=remembers and resource.outline.protected,
    )


def _cuts(facts: Facts, address: Address) -> tuple[Address, ...]:
    """The living documents that refer to an address, and those that refer to these."""
    found, edge = set[Address](), {address}
    while edge := {leaner for each in edge for leaner in facts.leaners().get(each, ())} - found:
        found |= edge
    return tuple(sorted(found))


def activates(planned: Iterable[Step]) -> bool:
    """Whether steps lead an object to where agents can use it."""
    return any(isinstance(step, Transition) and step.target is State.ACTIVE for step in planned)


def _used(taken: frozenset[str], changes: list[Change]) -> Iterator[str]:
    """Those of the taken paths that decide something in this plan."""
    at = [place(change.address, f.path) for change in changes for f in change.fields if f.origin is Origin.CONFLICT]
    yield from (each for each in sorted(taken) if any(covers(frozenset({each}), where) for where in at))


def _borrowed(facts: Facts) -> Iterator[Diagnostic]:
    """Objects that somebody else owns and that are not there."""
    desired = facts.desired
    borrowed = (address for address, resource in desired.items() if resource.outline.borrowed)
    for address in sorted(borrowed):
        if address not in facts.scope.records and address.kind not in facts.live.unreadable:
            detail = f"The organisation has no {desired[address].outline.key}."
            yield guards.BORROWED_MISSING.found(detail, subject=str(address))


def _unreadable(facts: Facts) -> Iterator[Diagnostic]:
    """Kinds that could not be read, as far as a document needs them."""
    if not facts.live.unreadable:
        return
    needed = {
        address.kind
        for address, resource in facts.desired.items()
        if resource.outline.stands_alone or resource.outline.borrowed
    }
    for kind, fault in sorted(facts.live.unreadable.items()):
        if kind in needed:
            yield guards.UNREADABLE.found(f"{kind}: {fault.detail}", fix=fault.fix, subject=kind)


def _at(problem: Diagnostic, facts: Facts) -> Diagnostic:
    return problem.at(facts.desired[Address.parse(problem.subject)].source)


def _witnesses(changes: tuple[Change, ...], facts: Facts) -> Iterator[Witness]:
    """The live objects that effective changes touch, and those whose values their documents hold."""
    touched: set[Address] = set()
    for change in changes:
        if change.steps:
            touched.add(change.address)
            resource = facts.desired.get(change.address)
            touched.update(resource.outline.references if resource else ())
    scope = facts.scope
    for address in sorted(touched):
        found = (where.get(address) for where in (scope.records, scope.predecessors, scope.orphans))
        yield from (witness(address, record) for record in found if record)


def witness(address: Address, record: Record) -> Witness:
    """The state of a live object as a plan remembers it."""
    content = {"id": record.id, "state": record.state, "document": record.document}
    return Witness(address, record.kind, record.id, record.state, record.document, fingerprint(content))
