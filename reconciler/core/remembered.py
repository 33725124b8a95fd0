"""What earlier runs left in memory, as planner and readers see it. Values only; where they are kept is unknown here."""

from collections.abc import Mapping
from dataclasses import field

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply last made true of one address, and proved by reading back.

    `document` is the desired document of that moment, references resolved, secrets as references. `version` is that of
    the kind's normaliser (`Kind.version`): a document of another version says nothing about single fields. `protected`
    is what the manifest last said, so that protection outlives the file. `secrets` says by path what was last sent of
    each secret: its keyed fingerprint and its generation, never the value. `row` is all of this as a ledger holds it,
    empty where it is from nowhere.
    """

    record: str
    document: Document
    goal: State
    protected: bool = False
    version: int = 1
    secrets: Mapping[str, Document] = field(default_factory=dict)
    row: str = field(default="", compare=False, repr=False)

    def resolved(self, document: Document) -> "Applied":
        """The same with another document."""
        return Applied(self.record, document, self.goal, self.protected, self.version, self.secrets, self.row)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memory of one organisation: which live id an address is bound to, and what was last applied to it.

    Nothing in it is needed to find a live object again: natural keys rebind everything.
    """

    bindings: Mapping[Address, str] = field(default_factory=dict)
    applied: Mapping[Address, Applied] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that was seen with the same mark `count` times in a row. Times are in seconds since 1970."""

    mark: str
    count: int
    first_seen: float
    last_seen: float
