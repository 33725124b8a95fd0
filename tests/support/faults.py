"""The faults of the matrix, what one run with a fault in it came to, and what all of them did."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.address import Address
from reconciler.core.errors import InternalError, ReconcilerError
from reconciler.core.resources import Desired
from reconciler.engine import scope
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import planned, remembered
from tests.support.emulated import Emulated

IS_WHOLE = os.environ.get("FAULTS") == "all"
PLACES_EACH = 1
ONCE = (
    "reset-before",
    "reset-after",
    "timeout-after",
    "truncated-body",
    "short-json",
    "duplicate-delivery",
    "error-500",
    "error-500-after",
    "error-503",
    "rate-limited",
    "html",
    "html-after",
    "date-ahead",
    "date-behind",
    "slow",
    "stale-reads",
    "empty-400",
    "register-201",
    "expired-cursor",
)
FAULTS = {**{name: (name, 1) for name in ONCE}, **{f"{name} x 6": (name, 6) for name in ("error-500", "error-503")}}


@dataclass
class Tally:
    """What the whole matrix came to."""

    runs: int = 0
    failed: int = 0
    left: int = 0
    """Duplicates that are not ours to delete: the run named both objects, and so did the next plan."""
    duplicates: list[str] = field(default_factory=list)
    adrift: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.runs += other.runs
        self.failed += other.failed
        self.left += other.left
        self.duplicates += other.duplicates
        self.adrift += other.adrift

    def __str__(self) -> str:
        return (
            f"{self.runs} runs with one of {len(FAULTS)} faults in them, {self.failed} of them told of a failure; "
            f"after a re-run: {len(self.duplicates)} duplicates, {len(self.adrift)} worlds that did not converge; "
            f"{self.left} twins of a request that was delivered twice, named by run and plan for a person to delete"
        )


def attempt(
    organisation: Emulated, desired: Desired, bindings: Mapping[Address, str]
) -> tuple[Mapping[Address, str], list[Any]]:
    """Plan and apply once; the bindings after it, and the errors, all of which are ours."""
    try:
        needed = scope.needed(desired, KINDS, bindings)
        live = organisation.backend.read(needed, scope.wanted(desired, KINDS, bindings))
        plan = planned(desired, live, bindings)
        performer = Performer(organisation.backend, KINDS, organisation.clock)
        results = list(run(plan, performer, Course(1)))
    except ReconcilerError as error:
        return bindings, [error]
    errors = [result.error for result in results if result.error]
    errors += [ReconcilerError(problem.detail) for problem in plan.problems]
    assert not [error for error in errors if isinstance(error, InternalError)], errors
    return remembered(bindings, plan, results), errors


def begin_alike(organisation: Emulated) -> None:
    """Each run asks as often as the one whose requests were counted."""
    organisation.app.faults.disarm()
    driving = organisation.backend._driver
    driving._pace.first = driving.patience.first
    driving._unlisted.clear()


def places(length: int, turn: int) -> Iterable[int]:
    """All places; in the suite one, another for each fault and story."""
    if IS_WHOLE:
        return range(1, length + 1)
    return sorted({1 + (turn * 7 + step * length // PLACES_EACH) % length for step in range(PLACES_EACH)})
