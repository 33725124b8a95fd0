"""Steps: what is performed for one change, in the order that its lifecycle demands."""

from collections.abc import Iterable, Iterator

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.lifecycle import Lifecycle, Move, State
from reconciler.core.plan import Create, Step, Transition, Update


def create(address: Address, document: Document, lifecycle: Lifecycle, goal: State) -> Iterator[Step] | None:
    """Make an object and lead it from where it lands to its goal; None when no route leads there."""
    route = lifecycle.route(lifecycle.lands, goal)
    if route is None:
        return None
    first = Create(f"{address}/create", address, document, goal)
    return iter((first, *transitions(address, None, document, route)))


def change(
    address: Address, record: str, document: Document, route: tuple[Move, ...], *, write: bool
) -> Iterator[Step]:
    """Lead a live object along a route, and write its fields where the lifecycle suffers it best.

    Fields are written after a deactivation, so that nobody uses a half-changed object, and before any other move,
    since an activation or revalidation should see what it is to judge.
    """
    moves = list(transitions(address, record, document, route))
    if write:
        place = 1 if route and route[0].verb == "deactivate" else 0
        moves.insert(place, Update(f"{address}/update", address, record, document))
    return iter(moves)


def remove(address: Address, record: str, route: tuple[Move, ...], mark: str = "") -> Iterator[Step]:
    """Lead a live object to DELETED. The mark `old-` is for what another object of the address takes the place of."""
    return transitions(address, record, {}, route, mark)


def transitions(
    address: Address, record: str | None, document: Document, route: Iterable[Move], mark: str = ""
) -> Iterator[Step]:
    """One step a move; the document goes along where readiness will be judged by it."""
    for move in route:
        yield Transition(
            id=f"{address}/{mark}{move.verb}",
            address=address,
            record=record,
            verb=move.verb,
            source=move.source,
            target=move.target,
            document=document if move.target is State.ACTIVE else {},
            predecessor=bool(mark),
        )
