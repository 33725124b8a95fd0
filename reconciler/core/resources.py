"""Resources: what an author wished for, what is there, and both by address."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import Document, Json
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.recall import Children, Key

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Outline:
    """What others go by of a document without a look at its spec; what each member means, `Kind` says."""

    key: str
    references: tuple[Address, ...]
    stands_alone: bool
    borrowed: bool
    goal: State
    protected: bool


@dataclass(frozen=True, slots=True)
class Resource(Generic[S]):
    """One document of a manifest: its typed spec, where it stands, and whether it is a tombstone.

    `absent` is true for `metadata.state: absent`: the object is to be deleted.
    """

    address: Address
    spec: S
    outline: Outline
    source: Source
    absent: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default="", compare=False, repr=False)
    """A digest of the document, variables put in: where it is the same, the resource is. Empty where it is not known,
    and where something is wrong with the document."""

    @property
    def digest(self) -> str:
        """SHA-256 of the spec as its model holds it: however a document is written, what says the same has the same."""
        return hashlib.sha256(to_json(self.spec, by_alias=True)).hexdigest()


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


class Unopened(Record):
    """A record of which id, key and state are known; document and facts are made when somebody asks for them. Of most
    of ten thousand objects, nobody does.
    """

    __slots__ = ("_content",)
    _content: "Record | Callable[[], Record]"

    def __init__(self, kind: str, record: str, key: str, state: State, content: "Callable[[], Record]") -> None:
        put = object.__setattr__  # as any frozen value is filled
        put(self, "kind", kind)
        put(self, "id", record)
        put(self, "key", key)
        put(self, "state", state)
        put(self, "_content", content)

    @property
    def opened(self) -> Record:
        """The whole record."""
        if not isinstance(self._content, Record):
            object.__setattr__(self, "_content", self._content())
        assert isinstance(self._content, Record)
        return self._content

    @property
    def document(self) -> Document:
        return self.opened.document

    @property
    def facts(self) -> Mapping[str, Json]:
        return self.opened.facts

    def __eq__(self, other: object) -> bool:
        return self is other or self.opened == (other.opened if isinstance(other, Unopened) else other)

    def __hash__(self) -> int:
        return hash(self.opened)


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
    children: Mapping[Key, Children] = field(default_factory=dict)
    """What is remembered of the recalled objects."""

    def of(self, kind: str) -> tuple[Record, ...]:
        return self.records.get(kind, ())
