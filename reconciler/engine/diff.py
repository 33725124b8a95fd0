"""Diff: which paths of a document differ. Only what the author wrote is compared."""

from collections.abc import Iterator
from typing import Any

from reconciler.core.document import Document, Json, canonical
from reconciler.core.kind import Kind
from reconciler.core.plan import FieldChange
from reconciler.core.remembered import Applied
from reconciler.core.resources import Record, S
from reconciler.core.secret import secrets_in


def unlike(kind: Kind[S], document: Document, record: Record) -> tuple[FieldChange, ...]:
    """Give every path at which a live object is unlike its desired document; planner and read-back both ask this.

    Secrets are not compared: no organisation gives one back (`renewed` compares what was applied instead).
    """
    secrets = secrets_in(document)
    left_out = kind.hints | secrets.keys() if secrets else kind.hints
    wanted = {key: value for key, value in document.items() if key not in left_out}
    return differences(wanted, kind.observe(record, document), kind.owned)


def renewed(document: Document, applied: Applied | None, record: str) -> Iterator[FieldChange]:
    """Give the secrets that the author counts newer, or otherwise, than what was last applied to a live object.

    Values are never compared. Without memory nothing is known to have changed, so nothing is written again.
    """
    if applied is None or applied.record != record:
        return
    before = secrets_in(applied.document)
    for member, secret in secrets_in(document).items():
        if member not in before:
            yield FieldChange((member,), "add", after=secret.to_json())
        elif before[member].generation != secret.generation:
            yield FieldChange((member, "generation"), "change", before[member].generation, secret.generation)


def comparable(kind: Kind[S], document: Document) -> Document:
    """The document less the members that are never compared."""
    return {key: value for key, value in document.items() if key not in kind.hints}


def differences(desired: Document, observed: Document, owned: frozenset[str]) -> tuple[FieldChange, ...]:
    """Give every path at which the live document does not hold what is desired, sorted.

    Members that the author did not write are ignored, except inside collections that a document owns as a whole
    (`owned` names their members, for example `scopes`): there, what is in excess is a removal. So is a member for which
    the desired document says None. Lists are values: they differ as a whole. Absent, `1`, `1.0` and `True` are all
    different.
    """
    if _holds(observed, desired, owned, within=False):
        return ()
    return between(spoken_of(observed, desired, owned), _less_none(desired))


def _holds(live: Json, said: Json, owned: frozenset[str], *, within: bool) -> bool:
    """Whether a live value holds all that a document says, and no child that it should not: nothing differs.

    The same question as that for the differences, without making copies first: most objects are as they should be.
    """
    if not isinstance(live, dict) or not isinstance(said, dict):
        return same(live, said)
    for key, value in said.items():
        if isinstance(value, str):  # most are
            is_so = live.get(key) == value
        elif value is None:
            is_so = key not in live
        else:
            is_so = key in live and _holds(live[key], value, owned, within=key in owned and not within)
        if not is_so:
            return False
    return not within or live.keys() <= said.keys()


def spoken_of(live: Json, said: Json, owned: frozenset[str]) -> Json:
    """Keep of a live value what a document says about it: the rest is the organisation's."""
    return _restrict(live, said, owned, within=False)


def same(one: Json, other: Json) -> bool:
    """Whether two values are wholly equal, types included."""
    return one == other and _same_types(one, other)


def _less_none(document: Document) -> Document:
    """The document less members that are None, at any depth; the document itself when there are none."""
    if not any(value is None or isinstance(value, dict) for value in document.values()):
        return document
    kept = {key: value for key, value in document.items() if value is not None}
    return {key: _less_none(value) if isinstance(value, dict) else value for key, value in kept.items()}


def between(before: Document, after: Document) -> tuple[FieldChange, ...]:
    """Give every path at which two documents differ, sorted."""
    if same(before, after):
        return ()
    return tuple(sorted(_deep(before, after), key=lambda change: change.path))


def _restrict(observed: Json, desired: Json, owned: frozenset[str], *, within: bool) -> Json:
    """Keep of the live value what the author speaks about; all keys directly within an owned collection."""
    if not isinstance(observed, dict) or not isinstance(desired, dict):
        return observed
    return {
        key: _restrict(value, desired[key], owned, within=key in owned and not within) if key in desired else value
        for key, value in observed.items()
        if within or key in desired
    }


def _same_types(one: Json, other: Json) -> bool:
    """Whether equal values are also of equal types all the way down (Python holds 1 == True == 1.0)."""
    if type(one) is not type(other):
        return False
    if isinstance(one, str):
        return True
    if isinstance(one, dict):
        return all(_same_types(one[key], other[key]) for key in one)
    if isinstance(one, list):
        if {*map(type, one)} == {*map(type, other)} == _TEXTS:  # most are, and go a short way
            return True
        return all(_same_types(a, b) for a, b in zip(one, other, strict=True))
    return True


_TEXTS = {str}


def _deep(before: Document, after: Document) -> Iterator[FieldChange]:
    """Name the differing paths of two documents: members that are no objects at once, what is inside of objects deeply.

    Most differences are of the first kind, and need no library.
    """
    inside: list[str] = []
    for key in before.keys() | after.keys():
        was, now = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if isinstance(was, dict) and isinstance(now, dict):
            inside.append(key)
        elif not same(was, now):
            yield _change((key,), was, now)
    one, other = ({key: whole[key] for key in inside} for whole in (before, after))
    if not same(one, other):
        yield from _inside(one, other)


def _inside(before: Document, after: Document) -> Iterator[FieldChange]:
    """Name the differing paths inside of objects.

    `threshold_to_diff_deeper=0`, since by default a dictionary that shares few keys is reported as one blob;
    `ignore_private_variables=False`, since by default keys that begin with two underscores are left out.
    """
    # Imported here: what differs is a text as a rule, and then nobody needs it (0.1 s at start-up, 0.4 ms an object).
    from deepdiff import DeepDiff  # noqa: PLC0415

    tree = DeepDiff(
        _texts(before), _texts(after), view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False
    )
    for levels in tree.values():
        for level in levels:
            path = tuple(level.path(output_format="list"))
            yield _change(path, _at(before, path), _at(after, path))


def _texts(value: Json) -> Json:
    """Dictionaries stay; anything else becomes its one JSON text, which is equal only for what is wholly equal.

    So a list differs as a whole, and `1`, `1.0` and `True` differ also inside of it.
    """
    return {key: _texts(item) for key, item in value.items()} if isinstance(value, dict) else canonical(value)


_ABSENT = object()


def _at(document: Json, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return _ABSENT
        document = document[key]
    return document


def _change(path: tuple[str, ...], before: Any, after: Any) -> FieldChange:
    if before is _ABSENT:
        return FieldChange(path, "add", after=after)
    if after is _ABSENT:
        return FieldChange(path, "remove", before=before)
    return FieldChange(path, "change", before=before, after=after)
