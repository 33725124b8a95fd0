"""A row of the table `applied` as planner and readers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.core.document import Document, read_json
from reconciler.core.lifecycle import State
from reconciler.core.remembered import Applied

_STATES = {state.value: state for state in State}


class AppliedRow(Applied):
    """What was last applied, as the ledger holds it; its texts are read when somebody asks what they say. Of most of
    ten thousand rows, nobody does.
    """

    __slots__ = ("_document", "_secrets", "_text")
    _text: str
    _secrets: str
    _document: Document | None

    def __init__(self, row: Sequence[Any]) -> None:
        """Take record, document, goal, protected, version and secrets, as the table has them."""
        record, document, goal, protected, version, secrets = row
        put = object.__setattr__  # as any frozen value is filled
        put(self, "record", record)
        put(self, "goal", _STATES[goal])
        put(self, "protected", bool(protected))
        put(self, "version", version)
        put(self, "_text", document)
        put(self, "_secrets", secrets)
        put(self, "_document", None)

    @property
    def document(self) -> Document:
        if self._document is None:
            object.__setattr__(self, "_document", read_json(self._text))
        assert self._document is not None
        return self._document

    @property
    def secrets(self) -> Mapping[str, Document]:
        return read_json(self._secrets) if self._secrets != "{}" else {}

    @property
    def row(self) -> bytes:
        return f"{self.goal} {self.protected} {self._text}{self._secrets}".encode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applied) and self.resolved(self.document) == other.resolved(other.document)

    __hash__ = Applied.__hash__
