"""An organisation in memory: the simplest thing that keeps the promises of `core.ports.Backend`. For tests and laws."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import count
from threading import Lock

from reconciler.core.document import Document
from reconciler.core.errors import CallRefused, NotFound
from reconciler.core.kind import Kind, Kinds
from reconciler.core.lifecycle import State
from reconciler.core.ports import Watcher
from reconciler.core.recall import Key
from reconciler.core.resources import Live, Record, S


class MemoryBackend:
    """Holds records, obeys lifecycles, and applies documents as they are. Thread-safe."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._records = {record.id: record for record in records}
        self._ids = count(1)
        self._lock = Lock()
        self.writes = 0

    def read(self, kinds: Kinds, wanted: Callable[[Record], bool]) -> Live:  # noqa: ARG002 - children cost nothing here
        with self._lock:
            records = tuple(self._records.values())
        return Live({name: tuple(r for r in records if r.kind == name) for name in kinds})

    def renew(self, kinds: Kinds, live: Live, objects: Collection[Key]) -> Live:  # noqa: ARG002 - nothing is recalled
        return live

    def find(self, kind: Kind[S], record: str) -> Record | None:
        with self._lock:
            found = self._records.get(record)
        return found if found and found.kind == kind.name else None

    def watched(self, watcher: Watcher) -> "MemoryBackend":
        """Nothing travels, so there is nothing to be told."""
        del watcher
        return self

    def follow(self, operation: str) -> str:
        """Everything ends at once."""
        del operation
        return ""

    def create(self, kind: Kind[S], document: Document) -> str:
        made = _imagined(kind, document, f"{kind.name}-{next(self._ids)}")
        with self._lock:
            if any(r.kind == kind.name and r.key == made.key for r in self._records.values()):
                raise CallRefused(f"An object with the key {made.key} exists.", status=409, error_code="E0000195")
            self._records[made.id] = made
            self.writes += 1
        return made.id

    def update(self, kind: Kind[S], record: str, document: Document) -> None:
        with self._lock:
            old = self._known(kind, record)
            made = _imagined(kind, _merged(old.document, document, kind.owned), record)
            self._records[record] = replace(made, state=old.state)
            self.writes += 1

    def move(self, kind: Kind[S], record: str, verb: str, target: State) -> None:
        with self._lock:
            if record not in self._records and target is State.DELETED:
                return
            old = self._known(kind, record)
            legal = any((m.verb, m.source, m.target) == (verb, old.state, target) for m in kind.lifecycle.moves)
            if not legal:
                raise CallRefused(f"{verb} is not possible in {old.state}.", status=400, error_code="E0000001")
            self.writes += 1
            if target is State.DELETED:
                del self._records[record]
            else:
                self._records[record] = replace(old, state=target)

    def _known(self, kind: Kind[S], record: str) -> Record:
        found = self._records.get(record)
        if found is None or found.kind != kind.name:
            raise NotFound(f"There is no {kind.name} {record}.")
        return found


def _imagined(kind: Kind[S], document: Document, record: str) -> Record:
    return kind.wire.record(kind.wire.imagine(document, record))


def _merged(live: Document, said: Document, owned: frozenset[str], *, within: bool = False) -> Document:
    """What a document names is as it says, and what it does not name stays, inside of children too; but of a collection
    that it owns only the children stay that it names.
    """
    merged = {} if within else dict(live)
    for key, value in said.items():
        was = live.get(key)
        if isinstance(value, dict) and isinstance(was, dict):
            merged[key] = _merged(was, value, owned, within=key in owned and not within)
        else:
            merged[key] = value
    return merged
