"""Planning: manifests and organisation in, plan out; and whether a saved plan still holds."""

from dataclasses import dataclass, replace
from functools import partial

from reconciler import __version__, ledger
from reconciler.app import evidence, organisations
from reconciler.app.evidence import Asking
from reconciler.app.workspace import Workspace, desired
from reconciler.core import errors
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.plan import Plan
from reconciler.core.ports import Reader
from reconciler.core.resources import Record
from reconciler.engine import guards, holding, planner, scope, staleness
from reconciler.engine.readiness import Gate
from reconciler.kinds import KINDS

_ASKING = Asking()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the warnings that the manifests gave on the way."""

    plan: Plan
    warnings: tuple[Diagnostic, ...]


def plan(workspace: Workspace, asking: Asking = _ASKING) -> Planned:
    """Compare the manifests with the organisation, and ask what would be activated whether it is ready.

    Writes nothing but an embedded organisation's own file.
    """
    loaded = desired(workspace)
    remembered = ledger.read(workspace.ledger_file, workspace.target.organisation)
    needed = scope.needed(loaded.desired, KINDS, remembered.bindings)
    context = planner.Context(remembered, strictness=evidence.strictness(workspace, asking))
    with organisations.connect(workspace) as backend:
        live = backend.read(needed, scope.wanted(loaded.desired, KINDS, remembered.bindings))
        make = partial(planner.make_plan, loaded.desired, live, KINDS, workspace.target)
        made = make(context)
        if made.deletes:
            context = replace(context, bystanders=_bystanders(backend))
            made = make(context)
    activated = [change.address for change in made.changes if planner.activates(change.steps)]
    if activated and context.strictness.gate is not Gate.OFF:
        bound = partial(scope.bind, loaded.desired, live, KINDS, remembered.bindings)
        seen = evidence.assess(workspace, loaded, activated, asking, lambda: bound().records)
        made = make(replace(context, assessments=seen))
    return Planned(replace(made, tool_version=__version__), loaded.diagnostics)


def _bystanders(backend: Reader) -> tuple[Record, ...]:
    """Every live object that may hold on to another one. Read only when something is to be deleted."""
    live = backend.read(holding.holding(KINDS), lambda _record: True)
    return tuple(record for records in live.records.values() for record in records)


def demand_fresh(workspace: Workspace, saved: Plan) -> None:
    """Refuse a saved plan that is for another target, or whose objects have moved since; nothing is written."""
    unknown = {step.address.kind for step in saved.steps} | {seen.kind for seen in saved.witnesses}
    if not unknown <= KINDS.keys():
        raise errors.PlanUnusable(f"It speaks of {', '.join(sorted(unknown - KINDS.keys()))}, which is no kind here.")
    if (saved.target.type, saved.target.organisation) != (workspace.target.type, workspace.target.organisation):
        raise errors.PlanStale(
            f"It was made for {saved.target.organisation}, this environment is {workspace.target.organisation}."
        )
    with organisations.connect(workspace) as backend:
        moved = list(staleness.moved(saved, lambda seen: backend.find(KINDS[seen.kind], seen.id)))
    if moved:
        raise errors.PlanStale(" ".join(moved))


def exit_code(made: Plan) -> int:
    """Give the exit code that a plan's problems call for; 0 without problems."""
    return guards.exit_code(made.problems)
