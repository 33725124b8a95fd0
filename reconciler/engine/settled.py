"""Settled: an object about which an earlier plan found nothing to do, and nothing has changed since that it went by.

Nearly all objects of a large plan are so, and to compare them again is most of its work. What a plan went by is kept as
one digest beside the reading of the object (`core.recall.Children`), and forgotten with it: whatever the organisation
shows otherwise is read again, and compared again.
"""

from dataclasses import replace
from hashlib import blake2b

from reconciler.core.address import Address
from reconciler.core.resources import Record, Resource, S
from reconciler.engine.facts import Facts

UNKNOWN = ""


def mark(facts: Facts, resource: Resource[S], record: Record) -> str:
    """Give a digest of what a decision about a live object goes by, beside the object itself as it was read.

    That is its document, what was last applied to it, and the same of all that it refers to. UNKNOWN where something of
    it was not read before, is about to change, or came from somewhere else than a manifest and a ledger.
    """
    if (record.kind, record.id) not in facts.live.children or resource.address in facts.previous or not resource.mark:
        return UNKNOWN
    applied = facts.context.remembered.applied.get(resource.address)
    return _digest(facts, resource, applied.row) if applied and applied.row else UNKNOWN


def is_known(facts: Facts, record: Record, found: str) -> bool:
    """Whether an earlier plan that went by the same found nothing to do about an object."""
    return found != UNKNOWN and facts.live.children[record.kind, record.id].settled == found


def note(facts: Facts, record: Record, found: str) -> None:
    """Note that nothing is to be done about an object."""
    if found != UNKNOWN:
        key = (record.kind, record.id)
        facts.settled[key] = replace(facts.live.children[key], settled=found)


def _lender(facts: Facts, address: Address) -> str:
    """The same of what others refer to; it is asked for very often, and made once.

    Kinds are decided in their order, so it is known by then what gets a new object.
    """
    found = facts.lenders.get(address)
    if found is None:
        found = facts.lenders[address] = _lent(facts, address)
    return found


def _lent(facts: Facts, address: Address) -> str:
    resource, record = facts.desired.get(address), facts.scope.records.get(address)
    if resource is None or not resource.mark or address in facts.made:
        return UNKNOWN
    if record is None:
        return _digest(facts, resource, "")
    seen = facts.live.children.get((record.kind, record.id))
    return _digest(facts, resource, f"{record.id} {seen.stamp} {seen.text}") if seen else UNKNOWN


def _digest(facts: Facts, resource: Resource[S], there: str) -> str:
    """A digest of a document, of what is known to be there, and of what it leans on; none holds a character zero."""
    leant_on = [_lender(facts, address) for address in resource.outline.references]
    if UNKNOWN in leant_on:
        return UNKNOWN
    text = f"{resource.mark}\0{there}\0{' '.join(leant_on)}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
