"""Documents, memory and readings in the form in which a plan can tell that nothing has changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.core.document import canonical, fingerprint
from reconciler.core.recall import Children, Key
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Desired, Live, Record
from reconciler.engine.planner import Context, Made, make
from reconciler.kinds import KINDS
from tests.support.build import TARGET


def written(wish: Desired) -> Desired:
    """The documents, each with a mark that differs where the document does."""
    return {
        address: replace(each, mark=fingerprint([each.absent, each.spec.model_dump(mode="json")]))
        for address, each in wish.items()
    }


def in_rows(memory: Remembered) -> Remembered:
    """The same memory as a ledger holds it."""
    told = {
        address: replace(each, row=canonical([each.record, each.document, each.goal, each.protected, each.version]))
        for address, each in memory.applied.items()
    }
    return replace(memory, applied=told)


def stamp_of(record: Record) -> str:
    return fingerprint([record.key, record.state, record.document, dict(record.facts)])


def recalled(
    live: Live, settled: Mapping[Key, Children] | None = None, *, less: Callable[[Record], bool] = lambda _: False
) -> Live:
    """The same world as an earlier reading saw it, `less` some objects. What has changed since was read again, and so
    it is no longer known to be settled.
    """
    children = {}
    for record in (record for records in live.records.values() for record in records if not less(record)):
        known = (settled or {}).get((record.kind, record.id))
        is_same = known is not None and known.stamp == stamp_of(record)
        children[record.kind, record.id] = Children(
            stamp_of(record), "", 0.0, known.settled if known and is_same else ""
        )
    return replace(live, children=children)


def made(wish: Desired, live: Live, memory: Remembered) -> Made:
    return make(wish, live, KINDS, TARGET, Context(memory))
