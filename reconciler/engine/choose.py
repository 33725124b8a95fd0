"""Choose: which live objects somebody wants described, and why others cannot be."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase

from reconciler.core.address import Address
from reconciler.core.adoption import Named
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.resources import Live, Record
from reconciler.core.url import url_key
from reconciler.engine.adopt import Described, own_id

NO_SUCH_OBJECT = Rule(
    code="ADP001",
    summary="The organisation has no such object",
    why="Only what is there can be described.",
    example="reconciler import emsA1b2C3d4E5f6G7h8   # an id of another organisation",
    fix="Copy the id from the console, or use --select; `reconciler drift` lists what no manifest describes.",
)
DESCRIBED = Rule(
    code="ADP002",
    summary="A manifest describes the object already",
    why="Two documents of one object would undo each other's changes in every run.",
    example="reconciler import emsA1b2C3d4E5f6G7h8   # twice",
    fix="Edit the document that is there.",
)
OTHER_KIND = Rule(
    code="ADP003",
    summary="The object is of another kind",
    why="A document of one kind cannot describe an object of another.",
    example="reconciler import McpServer.agents ausA1b2C3d4E5f6G7h8",
    fix="Write the kind that the object is of, or only the id.",
)
NAME_TAKEN = Rule(
    code="ADP004",
    summary="A document of this name is there already",
    why="References and plans know a document by kind and name.",
    example="reconciler import McpServer.jira emsA1b2C3d4E5f6G7h8   # and McpServer.jira is another server",
    fix="Choose another name, or leave it out: one is made of the display name.",
)
REPEATED = Rule(
    code="ADP005",
    summary="The object is named twice",
    why="It would get two documents, which would undo each other's changes.",
    example="reconciler import McpServer.one emsA1b2C3d4E5f6G7h8 McpServer.two emsA1b2C3d4E5f6G7h8",
    fix="Name each object once.",
)
NOT_WRITABLE = Rule(
    code="ADP006",
    summary="Objects of this kind cannot be described from what is live",
    why="The organisation does not tell enough about them to write a manifest.",
    example="reconciler import --all",
    fix="Write the document by hand.",
)
SHARED_KEY = Rule(
    code="ADP007",
    summary="Several live objects carry what identifies this one",
    why="Objects are recognised by what identifies them (a URL, a name); with two of them, a change could hit the "
    "wrong one.",
    example="two custom authorization servers named `Agents`",
    fix="Rename or remove one of them at the organisation, then import again.",
)
RULES = (NO_SUCH_OBJECT, DESCRIBED, OTHER_KIND, NAME_TAKEN, REPEATED, NOT_WRITABLE, SHARED_KEY)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be described, how some of it is to be called, and everything that stands in the way."""

    records: tuple[Record, ...] = ()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    faults: tuple[Diagnostic, ...] = ()


def choose(named: Sequence[Named], live: Live, kinds: Kinds, described: Described) -> Choice:
    """Find objects that were asked for one by one; what is wrong with any of them is an error."""
    picker = _Picker(live, kinds, described)
    found = [picker.pick(each) for each in named]
    faults = [fault for _, faults in found for fault in faults]
    records = [record for record, _ in found if record is not None]
    faults += _repeated(records, [each.address for each in named if each.address])
    names = {
        (record.kind, record.id): each.address.name
        for each, (record, _) in zip(named, found, strict=True)
        if record is not None and each.address is not None
    }
    return Choice(tuple(records), names, tuple(faults))


def choose_matching(matches: Callable[[Record], bool], live: Live, kinds: Kinds, described: Described) -> Choice:
    """Take every object that matches and that nobody describes; what cannot be described is a warning."""
    picker = _Picker(live, kinds, described)
    taken: list[Record] = []
    faults: list[Diagnostic] = []
    for record in filter(matches, picker.undescribed()):
        unfit = [_softer(fault) for fault in picker.unfit(record)]
        faults += unfit
        taken += [] if unfit else [record]
    return Choice(tuple(taken), {}, tuple(faults))


def matching(patterns: Sequence[str], kinds: Sequence[str]) -> Callable[[Record], bool]:
    """Give the test for objects of some kinds (none named: of any) whose id, name or URL fits one of the patterns."""
    folded = [pattern.casefold() for pattern in patterns] or ["*"]

    def matches(record: Record) -> bool:
        told = (record.id, record.key, *(record.document.get(key) or "" for key in ("displayName", "name")))
        texts = [str(text).casefold() for text in told]
        fits = any(fnmatchcase(text, pattern) for text in texts for pattern in folded)
        return fits and (not kinds or record.kind in kinds)

    return matches


class _Picker:
    """What is live, and what of it is described."""

    def __init__(self, live: Live, kinds: Kinds, described: Described) -> None:
        self._live = live
        self._kinds = kinds
        self._described = described
        self._by = {(record.kind, record.id): address for address, record in described.records.items()}
        self._keys = Counter((record.kind, record.key) for name in kinds for record in live.of(name))

    def undescribed(self) -> Iterator[Record]:
        for name, kind in self._kinds.items():
            if kind.lifecycle.moves and kind.inventoried:  # others are only looked at, or nobody wants all of them
                yield from (record for record in self._live.of(name) if (record.kind, record.id) not in self._by)

    def pick(self, named: Named) -> tuple[Record | None, list[Diagnostic]]:
        record = self._find(named.text)
        if record is None:
            detail = f"There is no object with the id, name or URL {named.text}{self._unread()}."
            return None, [NO_SUCH_OBJECT.found(detail, subject=named.text)]
        return record, [*self._misplaced(record, named.address), *self.unfit(record)]

    def unfit(self, record: Record) -> Iterator[Diagnostic]:
        """Why a live object cannot be described at all."""
        by = self._by.get((record.kind, record.id))
        if by is not None:
            where = self._described.desired[by].source
            yield DESCRIBED.found(f"{record.kind} {record.id} is {by} at {where}.", subject=record.id)
        elif self._kinds[record.kind].to_spec is None:
            yield NOT_WRITABLE.found(f"{record.id} is of kind {record.kind}.", subject=record.id)
        elif self._keys[record.kind, record.key] > 1:
            detail = f"{self._keys[record.kind, record.key]} objects of kind {record.kind} are called {record.key}."
            yield SHARED_KEY.found(detail, subject=record.id)

    def _misplaced(self, record: Record, address: Address | None) -> Iterator[Diagnostic]:
        if address is None:
            return
        if address.kind != record.kind:
            yield OTHER_KIND.found(f"{record.id} is of kind {record.kind}, not {address.kind}.", subject=record.id)
        elif address in self._described.desired:
            where = self._described.desired[address].source
            yield NAME_TAKEN.found(f"{address} stands at {where}.", subject=str(address))

    def _find(self, text: str) -> Record | None:
        """The object with an id, with the id that it has inside another object, or else identified by the text."""
        records = [record for name in self._kinds for record in self._live.of(name)]
        by_id = next((record for record in records if text in (record.id, own_id(record))), None)
        return by_id or next((record for record in records if record.key == url_key(text)), None)

    def _unread(self) -> str:
        unread = sorted(self._live.unreadable)
        return f"; {', '.join(unread)} could not be read" if unread else ""


def _repeated(records: Sequence[Record], addresses: Sequence[Address]) -> Iterator[Diagnostic]:
    for text, count in sorted(Counter([r.id for r in records] + [str(a) for a in addresses]).items()):
        if count > 1:
            yield REPEATED.found(f"{text} stands there {count} times.", subject=text)


def _softer(fault: Diagnostic) -> Diagnostic:
    """A fault that leaves one of many objects out, and does not stop the others."""
    return replace(fault, severity=Severity.WARNING)
