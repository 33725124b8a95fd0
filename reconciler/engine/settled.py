"""Settled: an object about which an earlier plan found nothing to do, and nothing has changed since that it went by.

Nearly all objects of a large plan are so, and to compare them again is most of its work. What a plan went by is kept as
one digest beside the reading of the object (`core.recall.Children`), and forgotten with it: whatever the organisation
shows otherwise is read again, and compared again.
"""

from dataclasses import replace
from hashlib import blake2b

from reconciler.core.address import Address
from reconciler.core.kind import Kind
from reconciler.core.resources import Record, Resource, S
from reconciler.engine.facts import Facts

UNKNOWN = ""


def mark(facts: Facts, kind: Kind[S], resource: Resource[S], record: Record) -> str:
    """Give a digest of what a decision about a live object goes by, beside the object itself as it was read.

    That is its document, what was last applied to it, and the same of all that it refers to. UNKNOWN where something of
    it was not read before, is about to change, or came from somewhere else than a manifest and a ledger.
    """
    if (kind.name, record.id) not in facts.live.children or resource.address in facts.previous or not resource.mark:
        return UNKNOWN
    applied = facts.remembered(kind, resource.address, record)
    if applied is None or not (row := applied.row):
        return UNKNOWN
    leant_on = [_lender(facts, address) for address in resource.outline.references]
    return UNKNOWN if UNKNOWN in leant_on else _digest(resource.mark, row, leant_on)


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
    leant_on = [_lender(facts, each) for each in resource.outline.references]
    if UNKNOWN in leant_on:
        return UNKNOWN
    if record is None:
        return _digest(resource.mark, b"", leant_on)
    seen = facts.live.children.get((record.kind, record.id))
    return _digest(resource.mark, f"{record.id} {seen.stamp} {seen.text}".encode(), leant_on) if seen else UNKNOWN


def _digest(wish: str, seen: bytes, leant_on: list[str]) -> str:
    """JSON texts, ids and digests hold no character zero."""
    return blake2b(b"%b\0%b\0%b" % (wish.encode(), seen, " ".join(leant_on).encode()), digest_size=16).hexdigest()
