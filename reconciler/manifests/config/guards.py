"""What a plan may take away, and when a saved one expires."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.spec import Strict

Number = Annotated[int, Field(ge=0, le=1_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]


class BudgetSettings(Strict):
    """How many objects of a kind one plan may delete or change; what is not written is not bounded."""

    deletes: Number | None = None
    """At most so many objects may be deleted, replaced ones included."""
    delete_percent: Percent | None = Field(default=None, examples=[30])
    """At most such a part of the managed objects may be deleted."""
    changes: Number | None = None
    """At most so many live objects may be changed, moved or deleted."""
    change_percent: Percent | None = None
    """At most such a part of the managed objects may be changed, moved or deleted."""
    minimum_population: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """Percentages count only where at least so many objects are managed."""


class GuardSettings(Strict):
    """What stands between a slip and the organisation."""

    prune: Literal["none", "managed"] = "none"
    """What becomes of an object whose document is gone. none: it is left as it is, and named; managed: it is deleted,
    as far as an apply allows deletions."""
    budgets: dict[Annotated[str, Field(min_length=1, max_length=63)], BudgetSettings] = Field(
        default={"default": BudgetSettings.model_construct(delete_percent=30)},
        examples=[{"default": {"deletePercent": 30}}],
    )
    """Budgets by kind; `default` is that of the kinds that are not named."""
    plan_valid_hours: Annotated[int, Field(ge=1, le=8760)] = 168
    """For how long a saved plan may be applied."""
