"""The dependency graph of a review as boxes and lines: places in a plane, no markup."""

from collections.abc import Mapping, Sequence

from reconciler.core.kind import Risk
from reconciler.core.noun import dataclass
from reconciler.render.review import Row, walk_words
from reconciler.render.words import SYMBOLS

MOST = 300
"""So many objects are drawn; a picture of more is no help."""
_LETTER, _MARGIN, _HEIGHT, _STEP, _GAP = 7.3, 16, 38, 50, 70
_LONGEST = 46


@dataclass(frozen=True, slots=True)
class Node:
    """A box with the object's name and its walk through the lifecycle."""

    label: str
    symbol: str
    walk: str
    risk: Risk
    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes, lines as paths, and the size of it all."""

    nodes: tuple[Node, ...]
    edges: tuple[str, ...]
    width: int
    height: int
    left_out: int


def draw(rows: Sequence[Row]) -> Drawing:
    """Place each object to the right of everything that it waits for; riskiest objects first where there are many."""
    chosen = rows[:MOST]
    ranks = _ranks({row.address: row.needs for row in chosen})
    columns: dict[int, list[Row]] = {}
    for row in chosen:
        columns.setdefault(ranks[row.address], []).append(row)
    nodes: dict[str, Node] = {}
    x = _MARGIN
    for rank in sorted(columns):
        found = [_node(row, x, _MARGIN + place * _STEP) for place, row in enumerate(columns[rank])]
        nodes |= {row.address: node for row, node in zip(columns[rank], found, strict=True)}
        x += max(node.width for node in found) + _GAP
    edges = tuple(_edge(nodes[need], nodes[row.address]) for row in chosen for need in row.needs if need in nodes)
    height = max((len(column) for column in columns.values()), default=0) * _STEP + _MARGIN
    return Drawing(tuple(nodes.values()), edges, x - _GAP + _MARGIN, height, len(rows) - len(chosen))


def _ranks(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many others stand, one behind the other, before each; edges that lead round are cut at the second visit."""
    ranks: dict[str, int] = {}

    def rank(address: str, above: frozenset[str]) -> int:
        if address not in ranks:
            before = [rank(need, above | {address}) for need in needs[address] if need in needs and need not in above]
            ranks[address] = 1 + max(before, default=-1)
        return ranks[address]

    for address in needs:
        rank(address, frozenset({address}))
    return ranks


def _node(row: Row, x: int, y: int) -> Node:
    walk = ", then ".join(walk_words(walk) for walk in row.walks) or row.reason
    label = row.address if len(row.address) <= _LONGEST else f"{row.address[: _LONGEST - 1]}…"
    shown = walk if len(walk) <= _LONGEST else f"{walk[: _LONGEST - 1]}…"
    width = round(max(len(label) + 2, len(shown)) * _LETTER) + _MARGIN
    return Node(label, SYMBOLS[row.action], shown, row.risk, x, y, width)


def _edge(start: Node, end: Node) -> str:
    """A line from the right of one box to the left of another."""
    x, y = start.x + start.width, start.y + _HEIGHT // 2
    to_x, to_y = end.x, end.y + _HEIGHT // 2
    middle = (x + to_x) // 2
    return f"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}"
