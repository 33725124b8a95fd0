"""Events to plain values: strict about what YAML leaves to chance, bounded against hostile input, never recursive."""

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any

from pydantic_core import to_json

from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.document import Json
from reconciler.core.noun import dataclass
from reconciler.manifests import scalar
from reconciler.manifests.events import NOT_YAML, SyntaxFault, as_fault
from reconciler.manifests.show import needs_care, shown
from reconciler.manifests.strict import (
    ALIAS,
    ALIASED_MOST,
    ALIASES,
    DEPTH_MOST,
    DIRECTIVE,
    DOCUMENTS_MOST,
    DUPLICATE_KEY,
    EMPTY,
    KEY_NOT_TEXT,
    MERGE_KEY,
    NUMBER,
    TAG,
    TEXT_MOST,
    TOO_DEEP,
    TOO_LONG,
    TOO_MANY,
    UNENCODABLE,
    VALUES_MOST,
)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as plain values, and where its first value stands."""

    value: Json
    source: Source

    @property
    def kind(self) -> str:
        """What it says that it describes, in whatever form."""
        return str(self.value.get("kind")) if isinstance(self.value, dict) else ""

    @property
    def text(self) -> bytes:
        """The value as JSON."""
        return to_json(self.value)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing in it to put in, and nothing that no model is asked about."""
        return not needs_care(self.text)


@dataclass(slots=True)
class Composed:
    """What the events of one file came to. `complete` is false when reading stopped before the end."""

    documents: list[RawDocument] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    complete: bool = True
    syntax: SyntaxFault | None = None


class _Stop(Exception):
    """A limit was passed; the fault is recorded, the rest of the file is not read."""


class _Wanted:
    """The key of a frame that waits for an item, for a key, or for a value to drop."""


_ITEM, _KEY, _DROP = _Wanted(), _Wanted(), _Wanted()


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open: `key` is the key whose value comes next, or what is waited for."""

    container: Any
    key: str | _Wanted
    anchor: str | None
    weight: int


def compose(events: Iterable[Any], file: str) -> Composed:
    """Build the documents of one file; what is wrong is collected with its exact position.

    A value at fault is kept in a harmless form, so that the rest of its document can be judged as well.
    """
    composer = _Composer(file)
    handlers = _Handlers(composer)
    try:
        for event in events:
            handlers[event.__class__](event)
    except _Stop:
        composer.composed.complete = False
    except NOT_YAML as error:
        composer.composed.complete = False
        composer.composed.syntax = as_fault(error)
    return composer.composed


class _Handlers(dict[type, Callable[[Any], None]]):
    """The composer's method for each class of event, whichever parser it comes from."""

    def __init__(self, composer: "_Composer") -> None:
        super().__init__()
        self._by_name: dict[str, Callable[[Any], None]] = {
            "ScalarEvent": composer.scalar,
            "MappingStartEvent": composer.mapping,
            "SequenceStartEvent": composer.sequence,
            "MappingEndEvent": composer.close,
            "SequenceEndEvent": composer.close,
            "AliasEvent": composer.alias,
            "DocumentStartEvent": composer.begin,
            "DocumentEndEvent": composer.end,
        }

    def __missing__(self, event: type) -> Callable[[Any], None]:
        self[event] = self._by_name.get(event.__name__, lambda _event: None)
        return self[event]


class _Composer:
    """The state between two events. One method for each class of event."""

    def __init__(self, file: str) -> None:
        self.composed = Composed()
        self._file = file
        self._aliased = self._begun = 0

    def begin(self, event: Any) -> None:
        self._begun += 1
        if self._begun > DOCUMENTS_MOST:
            self._stop(TOO_MANY, f"The file holds more than {DOCUMENTS_MOST:,} documents.", event)
        if event.version not in {None, (1, 2)} or event.tags:
            self._fault(DIRECTIVE, "A line above this document begins with `%`.", event)
        self._start, self._first = event, event
        self._root: Json = None
        self._frame: _Frame | None = None
        self._open: list[_Frame | None] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._values = self._weight = 0

    def end(self, _event: Any) -> None:
        if self._root is None:
            self._fault(EMPTY, "There is nothing in this document.", self._start)
            return
        self.composed.documents.append(RawDocument(self._root, self._source(self._first)))

    def scalar(self, event: Any) -> None:
        """Take in a text, number or word. The busiest method: what is rare is done elsewhere."""
        text = value = event.value
        plain, quoted = event.implicit
        self._weight += len(text) + 1
        if not plain and not quoted:
            self._fault(TAG, f"The tag {shown(str(event.tag))} stands before a value.", event)
        elif plain and text[:1] in scalar.BEGINNINGS:
            value = self._plain(text, event)
        elif not text.isascii() or len(text) > TEXT_MOST:
            value = self._checked(text, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, len(text) + 1)
        frame = self._frame
        if frame is None:
            self._root, self._first = value, event
        elif frame.key.__class__ is str:
            frame.container[frame.key] = value
            frame.key = _KEY
        elif frame.key is _KEY and value.__class__ is str and value not in frame.container and value != "<<":
            frame.key = value
        else:
            self._put(value, event)

    def mapping(self, event: Any) -> None:
        self._collection({}, _KEY, event)

    def sequence(self, event: Any) -> None:
        self._collection([], _ITEM, event)

    def close(self, event: Any) -> None:
        frame = self._frame
        assert frame is not None
        self._values += len(frame.container)
        if self._values > VALUES_MOST:
            self._too_many(event)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.container, self._weight - frame.weight)
        self._frame = self._open.pop()

    def alias(self, event: Any) -> None:
        value, weight = self._anchors.get(event.anchor, ("", 0))
        if weight == 0:
            self._fault(ALIAS, f"The alias {shown('*' + event.anchor)} repeats nothing that stands above it.", event)
        self._aliased += weight
        if self._aliased > ALIASED_MOST:
            self._stop(ALIASES, f"The aliases of this file repeat more than {ALIASED_MOST:,} characters.", event)
        self._weight += weight
        if self._frame is not None and self._frame.key is _KEY:
            self._fault(KEY_NOT_TEXT, "An alias stands where a key should be.", event)
            self._frame.key = _DROP
        else:
            self._put(value, event)

    def _collection(self, container: Json, wants: _Wanted, event: Any) -> None:
        self._weight += 1
        if event.tag is not None:
            self._fault(TAG, f"The tag {shown(str(event.tag))} stands before a list or mapping.", event)
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)
        self._put(container, event)
        self._open.append(self._frame)
        self._frame = _Frame(container, wants, event.anchor, self._weight - 1)
        if len(self._open) > DEPTH_MOST:
            self._stop(TOO_DEEP, f"This is level {DEPTH_MOST + 1} of lists and mappings inside each other.", event)

    def _put(self, value: Json, event: Any) -> None:
        frame = self._frame
        if frame is None:
            self._root, self._first = value, event
        elif frame.key is _ITEM:
            frame.container.append(value)
            if len(frame.container) > VALUES_MOST:
                self._too_many(event)
        elif frame.key is _KEY:
            frame.key = self._key(frame.container, value, event)
        else:
            if frame.key is not _DROP:
                frame.container[frame.key] = value
            frame.key = _KEY

    def _key(self, mapping: dict[str, Json], key: Json, event: Any) -> str | _Wanted:
        if not isinstance(key, str):
            self._fault(KEY_NOT_TEXT, "Something other than a text stands where a key should be.", event)
        elif key == "<<" and event.implicit[0]:
            self._fault(MERGE_KEY, "The key `<<` asks for the keys of another mapping.", event)
        elif key in mapping:
            self._fault(DUPLICATE_KEY, f"The key {shown(key)} already stands above in the same mapping.", event)
        else:
            return key
        return _DROP

    def _plain(self, text: str, event: Any) -> Json:
        try:
            value = scalar.resolve(text)
        except scalar.OutOfRange:
            self._fault(NUMBER, f"{shown(text)} is infinite, not a number, or beyond 64 bits.", event)
            return text
        return self._checked(value, event) if isinstance(value, str) else value

    def _checked(self, text: str, event: Any) -> str:
        if len(text) > TEXT_MOST:
            self._fault(TOO_LONG, f"The text holds {len(text):,} characters.", event)
            return ""
        try:
            text.encode()
        except UnicodeEncodeError:
            self._fault(UNENCODABLE, "An escape in this text is one half of a character.", event)
            return text.encode(errors="replace").decode()
        return text

    def _too_many(self, event: Any) -> None:
        self._stop(TOO_MANY, f"The document holds more than {VALUES_MOST:,} values.", event)

    def _source(self, event: Any) -> Source:
        mark = event.start_mark
        return Source(self._file, mark.line + 1, mark.column + 1)

    def _fault(self, rule: Rule, detail: str, event: Any) -> None:
        self.composed.faults.append(rule.found(detail).at(self._source(event)))

    def _stop(self, rule: Rule, detail: str, event: Any) -> None:
        self._fault(rule, detail, event)
        raise _Stop
