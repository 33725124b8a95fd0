"""Moves: an object that goes on under another address keeps what is remembered of it."""

from collections.abc import Iterator, Mapping

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.noun import dataclass
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Desired
from reconciler.engine.scope import Scope

MOVE_WRONG = Rule(
    code="PLN011",
    summary="A record of a move fits nothing",
    why="`moved` says that the object of one address goes on under another. While the old address still has a "
    "document, or the new one has none, it is not clear whose the object is.",
    example="moved: [{from: McpServer.jira, to: McpServer.tickets}] with a document McpServer.jira",
    fix="Rename the document as the record says, or remove the record.",
)

Moves = Mapping[Address, Address]
"""From the old address to the new one."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Memory by the addresses of today, and which address each moved object had before."""

    remembered: Remembered
    previous: Moves
    """From the new address to the old one."""


def faults(moves: Moves, desired: Desired) -> Iterator[Diagnostic]:
    """Name the recorded moves that cannot be meant."""
    for old, new in sorted(moves.items()):
        target = _end(new, moves)
        if old.kind != new.kind or target is None:
            detail = f"{old} cannot become {new}: " + ("another kind." if target else "the records form a circle.")
            yield MOVE_WRONG.found(detail, subject=str(old))
        elif old in desired:
            yield MOVE_WRONG.found(f"{old} has moved to {new}, and there is a document {old}.", subject=str(old))
        elif target not in desired:
            yield MOVE_WRONG.found(f"{old} has moved to {target}, and there is no document {target}.", subject=str(old))


def follow(remembered: Remembered, moves: Moves, desired: Desired) -> Followed:
    """Carry memory along recorded moves. Where the new address is bound already, the record has done its work."""
    previous: dict[Address, Address] = {}
    for old in moves.keys() & remembered.bindings.keys():
        new = _end(old, moves)
        if new is not None and new in desired and new not in remembered.bindings and old not in desired:
            previous[new] = old
    return Followed(_renamed(remembered, previous), previous)


def recognise(followed: Followed, scope: Scope, desired: Desired) -> Followed:
    """Find the moves that nobody recorded: an object with the natural key of one address is bound to another one that
    has no document any more.
    """
    bindings = followed.remembered.bindings
    gone = ((old, record) for old, record in bindings.items() if old not in desired)
    once = {(old.kind, record): old for old, record in sorted(gone)}
    if not once:
        return followed
    found = {
        address: once[address.kind, record.id]
        for address, record in scope.records.items()
        if address not in bindings and (address.kind, record.id) in once
    }
    return Followed(_renamed(followed.remembered, found), {**followed.previous, **found})


def _end(address: Address, moves: Moves) -> Address | None:
    """Where a chain of moves leads; None when it never ends."""
    seen = {address}
    while address in moves:
        address = moves[address]
        if address in seen:
            return None
        seen.add(address)
    return address


def _renamed(remembered: Remembered, previous: Moves) -> Remembered:
    if not previous:
        return remembered
    names = {old: new for new, old in previous.items()}
    return Remembered(
        {names.get(address, address): record for address, record in remembered.bindings.items()},
        {names.get(address, address): applied for address, applied in remembered.applied.items()},
    )
