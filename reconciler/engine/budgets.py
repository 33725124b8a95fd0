"""Budgets: how much of what is managed one plan may take away or change, so that one slip stays small."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Change, Create, Transition
from reconciler.core.quantity import counted

OVER_BUDGET = Rule(
    code="PLN012",
    summary="The plan takes away or changes more than its budget allows",
    why="A wrong variable, a lost folder or a bad merge looks like a plan with very many changes; `guards.budgets` in "
    "reconciler.yaml says how many are usual, as a number and as a part of what is managed.",
    example="40 of 100 MCP servers deleted, with deletePercent: 30",
    fix="Check the plan. If it is meant, do it in smaller parts, or raise the budget in a change of its own.",
)
EVERY_KIND = "default"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many objects of one kind a plan may delete, and how many live ones it may change; None: any number.

    The percentages count only where at least `population` objects are managed. A replaced object is deleted too.
    """

    deletes: int | None = None
    delete_percent: int | None = None
    changes: int | None = None
    change_percent: int | None = None
    population: int = 10


Budgets = Mapping[str, Budget]
"""By the name of a kind; `default` for those that are not named."""


def exceeded(changes: Iterable[Change], managed: Mapping[str, int], budgets: Budgets) -> Iterator[Diagnostic]:
    """Name each budget that a plan exceeds; `managed` is how many live objects of each kind are ours."""
    deletes, touched = Counter[str](), Counter[str]()
    for change in (change for change in changes if change.steps):
        deletes[change.address.kind] += sum(
            isinstance(step, Transition) and step.target is State.DELETED for step in change.steps
        )
        touched[change.address.kind] += any(not isinstance(step, Create) and step.record for step in change.steps)
    for kind in sorted(touched):
        budget = budgets.get(kind, budgets.get(EVERY_KIND, Budget()))
        population = managed.get(kind, 0)
        rated = population if population >= budget.population else 0
        for what, count, most, percent in (
            ("deletes", deletes[kind], budget.deletes, budget.delete_percent),
            ("changes", touched[kind], budget.changes, budget.change_percent),
        ):
            said = f"It {what} {count} of {counted(population, 'object')} of the kind {kind}"
            if most is not None and count > most:
                yield OVER_BUDGET.found(f"{said}; its budget is {most}.", subject=kind)
            elif percent is not None and rated and count * 100 > percent * rated:
                yield OVER_BUDGET.found(f"{said}; its budget is {percent} %.", subject=kind)
