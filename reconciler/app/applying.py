"""Applying: a plan in, one result a step out, remembered as it goes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.app import evidence, organisations
from reconciler.app.secret import demand_secrets, revealer
from reconciler.app.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.errors import PlanStale
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Plan
from reconciler.core.plan_file import digest
from reconciler.core.result import StepResult
from reconciler.engine import apply as engine_apply
from reconciler.engine import guards, planner
from reconciler.engine.readiness import Gate
from reconciler.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Limits:
    """What an apply may do, how much at once, and how many seconds it waits for the organisation."""

    allow_delete: int | None = None
    parallelism: int = 10
    wait: float = 120.0
    gate: Gate | None = None
    """What readiness decides, where the command line says so."""
    digest: str | None = None
    """The digest of the plan that was reviewed, where only that may be applied."""


def refuse(chosen: Plan, limits: Limits) -> None:
    """Raise unless the plan is the one that was reviewed, and may be applied within the limits."""
    if limits.digest is not None and digest(chosen) != limits.digest:
        raise PlanStale(
            f"Its digest is {digest(chosen)}, expected was {limits.digest}: it is not the plan that was reviewed.",
            fix="Review this plan, then expect its digest.",
        )
    guards.refuse(chosen, limits.allow_delete)


def apply(
    workspace: Workspace, chosen: Plan, limits: Limits, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepResult]:
    """Perform a plan, one result a step as it ends; raise before anything is sent when a guard says no."""
    from reconciler.ledger.notes import Memory
    from reconciler.ledger.store import Ledger

    refuse(chosen, limits)
    demand_secrets(chosen, revealer(workspace.root))
    strictness = evidence.strictness(workspace, evidence.Asking(limits.gate))
    needed = strictness.gate if planner.activates(chosen.steps) else Gate.OFF
    with (
        organisations.connect(workspace, limits.wait) as backend,
        Ledger.open(workspace.ledger_file, workspace.target.organisation) as ledger,
        evidence.judge(workspace, needed) as judge,
    ):
        backend.preflight(KINDS[name] for name in dict.fromkeys(step.address.kind for step in chosen.steps))
        ledger.bind(_known(chosen, ledger.bindings()))
        performer = engine_apply.Performer(
            backend, KINDS, organisations.SystemClock(), judge=judge, strictness=strictness
        )
        memory = Memory(ledger, frozenset(c.address for c in chosen.changes if c.action is Action.REPLACE))
        for result in engine_apply.run(chosen, performer, parallelism=limits.parallelism, stop=stop):
            memory.note(result)
            yield result


def _known(chosen: Plan, bound: Mapping[Address, str]) -> Mapping[Address, str]:
    """The live objects that the plan recognised and the ledger does not know yet."""
    return {
        change.address: change.record
        for change in chosen.changes
        if change.record
        and change.goal is not State.DELETED
        and change.action is not Action.REPLACE
        and bound.get(change.address) != change.record
    }
