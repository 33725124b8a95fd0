"""Rulings: what one policy says about one object. Values only; nothing is evaluated here.

What a policy finds is a `Diagnostic` (code, severity, subject, detail, fix, source), like every other finding. In a
plan it stands where all findings stand: an error in `Plan.problems`, a warning in the `notes` of its change. Rulings
are the whole record, those that hold included, for reports that count them.
"""

from datetime import date

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody answers for a finding until a day, which counts."""

    owner: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"waived until {self.expires.isoformat()} by {self.owner}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one policy says about one object; about the plan as a whole where `subject` is empty.

    `finding` is None where the policy holds. `waiver` is one that is in force: what was found then stops nothing.
    """

    policy: str
    title: str
    subject: str = ""
    finding: Diagnostic | None = None
    waiver: Waiver | None = None

    @property
    def fails(self) -> bool:
        """Whether it stands in the way: an error that nobody answers for."""
        return self.finding is not None and self.finding.is_error and self.waiver is None
