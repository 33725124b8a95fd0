"""The syntax tree of a checked CEL expression, as far as it says which members are asked for.

The library gives a compiled expression as a protobuf message (`cel.expr.CheckedExpr`, field numbers of
cel-spec `syntax.proto` and `checked.proto`). A few lines read that; a protobuf library would be much more.
"""

from collections.abc import Iterator
from dataclasses import field

from reconciler.core.noun import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}

# Fields of CheckedExpr and SourceInfo.
_INFO, _EXPRESSION, _POSITIONS = 5, 4, 4
# Members of the union in Expr.
_IDENT, _SELECT, _CALL, _COMPREHENSION = 4, 5, 6, 9

Message = dict[int, list["int | bytes"]]


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `at` is the offset of its text in characters; -1 where it has none (it came from a macro)."""

    at: int


@dataclass(frozen=True, slots=True)
class Ident(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """A member of a value; `test` where it is only asked whether it is there."""

    operand: Node
    member: str
    test: bool


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """A comprehension: `variable` runs over `over` within `parts`."""

    variable: str
    over: Node
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Other(Node):
    """Anything else; `index` where it is a value in brackets after the first of the parts."""

    parts: tuple[Node, ...] = field(default=())
    index: bool = False


def read(serialized: bytes) -> Node:
    """Give the tree of a compiled expression."""
    checked = _message(_bytes(_message(serialized), 2))
    positions = dict(_pair(_message(each)) for each in _all(_message(_bytes(checked, _INFO)), _POSITIONS))
    return _node(_bytes(checked, _EXPRESSION), positions)


def _pair(entry: Message) -> tuple[int, int]:
    return _number(entry, 1), _number(entry, 2)


def _node(data: bytes, positions: dict[int, int]) -> Node:
    expr = _message(data)
    at = positions.get(_number(expr, 2), -1)
    if _IDENT in expr:
        return Ident(at, _text(_message(_bytes(expr, _IDENT)), 1))
    if _SELECT in expr:
        select = _message(_bytes(expr, _SELECT))
        operand = _node(_bytes(select, 1), positions)
        return Select(at, operand, _text(select, 2), bool(_number(select, 3)))
    if _COMPREHENSION in expr:
        loop = _message(_bytes(expr, _COMPREHENSION))
        parts = tuple(_node(_bytes(loop, number), positions) for number in (4, 5, 6, 7))
        return Loop(at, _text(loop, 1), _node(_bytes(loop, 2), positions), parts)
    return Other(at, tuple(_node(each, positions) for each in _inside(expr)), _is_index(expr))


def _inside(expr: Message) -> Iterator[bytes]:
    """The expressions inside a call, a list or a map."""
    if _CALL in expr:
        call = _message(_bytes(expr, _CALL))
        yield from (*_all(call, 1), *_all(call, 3))
    for items in _all(expr, 7):
        yield from _all(_message(items), 1)
    for struct in _all(expr, 8):
        for entry in _all(_message(struct), 2):
            yield from (*_all(_message(entry), 3), *_all(_message(entry), 4))


def _is_index(expr: Message) -> bool:
    return _CALL in expr and _text(_message(_bytes(expr, _CALL)), 2) == "_[_]"


# -- the wire format of protobuf -----------------------------------------------------------------------------------


def _message(data: bytes) -> Message:
    found: Message = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: int | bytes
        if key & 7 == _VARINT:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if key & 7 == _BYTES else (_WIDTH[key & 7], at)
            value, at = data[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no continuation bit
            return number, at


def _all(message: Message, number: int) -> list[bytes]:
    return [each for each in message.get(number, ()) if isinstance(each, bytes)]


def _bytes(message: Message, number: int) -> bytes:
    return next(iter(_all(message, number)), b"")


def _text(message: Message, number: int) -> str:
    return _bytes(message, number).decode("utf-8")


def _number(message: Message, number: int) -> int:
    return next((each for each in message.get(number, ()) if isinstance(each, int)), 0)
