"""Holding: live objects that nobody describes and that keep others from being deleted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.core.kind import Kinds, with_homes
from reconciler.core.resources import Record

Holders = Mapping[str, tuple[str, ...]]
"""Who holds on to an object, by its id."""


def holding(kinds: Kinds) -> Kinds:
    """The kinds whose objects may hold on to others, and the kinds that these live in."""
    return with_homes({name for name, kind in kinds.items() if kind.holds}, kinds)


def holders(records: Iterable[Record], described: Iterable[Record], kinds: Kinds) -> Holders:
    """Index live objects by what they hold on to, less those that a document describes: a plan makes these let go."""
    holding = {name: kind.holds for name, kind in kinds.items() if kind.holds}
    known = {(record.kind, record.id) for record in described if record.kind in holding}
    found = defaultdict[str, set[str]](set)
    for record in records:
        if record.kind in holding and (record.kind, record.id) not in known:
            for name in holding[record.kind](record):
                found[name].add(f"{record.kind} {record.id}")
    return {name: tuple(sorted(each)) for name, each in found.items()}
