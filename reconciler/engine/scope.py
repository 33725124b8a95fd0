"""Scope: which live object belongs to which document, and which belong to none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Json, Ref
from reconciler.core.kind import Kind, Kinds, LookUp, with_homes
from reconciler.core.noun import dataclass
from reconciler.core.plan import Unmanaged
from reconciler.core.resources import Desired, Live, Record, Resource, S

AMBIGUOUS = Rule(
    code="PLN001",
    summary="Several live objects fit one document",
    why="Objects are recognised by what identifies them (a URL, a name). When two "
    "carry the same, changing either could hit the wrong one.",
    example="two custom authorization servers named `Agents`",
    fix="Rename or remove one of them at the organisation.",
)

SHARED = Rule(
    code="PLN008",
    summary="Two documents describe one live object",
    why="They would undo each other's changes in every run.",
    example="two connections of one agent, named once by its name and once by its id, to one MCP server",
    fix="Keep one of the two documents.",
)

Bindings = Mapping[Address, str]
"""Which live id an address was bound to by an earlier apply."""


def needed(desired: Desired, kinds: Kinds, bindings: Bindings) -> Kinds:
    """The kinds to read: all but those on demand that no document and no earlier apply speaks of."""
    spoken = {address.kind for address in (*desired, *bindings)}
    spoken |= with_homes(spoken, kinds).keys()
    return {name: kind for name, kind in kinds.items() if name in spoken or not kind.on_demand}


def wanted(desired: Desired, kinds: Kinds, bindings: Bindings) -> Callable[[Record], bool]:
    """Give the test for live objects that some document may be about; nobody needs the children of the others.

    Where all children are recalled, nobody asks.
    """
    keys = cache(partial(_keys, desired, kinds, bindings))
    leaning = {address.kind for address in desired if kinds[address.kind].live_key}  # whose keys nobody knows yet

    def test(record: Record) -> bool:
        return record.kind in leaning or (record.kind, record.key) in keys() or (record.kind, record.id) in keys()

    return test


def _keys(desired: Desired, kinds: Kinds, bindings: Bindings) -> set[tuple[str, str]]:
    """By kind, the natural keys of all documents, and the ids that are bound, with those that they are inside of."""
    keys = {(address.kind, resource.outline.key) for address, resource in desired.items()}
    keys |= {(address.kind, record) for address, record in bindings.items()}
    for address, record in bindings.items():
        if address.kind in kinds:
            keys.add((kinds[address.kind].inside, record.rpartition("/")[0]))
    return keys


@dataclass(frozen=True, slots=True)
class Scope:
    """Every document's live object, the documents whose object is not certain, and the objects without a document."""

    records: Mapping[Address, Record]
    ambiguous: Mapping[Address, Diagnostic]
    unmanaged: tuple[Unmanaged, ...]
    predecessors: Mapping[Address, Record]
    """Objects that a replace has left behind: an address is still bound to one, and has a newer one by its key."""
    orphans: Mapping[Address, Record]
    """Objects that an address was bound to which has no document any more, or one that is about something else."""

    @property
    def known(self) -> tuple[Record, ...]:
        """The live objects that documents describe."""
        return (*self.records.values(), *self.predecessors.values())


def bind(desired: Desired, live: Live, kinds: Kinds, bindings: Bindings) -> Scope:
    """Find the live object of each document: the one with its natural key, else the one it was bound to.

    The natural key alone is enough to find everything again after the memory of earlier runs is lost. The old binding
    speaks where the key finds nothing (the key itself was changed in the document), and where it finds a newer object
    (a replace was interrupted before the old one went away); never for an object that another document names.
    """
    found = _Found({}, {}, {})
    addresses = defaultdict[str, list[Address]](list)
    for address in desired:
        addresses[address.kind].append(address)
    for kind in kinds.values():  # in their order: what a key refers to is known by then
        index = _Index(live.of(kind.name))
        _by_key(kind, [desired[address] for address in addresses[kind.name]], index, found)
        # A document that is not about an object of its own has no claim to one that its address was bound to.
        alone = [address for address in addresses[kind.name] if desired[address].outline.stands_alone]
        _by_binding(alone, bindings, index, found)
    strangers = list(_strangers(live, kinds, (*found.records.values(), *found.predecessors.values())))
    once = _once(bindings, strangers) if strangers else {}
    strays = [r for r in strangers if kinds[r.kind].inventoried or (r.kind, r.id) in once]
    return Scope(
        found.records,
        found.ambiguous,
        tuple(Unmanaged(r.kind, r.id, r.key, r.state, once.get((r.kind, r.id))) for r in strays),
        found.predecessors,
        {once[r.kind, r.id]: r for r in strays if (r.kind, r.id) in once},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known so far."""

    records: dict[Address, Record]
    ambiguous: dict[Address, Diagnostic]
    predecessors: dict[Address, Record]


def _by_key(kind: Kind[S], resources: Iterable[Resource[S]], index: "_Index", found: _Found) -> None:
    owners: dict[str, Address] = {}
    look_up = look_up_in(found.records)
    for resource in resources:
        address, alone = resource.address, resource.outline.stands_alone
        fitting = index.by_key(key_of(kind, resource, look_up))
        if len(fitting) > 1:
            ids = ", ".join(sorted(record.id for record in fitting))
            found.ambiguous[address] = AMBIGUOUS.found(f"It could be any of {ids}.", subject=str(address))
        elif fitting and alone and (owner := owners.setdefault(fitting[0].id, address)) != address:
            detail = f"{owner} describes {fitting[0].id} as well."
            found.ambiguous[address] = SHARED.found(detail, subject=str(address))
        elif fitting:
            found.records[address] = fitting[0]


def _by_binding(addresses: Iterable[Address], bindings: Bindings, index: "_Index", found: _Found) -> None:
    claimed = {found.records[address].id for address in addresses if address in found.records}
    for address in addresses:
        record = index.by_id.get(bindings.get(address, ""))
        if record is not None and record.id not in claimed and address not in found.ambiguous:
            (found.predecessors if address in found.records else found.records)[address] = record


def look_up_in(records: Mapping[Address, Record]) -> LookUp:
    """Give what references to known objects stand for."""

    def look_up(ref: Ref) -> Json:
        record = records.get(ref.address)
        return record.facts[ref.attribute] if record and ref.attribute in record.facts else ref.to_json()

    return look_up


def key_of(kind: Kind[S], resource: Resource[S], look_up: LookUp) -> str:
    """The key under which the live object of a document is found, as far as what it refers to is known."""
    return kind.live_key(resource.spec, look_up) if kind.live_key else resource.outline.key


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


def _strangers(live: Live, kinds: Kinds, bound: Iterable[Record]) -> Iterator[Record]:
    """The live objects that no document is about."""
    managed = defaultdict[str, set[str]](set)
    for record in bound:
        managed[record.kind].add(record.id)
    for name in kinds:
        left = [record for record in live.of(name) if record.id not in managed[name]]
        yield from sorted(left, key=lambda r: (r.key, r.id))


def _once(bindings: Bindings, strangers: Iterable[Record]) -> Mapping[tuple[str, str], Address]:
    """Which address had one of these live objects, the first by name where several had."""
    ids = {record.id for record in strangers}
    theirs = [(address, record) for address, record in bindings.items() if record in ids]
    return {(address.kind, record): address for address, record in sorted(theirs, reverse=True)}
