"""The ports: what the engine asks of the world. Promises stand here; backends and tests keep them."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.evidence import Assessment
from reconciler.core.journal import Past, Told
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.recall import Key, Memory, News
from reconciler.core.resources import Live, Record, S


class Reader(Protocol):
    """A place that can be read. Reading never changes anything."""

    def read(self, kinds: Kinds, wanted: Callable[[Record], bool]) -> Live:
        """Read all objects of the kinds. A kind that cannot be read is `unreadable`; a list is whole or an error.

        Objects that are `wanted` come with their children; of the others only id, key and state need be known.

        Raises RemoteError when nothing can be read at all.
        """
        ...

    def renew(self, kinds: Kinds, live: Live, objects: Collection[Key]) -> Live:
        """Give a reading of this reader with those of the objects that it only recalled read now.

        What is gone by now is left out; a kind that may not be read any more is `unreadable`.
        """
        ...

    def find(self, kind: Kind[S], record: str) -> Record | None:
        """Read one object by id; None when it is gone."""
        ...


class Watcher(Protocol):
    """Is told of each write of one step, in the thread that sends it."""

    def sends(self, method: str, path: str) -> None:
        """Before a write is sent: what it is told is durable when it returns.

        Raises LedgerError, or LeaseLost, when nothing may be sent any more.
        """
        ...

    def answered(self, told: Told) -> None:
        """After the answer, also a refusal; durable when it returns if there is an operation to follow."""
        ...

    def ended(self, record: str) -> None:
        """After an operation was seen to end well; `record` is the id it names, or empty."""
        ...


class Journal(Protocol):
    """What a run writes down as it goes."""

    def watcher(self, step: str) -> Watcher:
        """Give who is told of the writes of a step."""
        ...

    def past(self, step: str) -> Past:
        """Give what an earlier part of the run left of a step."""
        ...


class Backend(Reader, Protocol):
    """A place that can be written. Every write is finished, or has failed, when the call returns."""

    def watched(self, watcher: Watcher) -> "Backend":
        """Give the same place, whose writes are told to a watcher."""
        ...

    def follow(self, operation: str) -> str:
        """Wait for the end of an operation that an answer named; give the id it names, or empty text.

        Raises OperationFailed when it ended badly. One that the organisation has forgotten has ended.
        """
        ...

    def create(self, kind: Kind[S], document: Document) -> str:
        """Make an object and give its id. Not repeatable: a key that exists is CallRefused."""
        ...

    def update(self, kind: Kind[S], record: str, document: Document) -> None:
        """Make what the document names true; what it does not name stays. Repeatable."""
        ...

    def move(self, kind: Kind[S], record: str, verb: str, target: State) -> None:
        """Make one lifecycle move. An illegal one is CallRefused; deleting what is gone is fine."""
        ...


Judge = Callable[[Address, Record], Assessment | None]
"""Asks an object's own endpoints, without any credential, whether it is ready right now; None where there are none."""


class Cache(Protocol):
    """What earlier readings of one organisation saw. Losing it costs requests and nothing else."""

    def recall(self) -> Memory:
        """Give everything that is remembered; nothing where the memory cannot be read."""
        ...

    def keep(self, news: News) -> None:
        """Add to the memory, as far as that is possible at once: it never raises and hardly waits."""
        ...


class Notebook(Protocol):
    """What an organisation says once and never again, such as the id of a key. Losing it costs a person's work."""

    def noted(self, about: Key) -> Document:
        """Give what was last noted about an object; empty where nothing was.

        Raises LedgerError.
        """
        ...

    def note(self, about: Key, what: Document) -> None:
        """Note something in the place of what was noted; durable when it returns.

        Raises LedgerError.
        """
        ...


class Calendar(Protocol):
    """The date, so that tests can choose it."""

    def today(self) -> datetime:
        """This moment, with its time zone."""
        ...


class Clock(Protocol):
    """Time, so that tests need none of the real one."""

    def now(self) -> float:
        """Seconds that only ever grow; the zero is arbitrary."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Interruptible by KeyboardInterrupt in the main thread."""
        ...
