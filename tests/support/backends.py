"""Backends that misbehave in one chosen way, around one that keeps its promises."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from reconciler.backends.memory import MemoryBackend
from reconciler.core.document import Document
from reconciler.core.kind import Kind
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record


class OddBackend(MemoryBackend):
    """Calls a hook before each write; shows objects through a lens; makes new objects land elsewhere."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        super().__init__(records)
        self.calls: list[tuple[str, ...]] = []
        self.before: Callable[[str, str], None] = lambda _word, _what: None
        self.lens: Callable[[Record | None], Record | None] = lambda record: record
        self.landing: State | None = None

    def find(self, kind: Kind[Any], record: str) -> Record | None:
        self.calls.append(("find", record))
        return self.lens(super().find(kind, record))

    def create(self, kind: Kind[Any], document: Document) -> str:
        self.calls.append(("create", kind.name))
        self.before("create", kind.name)
        made = super().create(kind, document)
        if self.landing:
            self._records[made] = replace(self._records[made], state=self.landing)
        return made

    def update(self, kind: Kind[Any], record: str, document: Document) -> None:
        self.calls.append(("update", record))
        self.before("update", record)
        super().update(kind, record, document)

    def move(self, kind: Kind[Any], record: str, verb: str, target: State) -> None:
        self.calls.append((verb, record))
        self.before(verb, record)
        super().move(kind, record, verb, target)

    def state(self, record: str) -> State:
        return self._records[record].state
