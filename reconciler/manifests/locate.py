"""Faults of documents to faults at an exact line and column. Only files in which something is wrong are asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import islice

from reconciler.core.diagnostic import Diagnostic, Rule, Source, in_order
from reconciler.manifests.judge import LITERAL_SECRET, NO_VALUE
from reconciler.manifests.place import Place, Position, places
from reconciler.manifests.sentence import UNKNOWN_KEY
from reconciler.manifests.strict import FAULTS_MOST
from reconciler.manifests.variables import IN_KEY

TOO_MANY_FAULTS = Rule(
    code="YML030",
    summary="File holds more faults than are listed",
    why="Nobody reads thousands of them; the first ones most often have the cause of the others.",
    example="a file of another program in the registry",
    fix="Correct the ones that are listed, then validate again.",
)
RULES = (TOO_MANY_FAULTS,)

_OF_YAML = "YML"
_OF_KEY = frozenset(rule.code for rule in (UNKNOWN_KEY, NO_VALUE, LITERAL_SECRET, IN_KEY))
"""What is wrong about a key; everything else is wrong about a value."""


def locate(faults: Iterable[Diagnostic], text_of: Callable[[str], str | None]) -> tuple[Diagnostic, ...]:
    """Give the faults in order, each with the position of its path; `text_of` gives the text of a file by name.

    A fault that stands exactly where the YAML itself is at fault is left out: it is the same mistake again.
    """
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for fault in faults:
        by_file[fault.source.file if fault.source else ""].append(fault)
    return in_order([fault for file, some in by_file.items() for fault in _of_file(file, some, text_of)])


def _of_file(file: str, faults: list[Diagnostic], text_of: Callable[[str], str | None]) -> Iterable[Diagnostic]:
    text = text_of(file) if any(fault.path for fault in faults) else None
    if text is not None:
        wanted = {_position(fault) for fault in faults if fault.path}
        known = places(text, wanted)
        raw = {_position(fault) for fault in faults if fault.code.startswith(_OF_YAML)}
        exact = (_exact(fault, known) for fault in faults)
        faults = [fault for fault in exact if fault.code.startswith(_OF_YAML) or _position(fault) not in raw]
    if len(faults) <= FAULTS_MOST:
        return faults
    rest = TOO_MANY_FAULTS.found(f"Only {FAULTS_MOST:,} faults of this file are listed.").at(Source(file))
    return [*islice(in_order(faults), FAULTS_MOST), rest]


def _exact(fault: Diagnostic, known: dict[Position, Place]) -> Diagnostic:
    place = known.get(_position(fault))
    if place is None or fault.source is None:
        return fault
    for depth, step in enumerate(fault.path):
        if step not in place.inside:
            return fault.at(_source(fault.source.file, place.key or place.value))
        place = place.inside[step]
        is_last = depth == len(fault.path) - 1
        if is_last and fault.code in _OF_KEY:
            return fault.at(_source(fault.source.file, place.key or place.value))
    return fault.at(_source(fault.source.file, place.value))


def _source(file: str, position: Position) -> Source:
    return Source(file, *position)


def _position(fault: Diagnostic) -> Position:
    return (fault.source.line, fault.source.column) if fault.source else (0, 0)
