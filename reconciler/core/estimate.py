"""How many requests a plan will take, and how long that is under a rate limit. A rule of thumb, and said to be one."""

from collections.abc import Mapping
from typing import assert_never

from reconciler.core.document import Document, Ref
from reconciler.core.noun import dataclass
from reconciler.core.plan import Create, Plan, Step, Transition, Update

_NO_LIMIT = 100_000
"""Requests a minute from which on a limit is none for the sizes that plans have."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests that an apply will send, and the tightest limit that was learnt: of its requests a minute, ours."""

    requests: int
    limit: int | None = None
    ours: int | None = None

    @property
    def minutes(self) -> float | None:
        """How long they take at that limit; None where no limit was learnt."""
        return self.requests / self.ours if self.ours else None

    def to_json(self) -> Document:
        """The estimate for machines; it is no part of a plan's digest."""
        return {
            "requests": self.requests,
            "limit_per_minute": self.limit,
            "ours_per_minute": self.ours,
            "minutes": round(self.minutes, 1) if self.minutes is not None else None,
        }


def schema() -> Document:
    """What a plan that was just made may say beside itself: the members of `to_json`."""
    number = {"type": "integer"}
    return {
        "type": "object",
        "description": "What an apply will take; said where a rate limit is known, and no part of the digest.",
        "properties": {
            "requests": number,
            "limit_per_minute": number,
            "ours_per_minute": number,
            "minutes": {"type": "number"},
        },
        "required": ["requests", "limit_per_minute", "ours_per_minute", "minutes"],
    }


def estimate(plan: Plan, limits: Mapping[str, tuple[int, int]]) -> Estimate:
    """Give the estimate for a plan; `limits` are those of each bucket a minute, and how many of them are for us."""
    requests = sum(_requests(step) for step in plan.steps)
    tight = [each for each in limits.values() if each[0] < _NO_LIMIT]
    limit, ours = min(tight, key=lambda each: each[1]) if tight else (None, None)
    return Estimate(requests, limit, ours)


def _requests(step: Step) -> int:
    """What a step takes: the write, its operation, reading back, and as much again for each child."""
    match step:
        case Create():
            return 8 + 2 * _children(step.document)
        case Update():
            return 6 + _children(step.document)
        case Transition():
            return 3 if step.record is None else 5
        case _:
            assert_never(step)


def _children(document: Document) -> int:
    """How many named objects a document holds, and those inside of them."""
    return sum(_named(value) for value in document.values() if isinstance(value, dict) and Ref.read(value) is None)


def _named(held: Document) -> int:
    within = [value for value in held.values() if isinstance(value, dict) and Ref.read(value) is None]
    return len(within) + sum(_children(value) for value in within)
