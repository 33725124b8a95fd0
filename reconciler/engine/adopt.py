"""Adopt: live objects in, documents that describe them out. The way back from planning; a pure function."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from reconciler.core.address import NAME_MAX, Address
from reconciler.core.adoption import Adopted
from reconciler.core.document import canonical
from reconciler.core.kind import Kinds, Loan
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired, Live, Record

_NO_NAME = re.compile(r"[^a-z0-9]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://(www\.|mcp\.)?", re.IGNORECASE)
_TITLES = ("displayName", "name")


@dataclass(frozen=True, slots=True)
class Described:
    """What manifests say already: their documents, and which live object each of them is about."""

    desired: Desired = field(default_factory=dict)
    records: Mapping[Address, Record] = field(default_factory=dict)


def adopt(
    chosen: Sequence[Record], live: Live, kinds: Kinds, described: Described, names: Mapping[tuple[str, str], str]
) -> tuple[Adopted, ...]:
    """Give the documents for the chosen live objects, and for whatever these need that nobody describes yet.

    In the order of kinds and names; the same inputs give the same documents, whatever their order. `names` holds, by
    kind and id, what some objects are to be called. Everything chosen must be of a kind with `to_spec`, complete, and
    not described.
    """
    return _Adoption(live, kinds, described, names).run(chosen)


class _Adoption:
    """One run: what is to be written, and how everything is called."""

    def __init__(self, live: Live, kinds: Kinds, described: Described, names: Mapping[tuple[str, str], str]) -> None:
        self._kinds = kinds
        self._described = described
        self._asked = names
        self._there = {(record.kind, record.id): record for name in kinds for record in live.of(name)}
        self._own = {(record.kind, own_id(record)): place for place, record in self._there.items()}
        self._names = {(record.kind, record.id): address.name for address, record in described.records.items()}
        self._taken = {(address.kind, address.name) for address in described.desired}
        self._taken |= {(kind, name) for (kind, _), name in names.items()}
        self._lent: dict[tuple[str, str], str] = {}
        self._made: list[Adopted] = []

    def run(self, chosen: Sequence[Record]) -> tuple[Adopted, ...]:
        rank = {name: place for place, name in enumerate(self._kinds)}
        records = sorted(self._with_needed(chosen), key=lambda each: (rank[each.kind], each.key, each.id))
        self._learn_aliases()
        for record in records:  # in the order of kinds: what they refer to has its name by then
            self._write(record)
        return tuple(sorted(self._made, key=lambda each: (rank[each.address.kind], each.address.name)))

    def _with_needed(self, chosen: Sequence[Record]) -> Collection[Record]:
        """The chosen objects, and those that they refer to and that can be described only as live objects."""
        found = {(record.kind, record.id): record for record in chosen}
        queue = list(found.values())
        while queue:
            for loan in self._kinds[queue[0].kind].loans(queue.pop(0)).values():
                place = self._place(loan)
                if place in self._there and place not in self._names and self._kinds[loan.kind].lender(loan) is None:
                    queue += [] if place in found else [self._there[place]]
                    found.setdefault(place, self._there[place])
        return found.values()

    def _write(self, record: Record) -> None:
        kind = self._kinds[record.kind]
        assert kind.to_spec is not None
        place = (record.kind, record.id)
        names = {key: self._name_of(loan) for key, loan in sorted(kind.loans(record).items())}
        title = "-".join(names.values()) if kind.live_key and not _told(record) else _title(record)
        self._names[place] = self._asked.get(place) or self._free(record.kind, title)
        self._made.append(Adopted(Address(record.kind, self._names[place]), kind.to_spec(record, names), record))

    def _learn_aliases(self) -> None:
        """Under which ids third objects speak of what described objects hold."""
        for address, record in sorted(self._described.records.items()):
            for loan in self._kinds[address.kind].loans(record).values():
                name = self._known(loan)
                if loan.alias and name:
                    self._names.setdefault((loan.kind, loan.alias), name)

    def _place(self, loan: Loan) -> tuple[str, str]:
        """The kind and id of what lends. Others may know an object inside another one by the half that is its own."""
        place = (loan.kind, loan.key)
        return place if place in self._there else self._own.get(place, place)

    def _known(self, loan: Loan) -> str | None:
        return self._names.get(self._place(loan)) or self._speaking(loan)

    def _name_of(self, loan: Loan) -> str:
        """The document that lends: one that describes the object, one that says the same, or a new one."""
        name = self._known(loan) or self._new(loan)
        if loan.alias:
            self._names.setdefault((loan.kind, loan.alias), name)
        return name

    def _new(self, loan: Loan) -> str:
        spec = self._kinds[loan.kind].lender(loan) or {}
        place = (loan.kind, canonical(spec))
        if place not in self._lent:
            behind = self._there.get(self._place(loan))
            self._lent[place] = self._free(loan.kind, _title(behind) if behind else loan.key)
            self._made.append(Adopted(Address(loan.kind, self._lent[place]), spec))
        return self._lent[place]

    def _speaking(self, loan: Loan) -> str | None:
        stands_for = self._kinds[loan.kind].stands_for
        fitting = (
            address.name
            for address, resource in self._described.desired.items()
            if address.kind == loan.kind and not resource.absent and stands_for(resource.spec, loan)
        )
        return min(fitting, default=None)

    def _free(self, kind: str, title: str) -> str:
        name = next(each for each in _candidates(title, kind) if (kind, each) not in self._taken)
        self._taken.add((kind, name))
        return name


def own_id(record: Record) -> str:
    """The id that an object has by itself, without those inside which it lives."""
    return record.id.rpartition("/")[2]


def _told(record: Record) -> str:
    """What people call an object; empty when nothing of it could stand in a name."""
    told: Any = next((record.document[key] for key in _TITLES if isinstance(record.document.get(key), str)), "")
    return told if slug(told) else ""


def _title(record: Record) -> str:
    return _told(record) or record.key


def _candidates(title: str, kind: str) -> Iterator[str]:
    """A name, and the same name with numbers that begin at 2."""
    base = slug(title) or slug(kind)
    yield base
    number = 2
    while True:
        end = f"-{number}"
        yield base[: NAME_MAX - len(end)].rstrip("-") + end
        number += 1


def slug(text: str) -> str:
    """The name that a text gives: lower-case ASCII letters, digits and hyphens; empty when nothing of it is left."""
    bare = unquote(_SCHEME.sub("", text))
    ascii_text = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    return _NO_NAME.sub("-", ascii_text.lower()).strip("-")[:NAME_MAX].rstrip("-")
