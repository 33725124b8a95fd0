"""What is accepted: the baseline beside `reconciler.yaml`, and what of it holds today."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from reconciler import manifests
from reconciler.app.workspace import Workspace, has_errors
from reconciler.core import errors
from reconciler.core.noun import dataclass
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.core.drift import Acceptance
    from reconciler.core.plan import Plan
    from reconciler.core.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Baseline:
    """The acceptances for one environment, and the text that they stand in; None where there is no file."""

    entries: "tuple[Acceptance, ...]" = ()
    text: str | None = None


def read(workspace: Workspace, file: str = manifests.BASELINE_FILE) -> Baseline:
    """Read a baseline below the root; raise ConfigurationInvalid with everything that is wrong with it."""
    if manifests.leaves_root(file):
        raise errors.UsageError(f"{file} leads out of the project.", fix="Name a file below the project's folder.")
    if not manifests.is_there(workspace.root, file):
        return Baseline()
    found = manifests.read_baseline(workspace.root, file, KINDS)
    if has_errors(found.faults):
        raise errors.ConfigurationInvalid(found.faults)
    return Baseline(tuple(e for e in found.entries if e.environment == workspace.environment), found.text)


def accepted(entries: "Sequence[Acceptance]", made: "Plan", remembered: "Remembered") -> frozenset[str]:
    """Give the paths at which a plan leaves drift as it is: accepted, at this very value, and not expired."""
    if not entries:
        return frozenset()
    from reconciler.core.drift import Standing
    from reconciler.engine import drift

    judged, _ = drift.judge(drift.differences(made, remembered), drift.Tolerance(today(), entries))
    return frozenset(each.difference.path for each in judged if each.standing is Standing.ACCEPTED)


def today() -> date:
    """The day by which acceptances expire, in UTC."""
    return datetime.now(UTC).date()
