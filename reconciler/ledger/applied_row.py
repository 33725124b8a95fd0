"""A row of the table `applied` as planner and readers see it."""

from collections.abc import Mapping
from typing import Any

from reconciler.core.document import Document, read_json
from reconciler.core.lifecycle import STATES, State
from reconciler.core.remembered import Applied


class AppliedRow(Applied):
    """What was last applied, as the ledger holds it: kind, name, record, document, goal, protected, version, secrets.
    Its texts are read when somebody asks what they say. Of most of ten thousand rows, nobody does.
    """

    __slots__ = ("_document", "_row")
    _row: tuple[Any, ...]
    _document: Document | None

    def __init__(self, row: tuple[Any, ...]) -> None:
        object.__setattr__(self, "_row", row)  # as any frozen value is filled
        object.__setattr__(self, "_document", None)

    @property
    def record(self) -> str:
        record: str = self._row[2]
        return record

    @property
    def document(self) -> Document:
        if self._document is None:
            object.__setattr__(self, "_document", read_json(self._row[3]))
        assert self._document is not None
        return self._document

    @property
    def goal(self) -> State:
        return STATES[self._row[4]]

    @property
    def protected(self) -> bool:
        return bool(self._row[5])

    @property
    def version(self) -> int:
        version: int = self._row[6]
        return version

    @property
    def secrets(self) -> Mapping[str, Document]:
        text = self._row[7]
        return read_json(text) if text != "{}" else {}

    @property
    def row(self) -> str:
        _, _, record, document, goal, protected, version, secrets = self._row
        return f"{record} {version} {goal} {protected} {secrets} {document}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applied) and self.resolved(self.document) == other.resolved(other.document)

    __hash__ = Applied.__hash__
