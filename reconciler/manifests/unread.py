"""A resource of which the shelf knows all but its spec."""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter

from reconciler.core.address import Address, address_of
from reconciler.core.diagnostic import Source
from reconciler.core.document import Json
from reconciler.core.lifecycle import STATES
from reconciler.core.resources import Outline, Resource, S


class Unread(Resource[S]):
    """A resource as a sketch shows it. Its spec is made when somebody looks inside; of most of ten thousand documents,
    nobody does.
    """

    __slots__ = ("_digest", "_made", "_make")
    _digest: str
    _make: Callable[[], S]
    _made: S | None

    def __init__(self, sketch: Json, source: Source, make: Callable[[], S]) -> None:
        kind, name, absent, labels, mark, digest, outline = sketch
        key, references, stands_alone, borrowed, goal, protected = outline
        put = object.__setattr__  # as any frozen value is filled
        put(self, "address", address_of((kind, name)))
        put(self, "outline", Outline(key, _addresses(references), stands_alone, borrowed, STATES[goal], protected))
        put(self, "source", source)
        put(self, "absent", absent)
        put(self, "labels", labels)
        put(self, "mark", mark)
        put(self, "_digest", digest)
        put(self, "_make", make)
        put(self, "_made", None)

    @property
    def spec(self) -> S:
        if self._made is None:
            object.__setattr__(self, "_made", self._make())
        assert self._made is not None
        return self._made

    @property
    def digest(self) -> str:
        return self._digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and _whole(self) == _whole(other)

    __hash__ = Resource.__hash__


def sketch_of(resource: Resource[S]) -> Json:
    """Give what an `Unread` of the same document is made of, as JSON."""
    of = resource.outline
    references = " ".join(map(str, of.references))
    outline = [of.key, references, of.stands_alone, of.borrowed, of.goal, of.protected]
    return [*resource.address, resource.absent, resource.labels, resource.mark, resource.digest, outline]


@lru_cache(maxsize=1 << 14)
def _addresses(text: str) -> tuple[Address, ...]:
    """Kept, since thousands of documents share what they refer to."""
    return tuple(map(Address.parse, text.split()))


_whole = attrgetter(*[each.name for each in fields(Resource) if each.compare])
"""What counts where resources are compared."""
