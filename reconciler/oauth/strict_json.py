"""JSON as metadata must be: UTF-8, one object, each member once, no NaN, not too deep, not too large (RFC 8259).

Ordinary parsers keep the last of two equal members, so two readers of one document can see two issuers.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass

METADATA_MOST = 256 << 10
"""Bytes that a metadata document or key set may have."""
CHALLENGE_MOST = 64 << 10
"""Bytes that the body of a refusal may have."""
DEEPEST = 16
"""How many objects and arrays may stand inside each other."""

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)  # never fails late, so it stays linear
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where; the place is a JSON pointer (RFC 6901) or a byte or character position."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" if self.place else self.problem


@dataclass(frozen=True, slots=True)
class Parsed:
    """The object, or None and at least one fault."""

    value: Document | None = None
    faults: tuple[Fault, ...] = ()


class _Object(dict[str, Json]):
    """An object that remembers the members that stood in it twice."""

    twice: tuple[str, ...] = ()


class _Refused(ValueError):
    """Something that Python's reader accepts and JSON does not."""


def parse(content: bytes, *, most: int = METADATA_MOST) -> Parsed:
    """Read a document, or say everything that is wrong with it. Never raises."""
    if len(content) > most:
        return _refuse("", f"{len(content)} bytes, at most {most} are read")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _refuse(f"byte {error.start}", "not UTF-8")
    if _depth(text) > DEEPEST:
        return _refuse("", f"more than {DEEPEST} levels deep")
    return _judge(text)


def _judge(text: str) -> Parsed:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        return _refuse(f"character {error.pos}", f"not JSON ({error.msg})")
    except ValueError as error:  # a constant or number that is refused, or an integer of thousands of digits
        return _refuse("", str(error) if isinstance(error, _Refused) else "a number with too many digits")
    if not isinstance(value, dict):
        return _refuse("", f"an object is expected, not {kind_of(value)}")
    faults = tuple(_walk(value, ""))
    return Parsed(faults=faults) if faults else Parsed(_plain(value))


def kind_of(value: Json) -> str:
    """How JSON calls a value, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _refuse(place: str, problem: str) -> Parsed:
    return Parsed(faults=(Fault(place, problem),))


def _depth(text: str) -> int:
    """How deep brackets nest, strings left out; of a text that is not JSON any number will do."""
    depth = deepest = 0
    for found in _STRUCTURE.finditer(text):
        sign = found.group()
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    made = _Object(pairs)
    if len(made) < len(pairs):
        often = Counter(name for name, _ in pairs)
        made.twice = tuple(name for name in made if often[name] > 1)
    return made


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused("a number out of range")
    return number


def _walk(value: Json, place: str) -> Iterator[Fault]:
    """Members that stand twice, and text that no UTF-8 can carry, each with its pointer."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield Fault(place, "half of a surrogate pair")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{place}/{index}")
    elif isinstance(value, _Object):
        yield from (Fault(f"{place}/{_step(name)}", "stands twice") for name in value.twice)
        for name, item in value.items():
            yield from _walk(name, f"{place}/{_step(name)}")
            yield from _walk(item, f"{place}/{_step(name)}")


def _step(name: str) -> str:
    """A member's name as a step of a JSON pointer that can be printed."""
    return _SURROGATE.sub("?", name).replace("~", "~0").replace("/", "~1")


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
