"""The plan: what will be done, why, and in which order. It knows no printing and no performing."""

from dataclasses import field
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import Document, Json
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan_format import FORMAT_VERSION
from reconciler.core.risk import Hazard


def _address(value: object) -> Address:
    return value if isinstance(value, Address) else Address.parse(str(value))


AddressText = Annotated[
    Address,
    BeforeValidator(_address),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "description": "Kind and name, for example McpServer.jira."}),
]


class Action(StrEnum):
    """What happens to one address."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    REVALIDATE = "revalidate"
    ADOPT = "adopt"
    MOVE = "move"
    FORGET = "forget"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    NOOP = "no-op"


SILENT = frozenset({Action.NOOP, Action.ADOPT, Action.FORGET})
"""Actions that change nothing that anybody sees: at most, memory is brought up to date."""


class Reason(StrEnum):
    """Why it happens; stable words for machines."""

    MISSING = "missing"
    FIELDS_DIFFER = "fields-differ"
    STATE_DIFFERS = "state-differs"
    IDENTITY_CHANGED = "identity-changed"
    INVALID = "invalid"
    TOMBSTONE = "tombstone"
    ORPHANED = "orphaned"
    PROTECTED = "protected"
    HELD = "held"
    NO_ROUTE = "no-route"
    UNREADABLE = "unreadable"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    CONVERGED = "converged"
    ACCEPTED = "accepted"
    """Drift of the whole object that somebody lives with."""
    NOT_REMEMBERED = "not-remembered"
    REMEMBERED_OTHERWISE = "remembered-otherwise"
    RENAMED = "renamed"
    GONE = "gone"


class Origin(StrEnum):
    """Whose doing a difference between manifest and organisation is, seen from what was last applied."""

    PENDING = "pending"
    """The manifest changed, or nothing is remembered."""
    DRIFT = "drift"
    """The organisation changed."""
    CONFLICT = "conflict"
    """Both changed, to different values."""
    ACCEPTED = "accepted"
    """The organisation changed, and somebody accepted that: it is left so."""
    CONVERGED = "converged"
    """Both changed, to the same value: nothing differs but memory."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One path of a document that differs. `before` is meaningless for an addition, `after` for a removal."""

    path: tuple[str, ...]
    op: Literal["add", "change", "remove"]
    before: Json = None
    after: Json = None
    origin: Origin = Origin.PENDING
    last: Json = None
    """Of drift and of conflicts: what was last applied; None when it was not there."""


def place(address: Address, path: tuple[str, ...]) -> str:
    """The name of a path of an object, as people give it: `McpServer.jira.description`."""
    return ".".join((str(address), *path))


@dataclass(frozen=True, slots=True)
class Create:
    """Make an object from a document. `goal` is where the whole plan wants it, after its other steps."""

    id: str
    address: AddressText
    document: Document
    goal: State
    after: tuple[str, ...] = ()
    op: Literal["create"] = "create"


@dataclass(frozen=True, slots=True)
class Update:
    """Make what a document names true of a live object."""

    id: str
    address: AddressText
    record: str
    document: Document
    after: tuple[str, ...] = ()
    op: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class Transition:
    """Move an object along its lifecycle; a delete is a transition to DELETED.

    `record` is the live object's id; None means the object that this plan creates for the address. `document` is what
    readiness is judged by before an activation.
    """

    id: str
    address: AddressText
    record: str | None
    verb: str
    source: State
    target: State
    document: Document = field(default_factory=dict)
    predecessor: bool = False
    """Whether it is about an object that another one of the same address takes, or has taken, the place of."""
    after: tuple[str, ...] = ()
    op: Literal["transition"] = "transition"


Step = Annotated[Create | Update | Transition, Field(discriminator="op")]


@dataclass(frozen=True, slots=True)
class Change:
    """One address: what will happen, why, how risky it is, and the steps that make it so, in order."""

    address: AddressText
    action: Action
    reason: Reason
    risk: Risk = Risk.LOW
    """The greatest of `hazards`."""
    record: str | None = None
    """Id of the live object; None when there is none."""
    state: State | None = None
    """Where the live object stands."""
    goal: State | None = None
    fields: tuple[FieldChange, ...] = ()
    steps: tuple[Step, ...] = ()
    cuts: tuple[AddressText, ...] = ()
    """The documents that lean on the object which goes away."""
    notes: tuple[Diagnostic, ...] = ()
    readiness: Assessment | None = None
    """What the readiness checks said of an object that is to be activated, where they were asked."""
    source: Source | None = None
    document: Document | None = None
    """What is to be remembered as applied, once it is: the desired document, references resolved where that is known
    already. None where there is nothing to remember (no change, or a deletion)."""
    protected: bool = False
    """Whether the object is to be remembered as protected."""
    remembered: bool = False
    """Whether the origins of the fields are known: there is memory of this very object."""
    previous: AddressText | None = None
    """The address under which the object is remembered, where that is another one: it was renamed."""
    state_origin: Origin | None = None
    """Whose doing it is that the object is not in the wanted state; None when it is, or when nobody knows."""
    hazards: tuple[Hazard, ...] = ()
    """What makes it worth a second look, by the rules of risk."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A live object that the plan touches or leans on, as it was when the plan was made."""

    address: AddressText
    kind: str
    id: str
    state: State
    document: Document
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live object that no manifest describes."""

    kind: str
    id: str
    key: str
    state: State
    orphan_of: AddressText | None = None
    """The address that used to describe it, where that is known: its file is gone, the object is not deleted."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan is to be applied: the organisation, under the name of an environment."""

    environment: str
    type: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a plan is bound to besides its meaning: where it came from, and until when it may be applied."""

    created: AwareDatetime
    expires: AwareDatetime
    commit: str = ""
    """The commit of the manifests; empty outside of a repository."""
    config: str = ""
    """Digest of the manifests and of the settings that planning goes by."""
    policy: str = ""
    """Digest of the policy that the plan was judged by; empty without one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one run would do. The same value is printed, saved and performed."""

    target: Target
    changes: tuple[Change, ...]
    problems: tuple[Diagnostic, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    unmanaged: tuple[Unmanaged, ...] = ()
    taken: tuple[str, ...] = ()
    """The conflicting paths that somebody decided for the manifest (`--take-ownership`), as they were given."""
    envelope: Envelope | None = None
    tool_version: str = ""
    format_version: str = FORMAT_VERSION
    notes: tuple[Diagnostic, ...] = ()
    """What a reviewer has to know of the plan as a whole, and that stands in nobody's way."""

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for change in self.changes for step in change.steps)

    @property
    def effective(self) -> tuple[Change, ...]:
        """The changes less those that change nothing at the organisation."""
        return tuple(change for change in self.changes if change.action not in SILENT)

    @property
    def adopted(self) -> tuple[Change, ...]:
        """What is as the manifests say, and that memory does not know, or knows differently."""
        return tuple(change for change in self.changes if change.action is Action.ADOPT)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do and nothing in the way."""
        return not self.effective and not self.problems

    @property
    def deletes(self) -> int:
        """How many objects go away, replaced ones included."""
        return sum(isinstance(step, Transition) and step.target is State.DELETED for step in self.steps)
