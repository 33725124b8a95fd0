"""Scope: which live object belongs to which document, and which belong to none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds
from reconciler.core.plan import Unmanaged
from reconciler.core.resources import Desired, Live, Record

AMBIGUOUS = Rule(
    code="PLN001",
    summary="Several live objects fit one document",
    why="Objects are recognised by what identifies them (a URL, a name). When two "
    "carry the same, changing either could hit the wrong one.",
    example="two custom authorization servers named `Agents`",
    fix="Rename or remove one of them at the organisation.",
)

Bindings = Mapping[Address, str]
"""Which live id an address was bound to by an earlier apply."""


def wanted(desired: Desired, kinds: Kinds, bindings: Bindings) -> Callable[[Record], bool]:
    """Give the test for live objects that some document may be about; nobody needs the children of the others."""
    keys = {(address.kind, kinds[address.kind].natural_key(resource.spec)) for address, resource in desired.items()}
    keys |= {(address.kind, record) for address, record in bindings.items()}
    return lambda record: (record.kind, record.key) in keys or (record.kind, record.id) in keys


@dataclass(frozen=True, slots=True)
class Scope:
    """Every document's live object, the documents whose object is not certain, and the objects without a document."""

    records: Mapping[Address, Record]
    ambiguous: Mapping[Address, Diagnostic]
    unmanaged: tuple[Unmanaged, ...]
    predecessors: Mapping[Address, Record]
    """Objects that a replace has left behind: an address is still bound to one, and has a newer one by its key."""


def bind(desired: Desired, live: Live, kinds: Kinds, bindings: Bindings) -> Scope:
    """Find the live object of each document: the one with its natural key, else the one it was bound to.

    The natural key alone is enough to find everything again after the memory of earlier runs is lost. The old binding
    speaks where the key finds nothing (the key itself was changed in the document), and where it finds a newer object
    (a replace was interrupted before the old one went away); never for an object that another document names.
    """
    records: dict[Address, Record] = {}
    ambiguous: dict[Address, Diagnostic] = {}
    index = {name: _Index(live.of(name)) for name in kinds}
    for address, resource in desired.items():
        found = index[address.kind].by_key(kinds[address.kind].natural_key(resource.spec))
        if len(found) > 1:
            ids = ", ".join(sorted(record.id for record in found))
            ambiguous[address] = AMBIGUOUS.found(f"It could be any of {ids}.", subject=str(address))
        elif found:
            records[address] = found[0]
    claimed = {(record.kind, record.id) for record in records.values()}
    predecessors: dict[Address, Record] = {}
    for address in desired.keys() - ambiguous.keys():
        record = index[address.kind].by_id.get(bindings.get(address, ""))
        if record is not None and (record.kind, record.id) not in claimed:
            (predecessors if address in records else records)[address] = record
    managed = (*records.values(), *predecessors.values())
    return Scope(records, ambiguous, tuple(_unmanaged(live, kinds, managed, bindings)), predecessors)


class _Index:
    """Live objects of one kind by id and by natural key."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.by_id = {record.id: record for record in records}
        self._by_key = defaultdict[str, list[Record]](list)
        for record in records:
            self._by_key[record.key].append(record)

    def by_key(self, key: str) -> list[Record]:
        """Candidates for a natural key; an id in its place names just one."""
        record = self.by_id.get(key)
        return [record] if record else self._by_key.get(key, [])


def _unmanaged(live: Live, kinds: Kinds, bound: Iterable[Record], bindings: Bindings) -> Iterator[Unmanaged]:
    managed = {(record.kind, record.id) for record in bound}
    once = {(address.kind, record): address for address, record in sorted(bindings.items())}
    for name in kinds:
        for record in sorted(live.of(name), key=lambda r: (r.key, r.id)):
            if (record.kind, record.id) not in managed:
                yield Unmanaged(record.kind, record.id, record.key, record.state, once.get((record.kind, record.id)))
