"""Attribution: which event of the System Log made a difference."""

from collections.abc import Sequence

from reconciler.core.drift import Actor, Category, Difference
from reconciler.core.happening import Happening

_STATUS = "status"


def actor_of(found: Difference, happened: Sequence[Happening]) -> Actor | None:
    """Give who made a difference: the newest event that names what differs, else the newest of all; None without any.

    The events are those about the object of the difference, in any order.
    """
    newest_first = sorted(happened, key=lambda each: each.at, reverse=True)
    members = _members(found)
    naming = (each for each in newest_first if each.changed & members)
    chosen = next(naming, next(iter(newest_first), None))
    return Actor(chosen.actor, chosen.at, chosen.event) if chosen else None


def _members(found: Difference) -> frozenset[str]:
    """The words by which an event may name what differs."""
    if found.category in {Category.STATE, Category.HEALTH}:
        return frozenset({_STATUS})
    parts = found.path.removeprefix(f"{found.address}.").split(".")
    return frozenset(parts)
