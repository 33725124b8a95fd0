"""Resources: what an author wished for, what is there, and both by address."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import Document, Json
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.recall import Key

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Resource(Generic[S]):
    """One document of a manifest: its typed spec, where it stands, and whether it is a tombstone.

    `absent` is true for `metadata.state: absent`: the object is to be deleted.
    """

    address: Address
    spec: S
    source: Source
    absent: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


Desired = Mapping[Address, Resource[Any]]
"""Everything that the manifests describe, by address, in a fixed order."""


@dataclass(frozen=True, slots=True)
class Record:
    """One live object, as a kind normalised it.

    `id` is the organisation's; `key` the natural key under which a manifest finds it again; `document` has the
    shape of the kind's desired document; `facts` are values that only the server sets and that others may refer
    to (`id`, `orn`, `issuer`) or that a person wants to see. Facts are never compared.

    The id of an object inside another is the other's, a slash, and its own.
    """

    kind: str
    id: str
    key: str
    state: State
    document: Document
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recalled:
    """The objects of a reading whose children an earlier one saw, and how old the oldest of these is, in seconds.

    `remark` says in a sentence why more was read than was asked for.
    """

    objects: frozenset[Key] = frozenset()
    oldest: float = 0.0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """What an organisation holds: records by kind, and the kinds that could not be read.

    A kind in `unreadable` is unknown, never empty: nothing of it may be created or deleted.
    """

    records: Mapping[str, tuple[Record, ...]]
    unreadable: Mapping[str, Diagnostic] = field(default_factory=dict)
    recalled: Recalled = Recalled()

    def of(self, kind: str) -> tuple[Record, ...]:
        return self.records.get(kind, ())
