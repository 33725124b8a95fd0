"""What earlier readings saw of live objects, so that not everything has to be asked for again."""

from collections.abc import Mapping
from dataclasses import field

from reconciler.core.noun import dataclass

Key = tuple[str, str]
"""Kind and id of a live object."""


@dataclass(frozen=True, slots=True)
class Children:
    """The children of one live object as they were read.

    `stamp` is a digest of how the list showed the object then; `text` the JSON object of the members that the list does
    not carry, as the organisation gave them; `read_at` the organisation's own clock, in seconds since 1970. `settled`
    is a digest of what a plan went by that found nothing to do about the object as it is here; empty where none did.
    """

    stamp: str
    text: str
    read_at: float
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where the System Log was read: the organisation's clock at that time, and the newest event seen.

    A log that does not hold this event any more does not reach back. `whole_since` is from when on no event was missed:
    about what was read before, the log says nothing.
    """

    at: float
    event: str
    published: str
    whole_since: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that is remembered of earlier readings of one organisation."""

    children: Mapping[Key, Children] = field(default_factory=dict)
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What one reading adds to the memory, and the objects that are no longer there; `settled` are objects that are
    remembered already, and about which a plan has found nothing to do.
    """

    children: Mapping[Key, Children] = field(default_factory=dict)
    gone: frozenset[Key] = frozenset()
    mark: Mark | None = None
    settled: Mapping[Key, Children] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.children or self.gone or self.mark or self.settled)
