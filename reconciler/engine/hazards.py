"""Hazards: what the rules of risk say about one decision, with what only the rest of the documents can tell."""

from collections.abc import Iterator

from reconciler.core import risk
from reconciler.core.address import Address
from reconciler.core.kind import Kind, Offer
from reconciler.core.plan import Action
from reconciler.core.quantity import counted
from reconciler.core.resources import Resource, S
from reconciler.core.risk import Hazard
from reconciler.engine.decide import Decision
from reconciler.engine.facts import Facts
from reconciler.engine.risk import hazards_of

_CALM = frozenset({Action.NOOP, Action.BLOCKED, Action.UNKNOWN, Action.FORGET})


def of(
    facts: Facts, kind: Kind[S], resource: Resource[S], found: Decision, cuts: tuple[Address, ...]
) -> tuple[Hazard, ...]:
    """Give everything about a decision that is worth a second look."""
    if found.action in _CALM:
        return ()
    return (*hazards_of(found.action, found.fields, kind), *_around(facts, kind, resource, found, cuts))


def _around(
    facts: Facts, kind: Kind[S], resource: Resource[S], found: Decision, cuts: tuple[Address, ...]
) -> Iterator[Hazard]:
    applied = facts.context.remembered.applied.get(resource.address)
    if applied is not None and applied.protected and not (resource.absent or resource.outline.protected):
        yield risk.UNPROTECTED.at("", "It was protected when it was last applied.")
    if cuts:
        yield risk.CUT.at("", f"{counted(len(cuts), 'document leans', 'documents lean')} on it.")
    written = found.action in {Action.CREATE, Action.REPLACE}
    if written and kind.uses(resource.spec) == {Offer.STS} and _could_assert(facts, resource.address):
        yield risk.CONSENT_INSTEAD.at("", "An authorization server that it leads to takes identity assertions.")


def _could_assert(facts: Facts, address: Address) -> bool:
    """Whether anything that a document refers to, near or far, offers XAA."""
    seen, edge = set[Address](), {address}
    while edge:
        seen |= edge
        known = [facts.desired[each] for each in edge if each in facts.desired]
        if any(Offer.XAA in facts.kinds[each.address.kind].offers(each.spec) for each in known):
            return True
        edge = {ref for each in known for ref in each.outline.references} - seen
    return False
