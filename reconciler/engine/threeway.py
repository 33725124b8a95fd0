"""Three-way: whose doing a difference is, told from what was last applied. Pure; one truth table decides."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Final, Generic

from reconciler.core.document import Document, Json
from reconciler.core.kind import Kind
from reconciler.core.noun import dataclass
from reconciler.core.plan import FieldChange, Origin
from reconciler.core.resources import Record, S
from reconciler.core.secret import secrets_in
from reconciler.engine.diff import between, comparable, same, spoken_of, unlike

Path = tuple[str, ...]


class Lack(Enum):
    """The two ways in which a place has no value."""

    ABSENT = "absent"
    """It is known that there was, is or should be nothing."""
    UNSAID = "unsaid"
    """What was applied says nothing about the path: it may have been there or not."""


ABSENT: Final = Lack.ABSENT
UNSAID: Final = Lack.UNSAID


def classify(last: Json, live: Json, desired: Json) -> Origin | None:
    """Tell whose doing the state of one path is; None when all agree, or live and manifest do and nothing is known.

    Each is a JSON value or ABSENT; `last` may also be UNSAID. The whole specification is this order of questions.
    """
    if _agree(live, desired):
        return None if last is UNSAID or _agree(last, live) else Origin.CONVERGED
    if last is UNSAID or _agree(last, live):
        return Origin.PENDING
    return Origin.DRIFT if _agree(last, desired) else Origin.CONFLICT


def _agree(one: Json, other: Json) -> bool:
    if isinstance(one, Lack) or isinstance(other, Lack):
        return one is other
    return same(one, other)


@dataclass(frozen=True, slots=True)
class Compared:
    """How a live object differs from its manifest, and what a write may say about it."""

    fields: tuple[FieldChange, ...]
    write: Document
    """The desired document; None where a member is to be removed, the live value where drift is accepted."""

    @property
    def effective(self) -> tuple[FieldChange, ...]:
        """The differences less those that are accepted."""
        return tuple(field for field in self.fields if field.origin is not Origin.ACCEPTED)

    def with_secrets(self, document: Document, renewed: tuple[FieldChange, ...]) -> "Compared":
        """With the secrets that were renewed, which is pending: nobody but the author does so. The others stay out of
        what is written: the organisation has them.
        """
        secrets = secrets_in(document)
        if not secrets:
            return self
        kept = secrets.keys() - {field.path[0] for field in renewed}
        write = {member: value for member, value in self.write.items() if member not in kept}
        return replace(self, fields=(*self.fields, *renewed), write=write)


def compare(
    kind: Kind[S], document: Document, record: Record, last: Document | None, accepts: Callable[[Path], bool]
) -> Compared:
    """Compare a live object with its desired document and with what was last applied to it (None: not known).

    `accepts` says whether drift at a path is accepted. Without memory every difference is pending, except where it is
    accepted: an explicit word outlives a lost ledger.
    """
    wanted = document if last is None or last == document else _with_removals(kind, document, last, record)
    found = unlike(kind, wanted, record)
    if not found:
        return Compared((), wanted)
    memory = _Memory(kind, record, last)
    fields = tuple(memory.judge(field, accepts) for field in found)
    write = wanted
    for field in fields:
        if field.origin is Origin.ACCEPTED:
            write = _leaving(write, field.path, field)
    return Compared(fields, write)


def converged(kind: Kind[S], last: Document, document: Document) -> tuple[FieldChange, ...]:
    """What memory holds otherwise than manifest and organisation, which agree: from last applied to now."""
    found = between(comparable(kind, last), comparable(kind, document))
    return tuple(replace(field, origin=Origin.CONVERGED) for field in found)


@dataclass(frozen=True, slots=True)
class _Memory(Generic[S]):
    """What was last applied to one object, asked path by path; without a document, nothing is known."""

    kind: Kind[S]
    record: Record
    last: Document | None

    def judge(self, field: FieldChange, accepts: Callable[[Path], bool]) -> FieldChange:
        """The difference with its origin."""
        last = self._at(field)
        live = ABSENT if field.op == "add" else spoken_of(field.before, last, self.kind.owned)
        desired = ABSENT if field.op == "remove" else field.after
        origin = classify(last, live, desired) or Origin.PENDING
        if (origin is Origin.DRIFT or self.last is None) and accepts(field.path):
            origin = Origin.ACCEPTED
        known = origin is not Origin.PENDING and not isinstance(last, Lack)
        return replace(field, origin=origin, last=last if known else None)

    def _at(self, field: FieldChange) -> Json:
        """What was last applied at a path: a value, ABSENT in a collection that was ours as a whole, else UNSAID."""
        value: Json = self.last
        within = False
        for key in field.path:
            if not isinstance(value, dict):
                return UNSAID
            if key not in value and within:
                return field.before if self._had(field) else ABSENT
            if key not in value:
                return UNSAID
            value = value[key]
            within = key in self.kind.owned and not within
        return value

    def _had(self, field: FieldChange) -> bool:
        """Whether a child that is to be removed was ours under a name that the live object does not show.

        A kind names children as the document does that it is asked about (the row of an authorization server has the
        name of its manifest); one that goes away is shown under its live key. Asked about what was last applied, the
        kind shows ours by name, so that the live key is not there.
        """
        if field.op != "remove":
            return False
        seen: Json = self.kind.observe(self.record, self.last or {})
        for key in field.path:
            seen = seen.get(key) if isinstance(seen, dict) else None
        return seen is None


def kept(kind: Kind[S], document: Document, record: Record, last: Document) -> tuple[Path, ...]:
    """The paths that we had set, that the manifest no longer speaks of, and that stay: the kind cannot take them back.

    Children of a collection are another matter: whoever owns it removes the ones that are not named.
    """
    live = kind.observe(record, last)
    withdrawn = (path for path in _withdrawn(document, last, ()) if path[0] not in kind.hints)
    return tuple(
        path
        for path in withdrawn
        if not _can_go(kind, path) and kind.owned.isdisjoint(path[-2:-1]) and _is_there(live, path)
    )


def _is_there(live: Json, path: Path) -> bool:
    for key in path:
        if not isinstance(live, dict) or key not in live:
            return False
        live = live[key]
    return True


def _with_removals(kind: Kind[S], document: Document, last: Document, record: Record) -> Document:
    """The desired document with None wherever we had set what the manifest no longer speaks of.

    Of a collection that we owned the children go that we had set; what else there is was never ours to remove.
    """
    for path in _withdrawn(document, last, ()):
        if _can_go(kind, path):
            document = _put(document, path, _less_ours(kind, path, last, record) if path[-1] in kind.owned else None)
    return document


def _less_ours(kind: Kind[S], path: Path, last: Document, record: Record) -> Document:
    live: Json = kind.observe(record, last)
    ours: Json = last
    for key in path:
        live, ours = live.get(key, {}), ours[key]
    return {name: child for name, child in live.items() if name not in ours}


def _can_go(kind: Kind[S], path: Path) -> bool:
    return any(_fits(pattern, path) for pattern in kind.removable)


def _withdrawn(document: Document, last: Document, path: Path) -> Iterator[Path]:
    for key, value in last.items():
        if key not in document:
            yield (*path, key)
        elif isinstance(value, dict) and isinstance(document[key], dict):
            yield from _withdrawn(document[key], value, (*path, key))


def _fits(pattern: str, path: Path) -> bool:
    parts = pattern.split(".")
    return len(parts) == len(path) and all(part in {"*", key} for part, key in zip(parts, path, strict=True))


def _leaving(document: Document, path: Path, field: FieldChange) -> Document:
    """The document as it must be for a path to stay as the organisation has it."""
    return _drop(document, path) if field.op == "add" else _put(document, path, field.before)


def _put(document: Document, path: Path, value: Json) -> Document:
    key, rest = path[0], path[1:]
    return {**document, key: _put(document[key], rest, value) if rest else value}


def _drop(document: Document, path: Path) -> Document:
    key, rest = path[0], path[1:]
    if rest:
        return {**document, key: _drop(document[key], rest)}
    return {other: value for other, value in document.items() if other != key}
