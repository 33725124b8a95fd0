"""The words in which a kind says how its objects are read and written over HTTP, without sending anything.

A flow is a generator: it yields what it wants done, and receives the answer, or the error thrown into it, so that it
may recover. The backend that drives a flow owns connections, credentials, paging, operations, waiting and retries.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, Literal, TypeVar

from reconciler.core.document import Document, Json
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.recall import Key
from reconciler.core.resources import Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. The answer is an `Answer`; an asynchronous one (202 with Location) is followed to its end first.

    `merge` marks a merge-patch (RFC 7396). `body` None sends no body.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    body: Json = None
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call led to: the status, the JSON body (None when there was none), and the id of what it made or
    changed where the operation names it.
    """

    status: int
    body: Json = None
    resource_id: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Every item of a list, over all its pages. The answer is a list of documents."""

    path: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Every item of a list that not every organisation has. The answer is a list of documents, or None where there is
    no such list; then no other of the same sort is asked for in this run.
    """

    path: str
    sort: str


@dataclass(frozen=True, slots=True)
class Until:
    """Read a path again, with growing pauses, until `done` accepts the body (None: 404, it is gone).

    The answer is that body. When the bound passes, `NotSettled` is thrown, saying `what` was waited for.
    """

    path: str
    done: Callable[[Document | None], bool]
    what: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Let some seconds pass, where nothing can be read that would tell when to go on. There is no answer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """What was last noted about an object. The answer is a document, empty where nothing was."""

    about: Key


@dataclass(frozen=True, slots=True)
class Note:
    """Note something about an object that the organisation says once and never again, in the place of what was noted
    before. It is durable when the flow goes on. There is no answer.
    """

    about: Key
    what: Document


Request = Call | Items | Listed | Until | Pause | Noted | Note
Flow = Generator[Request, Any, T]


@dataclass(frozen=True, slots=True)
class Inside:
    """Objects that live inside those of another kind, so that each of these has a list of its own.

    The id of such an object is that of the other, a slash, and its own.
    """

    kind: str
    listing: Callable[[Record], Flow[list[Document]]]
    """Read all raw objects inside one, without children."""


@dataclass(frozen=True, slots=True)
class Traces:
    """How the types of those events begin by which the System Log tells of a change to an object or to its children.

    `counted` are about an object or about children whose number the list shows, so that one which was added is noticed
    there. `uncounted` are about children of which the list says nothing: an event that names nothing known may be about
    any object of the kind.
    """

    counted: tuple[str, ...]
    uncounted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wire:
    """How the objects of one kind travel. `raw` is an object as the organisation gives it, with its children added."""

    listing: Callable[[], Flow[list[Document]]] | Inside
    """Read all raw objects, without children."""
    complete: Callable[[Document], Flow[Document]]
    """Add to a raw object the children that the list does not carry."""
    find: Callable[[str], Flow[Document | None]]
    """Read one raw object with its children by id; None when it is gone."""
    record: Callable[[Document], Record]
    """Normalise a raw object; one without its children gives id, key and state."""
    imagine: Callable[[Document, str], Document]
    """The raw object with an id, as it would be after a document came true and all went well."""
    create: Callable[[Document], Flow[str]]
    """Make the object that a desired document describes, wait until it has settled, give its id."""
    update: Callable[[str, Document], Flow[None]]
    """Make what the document names true of the live object; what it does not name stays."""
    move: Callable[[str, str, State], Flow[None]]
    """Make a lifecycle move (id, verb, target) and wait until the organisation shows it."""
    traces: Traces | None = None
    """How a change inside an object is noticed. With it, children may be remembered between runs, so they must not hold
    a secret; without, they are read every time.
    """
    glance: Callable[[Document], tuple[str, State]] | None = None
    """Key and state of a raw object, as its record has them. With it, an object that was recalled is normalised only
    where somebody looks inside.
    """


def converge(  # noqa: PLR0913 - six facts about one list; a parameter object would be built at each call and read once
    path: str,
    wanted: Mapping[str, Document],
    *,
    key: Callable[[Document], str],
    same: Callable[[Document, Document], bool],
    change: Callable[[Document, Document], Flow[None]],
    removable: Callable[[Document], bool],
) -> Flow[None]:
    """Make a list of children like `wanted`: add what lacks, change what differs, remove what is in excess.

    Reads first and writes only differences, so it may be repeated after any interruption.
    """
    present = {key(item): item for item in (yield Items(path))}
    for name, body in wanted.items():
        item = present.get(name)
        if item is None:
            yield Call("POST", path, body)
        elif not same(item, body):
            yield from change(item, body)
    for name, item in present.items():
        if name not in wanted and removable(item):
            yield Call("DELETE", f"{path}/{item['id']}")
