"""How two plans for the same manifests differ: what was approved, and what would be done now. Values only."""

from enum import StrEnum

from reconciler.core.noun import dataclass
from reconciler.core.plan import FieldChange


class Side(StrEnum):
    """Which of the two plans has it."""

    ADDED = "added"
    """Only the plan of now."""
    GONE = "gone"
    """Only the plan that was approved."""
    CHANGED = "changed"
    """Both, and it is not the same."""


@dataclass(frozen=True, slots=True)
class PathDifference:
    """One path of an object: what the approved plan would do there, and what that of now would; None for nothing."""

    path: str
    approved: FieldChange | None = None
    now: FieldChange | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One address: in words what the approved plan would do with it, what that of now would, and at which paths."""

    address: str
    side: Side
    approved: str = ""
    now: str = ""
    paths: tuple[PathDifference, ...] = ()
