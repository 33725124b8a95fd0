"""Where every key and value of a file stands. Asked only about files in which something is wrong."""

from collections.abc import Container, Iterable
from dataclasses import field
from typing import Any

from reconciler.core.noun import dataclass
from reconciler.manifests.events import NOT_YAML, agrees, exact_events, fast_events
from reconciler.manifests.strict import DEPTH_MOST

Position = tuple[int, int]
"""Line and column, counted from 1."""


@dataclass(slots=True)
class Place:
    """The position of a value, of the key before it, and of what is inside it."""

    value: Position
    key: Position | None = None
    inside: "dict[str | int, Place]" = field(default_factory=dict)


def places(text: str, wanted: Container[Position]) -> dict[Position, Place]:
    """Map the documents whose first value stands at a wanted position; what cannot be parsed is left out."""
    if agrees(text):
        tracker = _Tracker(wanted)
        if tracker.track(fast_events(text)):
            return tracker.found
    tracker = _Tracker(wanted)
    tracker.track(exact_events(text))
    return tracker.found


@dataclass(slots=True)
class _Frame:
    """A list (`index` counts its items) or a mapping (`key` waits for its value) that is still open."""

    place: Place
    index: int | None
    key: tuple[str, Position] | None = None


class _Tracker:
    """Builds the places of one document after the other, keeping those that are wanted."""

    def __init__(self, wanted: Container[Position]) -> None:
        self.found: dict[Position, Place] = {}
        self._wanted = wanted
        self._open: list[_Frame] = []
        self._anchors: dict[str, Place] = {}

    def track(self, events: Iterable[Any]) -> bool:
        """Follow the events; false when the text ends in a syntax error."""
        try:
            for event in events:
                self._follow(event)
                if len(self._open) > DEPTH_MOST:
                    break
        except NOT_YAML:
            return False
        return True

    def _follow(self, event: Any) -> None:
        name = event.__class__.__name__
        if name in {"MappingEndEvent", "SequenceEndEvent"}:
            self._open.pop()
        elif name == "DocumentStartEvent":
            self._anchors = {}
        elif name in {"ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent"}:
            self._node(event, name)

    def _node(self, event: Any, name: str) -> None:
        place = Place((event.start_mark.line + 1, event.start_mark.column + 1))
        if name == "AliasEvent":
            place.inside = self._anchors.get(event.anchor, place).inside
        elif event.anchor is not None:
            self._anchors[event.anchor] = place
        self._put(place, event)
        if name in {"MappingStartEvent", "SequenceStartEvent"}:
            self._open.append(_Frame(place, 0 if name == "SequenceStartEvent" else None))

    def _put(self, place: Place, event: Any) -> None:
        if not self._open:
            if place.value in self._wanted:
                self.found[place.value] = place
            return
        frame = self._open[-1]
        if frame.index is not None:
            frame.place.inside[frame.index] = place
            frame.index += 1
        elif frame.key is None:
            frame.key = (getattr(event, "value", ""), place.value)
        else:
            text, place.key = frame.key
            frame.place.inside.setdefault(text, place)
            frame.key = None
