"""The dependency graph of the manifests, as Mermaid or DOT."""

from collections.abc import Iterable, Mapping

from reconciler.core.address import Address
from reconciler.render.words import plain

Edges = Mapping[Address, Iterable[Address]]
"""Every address with those it refers to."""


def mermaid(edges: Edges) -> str:
    """Give a Mermaid flow chart; arrows point to what an object needs."""
    number = {address: f"n{place}" for place, address in enumerate(_all(edges))}
    lines = ["flowchart LR"]
    lines += [f'  {name}["{plain(str(address))}"]' for address, name in number.items()]
    lines += [
        f"  {number[address]} --> {number[other]}" for address in sorted(edges) for other in sorted(edges[address])
    ]
    return "\n".join(lines) + "\n"


def _all(edges: Edges) -> list[Address]:
    """Also those that are only referred to: a tombstone may name what has no document any more."""
    return sorted({*edges, *(other for others in edges.values() for other in others)})


def dot(edges: Edges) -> str:
    """Give a DOT digraph; arrows point to what an object needs."""
    lines = ["digraph registry {", "  rankdir=LR;"]
    lines += [f'  "{address}";' for address in _all(edges)]
    lines += [f'  "{address}" -> "{other}";' for address in sorted(edges) for other in sorted(edges[address])]
    return "\n".join([*lines, "}"]) + "\n"
