"""Drift: how an organisation differs from its manifests, and which of that somebody has to hear of. Values only."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import Json, fingerprint
from reconciler.core.evidence import Assessment
from reconciler.core.noun import dataclass
from reconciler.core.plan import AddressText, Target
from reconciler.core.resources import Recalled


class Category(StrEnum):
    """What about an object differs."""

    FIELD = "field"
    STATE = "state"
    """It stands in another state than its manifest wants."""
    HEALTH = "health"
    """The organisation calls it INVALID; nobody needs to have edited anything."""
    OBJECT = "object"
    """The object itself: a manifest describes it, and it is not there."""
    UNMANAGED = "unmanaged"
    """It is there, and no manifest describes it."""


class Direction(StrEnum):
    """Which side has more."""

    EXTRA = "live-has-extra"
    LACKS = "live-lacks"
    DIFFERS = "both-differ"


class Cause(StrEnum):
    """Whose doing it is, seen from what was last applied."""

    ORGANISATION = "organisation"
    """The organisation changed: drift."""
    BOTH = "both"
    """Manifest and organisation changed, to different values."""
    MANIFEST = "manifest"
    """Only the manifest changed: an apply is pending, nothing has drifted."""
    UNKNOWN = "unknown"
    """Nothing is remembered of the object."""


class Standing(StrEnum):
    """What becomes of a difference. The first three alarm."""

    NEW = "new"
    CHANGED = "changed"
    """It was accepted, and the live value is another one since."""
    EXPIRED = "expired"
    """It was accepted, and the day is past."""
    ACCEPTED = "accepted"
    UNCONFIRMED = "unconfirmed"
    """It was not seen often enough in a row."""
    PENDING = "pending"
    """The next apply ends it; it is no drift."""
    NOTED = "noted"
    """An object that no manifest describes, where that is no reason to alarm."""


ALARMING = frozenset({Standing.NEW, Standing.CHANGED, Standing.EXPIRED})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changed an object last, when (ISO 8601) and by which event, as the System Log tells."""

    name: str
    at: str
    event: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A difference that somebody lives with: which one, at which live value, who answers for it, why, and until when.

    `live` is None where the organisation lacks what is wished. The last day counts.
    """

    path: str
    environment: str
    owner: str
    reason: str
    expires: date
    live: Json = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `live` and `wished` are None where that side has nothing."""

    path: str
    """Its name, as people give it: `McpServer.jira.displayName`, `McpServer.jira`, `McpServer/ems…` when unmanaged."""
    category: Category
    direction: Direction
    kind: str
    record: str | None
    address: AddressText | None = None
    live: Json = None
    wished: Json = None
    cause: Cause = Cause.UNKNOWN
    source: Source | None = None

    @property
    def mark(self) -> str:
        """What stays equal as long as the difference is the same one."""
        return fingerprint({"direction": str(self.direction), "live": self.live})


@dataclass(frozen=True, slots=True)
class Judged:
    """A difference with what becomes of it."""

    difference: Difference
    standing: Standing
    acceptance: Acceptance | None = None
    sightings: int = 1
    """How often in a row it was seen, this time included."""
    first_seen: str | None = None
    """When it was first seen (ISO 8601), where that is known."""
    actor: Actor | None = None

    @property
    def alarms(self) -> bool:
        return self.standing in ALARMING


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many live objects of a kind manifests describe."""

    described: int
    total: int


@dataclass(frozen=True, slots=True)
class Look:
    """An earlier look: when it was (ISO 8601), whether it was clean, and how many in a row ended the same way."""

    at: str
    clean: bool
    in_a_row: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that one look found."""

    target: Target
    at: str
    """When it was looked (ISO 8601, UTC)."""
    as_of: date
    """The day by which acceptances are judged."""
    found: tuple[Judged, ...]
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    """What kept the look from being whole."""
    warnings: tuple[Diagnostic, ...] = ()
    unused: tuple[Acceptance, ...] = ()
    """Acceptances that accept nothing any more."""
    previous: Look | None = None
    assessments: Mapping[AddressText, Assessment] = field(default_factory=dict)
    """Whether servers that are ACTIVE are ready, where that was asked."""
    recalled: Recalled = field(default_factory=Recalled)
    """What was taken from an earlier reading, since nothing showed that it had moved."""
    tool_version: str = ""

    @property
    def alarms(self) -> tuple[Judged, ...]:
        return tuple(each for each in self.found if each.alarms)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to alarm about, and the look was whole."""
        return not self.alarms and not self.problems
