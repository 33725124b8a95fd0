"""What earlier applies left in memory, as the planner sees it. Values only; where they are kept is not known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.address import Address
from reconciler.core.document import Document
from reconciler.core.lifecycle import State


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply last made true of one address, and proved by reading back.

    `document` is the desired document of that moment, references resolved, secrets as references. `version` is that of
    the kind's normaliser (`Kind.version`): a document of another version says nothing about single fields. `protected`
    is what the manifest last said, so that protection outlives the file.
    """

    record: str
    document: Document
    goal: State
    protected: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memory of one organisation: which live id an address is bound to, and what was last applied to it.

    Nothing in it is needed to find a live object again: natural keys rebind everything.
    """

    bindings: Mapping[Address, str] = field(default_factory=dict)
    applied: Mapping[Address, Applied] = field(default_factory=dict)
