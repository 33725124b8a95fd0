"""Order: which step waits for which. The one place that knows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.core.address import Address
from reconciler.core.kind import Kinds
from reconciler.core.plan import Action, Change, Step, Transition
from reconciler.core.resources import Desired


def addresses(desired: Desired, kinds: Kinds) -> list[Address]:
    """All addresses: kinds in the order of their table, names in alphabetical order."""
    rank = {name: place for place, name in enumerate(kinds)}
    return sorted(desired, key=lambda address: (rank[address.kind], address.name))


def with_edges(changes: Sequence[Change], desired: Desired, kinds: Kinds) -> tuple[Change, ...]:
    """Give the changes with every step naming the steps it waits for.

    Within a change, each step waits for the one before. An object is made or changed after everything it refers to. An
    object is taken away (deactivated, then deleted) after everything of later kinds that might have leaned on it has
    let go of it.
    """
    writes = {change.address: last for change in changes if (last := _last_write(change))}
    rank = {name: place for place, name in enumerate(kinds)}
    release = [(rank[c.address.kind], _release(c)) for c in changes if c.steps and _lets_go(c)]
    return tuple(
        replace(change, steps=tuple(_chain(change, _needs(change, desired, kinds, writes), release, rank)))
        if change.steps
        else change
        for change in changes
    )


def _needs(change: Change, desired: Desired, kinds: Kinds, writes: dict[Address, str]) -> tuple[str, ...]:
    references = kinds[change.address.kind].references(desired[change.address].spec)
    return tuple(sorted({writes[address] for address in references if address in writes}))


def _chain(
    change: Change, needs: tuple[str, ...], release: list[tuple[int, str]], rank: dict[str, int]
) -> Iterator[Step]:
    previous: tuple[str, ...] = ()
    free, ready = False, False
    for step in change.steps:
        waits = previous
        if _takes_away(change, step):
            if not free:
                mine = rank[change.address.kind]
                waits += tuple(other for place, other in release if place > mine)
                free = True
        elif not ready:
            waits += needs
            ready = True
        yield replace(step, after=waits)
        previous = (step.id,)


def _last_write(change: Change) -> str | None:
    """The step after which an object is fit to be referred to: the last that does not take something away."""
    return next((step.id for step in reversed(change.steps) if not _takes_away(change, step)), None)


def _takes_away(change: Change, step: Step) -> bool:
    """Whether a step is on the way of a live object to its deletion."""
    return change.action is Action.DELETE or (isinstance(step, Transition) and "/old-" in step.id)


def _release(change: Change) -> str:
    """The step after which nothing of an object's old self leans on anything: its old object is gone, or is changed."""
    gone = [step.id for step in change.steps if _takes_away(change, step)]
    return gone[-1] if gone else change.steps[-1].id


def _lets_go(change: Change) -> bool:
    """Whether a change may end something's hold on an object of an earlier kind."""
    return change.action in {Action.DELETE, Action.REPLACE} or any(f.op != "add" for f in change.fields)
