"""The ladder of deletion: what becomes of an object whose document is gone. Never more than somebody asked for."""

from collections.abc import Iterator

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Reason
from reconciler.core.quantity import counted
from reconciler.core.resources import Record
from reconciler.engine import guards, steps
from reconciler.engine.decide import held
from reconciler.engine.facts import Facts
from reconciler.engine.risk import greatest, hazards_of


def empty(facts: Facts) -> Iterator[Diagnostic]:
    """Refuse to conclude anything from a registry without objects while memory knows some."""
    known = len(facts.context.remembered.bindings)
    if known and not describes(facts):
        yield guards.NOTHING_LEFT.found(
            f"An earlier apply left {counted(known, 'object')}, and no document is about any."
        )


def describes(facts: Facts) -> bool:
    """Whether any document is about an object of its own."""
    return any(each.outline.stands_alone for each in facts.desired.values())


def orphans(facts: Facts) -> Iterator[Change]:
    """What happens to the objects of documents that are gone, where they are to be pruned."""
    if facts.context.prune and describes(facts):
        for address, record in sorted(facts.scope.orphans.items(), key=lambda item: item[0]):
            yield _pruned(facts, address, record)


def forgotten(facts: Facts) -> Iterator[Change]:
    """What is remembered, has no document, and is not there any more: only memory has to let go of it."""
    known = facts.desired.keys() | facts.scope.orphans.keys()
    bindings = facts.context.remembered.bindings
    for address in sorted(bindings.keys() - known):
        if address.kind in facts.live.records:
            record = bindings[address]
            yield Change(address, Action.FORGET, Reason.GONE, record=record, goal=State.DELETED)


def _pruned(facts: Facts, address: Address, record: Record) -> Change:
    """Delete an orphan, unless memory knows it as protected, somebody uses it, or no moves lead there."""
    kind = facts.kinds[address.kind]
    route = kind.lifecycle.route(record.state, State.DELETED)
    applied = facts.context.remembered.applied.get(address)
    action, reason, notes = Action.DELETE, Reason.ORPHANED, tuple(held(facts, {record.id}))
    if route is None:
        action, reason, notes = Action.BLOCKED, Reason.NO_ROUTE, (guards.no_route(address, record.state),)
    elif applied is not None and applied.protected:
        action, reason, notes = Action.BLOCKED, Reason.PROTECTED, (guards.protected_orphan(address),)
    elif notes:
        action, reason = Action.BLOCKED, Reason.HELD
    hazards = hazards_of(action, (), kind)
    going = tuple(steps.remove(address, record.id, route or ())) if action is Action.DELETE else ()
    return Change(
        address=address,
        action=action,
        reason=reason,
        risk=greatest(hazards),
        hazards=hazards,
        record=record.id,
        state=record.state,
        goal=State.DELETED,
        steps=going,
        notes=notes,
        remembered=applied is not None,
    )
