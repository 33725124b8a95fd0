"""Events to plain values: strict about what YAML leaves to chance, bounded against hostile input, never recursive."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.document import Json
from reconciler.manifests import scalar
from reconciler.manifests.events import NOT_YAML, SyntaxFault, as_fault
from reconciler.manifests.show import shown

DEPTH_MOST = 64
"""Lists and mappings inside each other."""
TEXT_MOST = 1 << 20
"""Characters of one text."""
VALUES_MOST = 50_000
"""Keys, values, lists and mappings of one document."""
DOCUMENTS_MOST = 100_000
"""Documents of one file."""
ALIASED_MOST = 1_000_000
"""Characters that the aliases of one file may repeat."""

EMPTY = Rule(
    code="YML012",
    summary="Document is empty",
    why="An empty document is most often a slip: a stray `---`, or a file whose content was lost. What was meant to "
    "be there would silently not be there.",
    example="---\n---\napiVersion: reconciler/v1",
    fix="Write the document, or remove the `---` or the file.",
)
DUPLICATE_KEY = Rule(
    code="YML020",
    summary="Key occurs twice in one mapping",
    why="Most YAML readers silently keep the last one, reviewers read the first one.",
    example='name: jira\n"name": confluence',
    fix="Keep one of the two.",
)
MERGE_KEY = Rule(
    code="YML021",
    summary="Merge key is not supported",
    why="`<<` is not part of YAML 1.2, and what it overrides surprises readers of a pull request.",
    example="<<: *defaults",
    fix="Write the keys out.",
)
TAG = Rule(
    code="YML022",
    summary="Tag is not supported",
    why="A tag changes the type of a value or asks the reader to run code.",
    example="displayName: !!python/name:os.system",
    fix="Remove the tag; put the value in quotes to make it a text.",
)
KEY_NOT_TEXT = Rule(
    code="YML023",
    summary="Key is not a text",
    why="Every key of a manifest is a name; a number, a list or an alias as a key is a slip.",
    example="? [a, b]\n: value",
    fix="Write the name of the key, in quotes if it looks like a number.",
)
NUMBER = Rule(
    code="YML024",
    summary="Number cannot be kept exactly",
    why="Infinity, not-a-number and integers beyond 64 bits do not survive the way to the organisation as JSON.",
    example="accessTokenLifetimeMinutes: .inf",
    fix="Write an ordinary number, or put it in quotes to make it a text.",
)
TOO_DEEP = Rule(
    code="YML025",
    summary="Document is nested too deep",
    why="No manifest needs more than a few levels; thousands of them only make programs crash.",
    example="[[[[[[[[…]]]]]]]]",
    fix=f"Keep lists and mappings to {DEPTH_MOST} levels.",
)
ALIASES = Rule(
    code="YML026",
    summary="Aliases repeat too much",
    why="A few lines of aliases to aliases can stand for billions of values.",
    example="b: [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]",
    fix="Write the values out.",
)
ALIAS = Rule(
    code="YML027",
    summary="Alias has no value",
    why="An alias repeats a value that an anchor marked earlier in the same document, and it cannot contain itself.",
    example="scopes: *standard   # without &standard above",
    fix="Mark the value with an anchor first, or write it out.",
)
TOO_LONG = Rule(
    code="YML028",
    summary="Text is too long",
    why="No field holds that much; a file that does is an accident or an attack.",
    example="description: xxxxxxxx…",
    fix=f"Keep each text to {TEXT_MOST:,} characters.",
)
TOO_MANY = Rule(
    code="YML029",
    summary="Document or file holds too much",
    why="Limits keep a hostile file from filling the memory of the machine that validates a pull request.",
    example="[,,,,,,,,…]",
    fix=f"Keep a document to {VALUES_MOST:,} values and a file to {DOCUMENTS_MOST:,} documents.",
)
DIRECTIVE = Rule(
    code="YML013",
    summary="Directive is not supported",
    why="`%YAML 1.1` asks for other rules (`on` is true, `012` is ten), `%TAG` for tags.",
    example="%YAML 1.1\n---\nname: on",
    fix="Remove the line; manifests are YAML 1.2.",
)
UNENCODABLE = Rule(
    code="YML014",
    summary="Text holds half a character",
    why="An escape like `\\ud83d` is one half of a UTF-16 pair; alone it stands for nothing and cannot be sent.",
    example='displayName: "\\ud83d\\ude00"',
    fix="Write the character itself, or its full code as `\\U0001f600`.",
)

RULES = (
    EMPTY,
    DIRECTIVE,
    UNENCODABLE,
    DUPLICATE_KEY,
    MERGE_KEY,
    TAG,
    KEY_NOT_TEXT,
    NUMBER,
    TOO_DEEP,
    ALIASES,
    ALIAS,
    TOO_LONG,
    TOO_MANY,
)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as plain values, and where its first value stands."""

    value: Json
    source: Source


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
        self._aliased = 0

    def begin(self, event: Any) -> None:
        if len(self.composed.documents) >= DOCUMENTS_MOST:
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
            self._stop(TOO_MANY, f"The document holds more than {VALUES_MOST:,} values.", event)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.container, self._weight - frame.weight)
        self._frame = self._open.pop()

    def alias(self, event: Any) -> None:
        value, weight = self._anchors.get(event.anchor, (None, 0))
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

    def _source(self, event: Any) -> Source:
        mark = event.start_mark
        return Source(self._file, mark.line + 1, mark.column + 1)

    def _fault(self, rule: Rule, detail: str, event: Any) -> None:
        self.composed.faults.append(rule.found(detail).at(self._source(event)))

    def _stop(self, rule: Rule, detail: str, event: Any) -> None:
        self._fault(rule, detail, event)
        raise _Stop
