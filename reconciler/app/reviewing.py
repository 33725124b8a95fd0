"""Whether a plan is the one that was reviewed, and how it differs where a run of that one is in the ledger."""

from reconciler.app.workspace import Workspace
from reconciler.core import plan_file
from reconciler.core.errors import PlanDiffers, PlanStale, PlanUnusable
from reconciler.core.plan import Plan
from reconciler.engine.contrast import contrast
from reconciler.ledger import history


def demand_reviewed(workspace: Workspace, made: Plan, digest: str | None) -> str:
    """Raise where another plan was reviewed than the one that was made: PlanDiffers with how, where that is known.

    Gives a sentence where the two are not the same and do the same: only what they lean on has moved. Without a digest
    anything may be applied.
    """
    if digest is None or (found := plan_file.digest(made)) == digest:
        return ""
    detail = f"Its digest is {found}, expected was {digest}: it is not the plan that was reviewed."
    if (known := _known(workspace, digest)) is None:
        raise PlanStale(
            f"{detail} What that plan would have done is not known here: no run in the ledger was of it.",
            fix="Review this plan, then expect its digest. To see how the two differ, give the file of the reviewed "
            f"plan, as `plan --out` saved it: reconciler apply FILE --expect-digest {digest}",
        )
    number, reviewed = known
    if differences := contrast(reviewed, made):
        raise PlanDiffers(f"{detail} The reviewed one is that of run {number}.", differences)
    return f"The reviewed plan, that of run {number}, would do the same; what it leans on has moved since."


def _known(workspace: Workspace, digest: str) -> tuple[int, Plan] | None:
    """The last run of a plan with this digest, and the plan; None where there is none that can be read."""
    organisation = workspace.target.organisation
    for run in history.runs(workspace.ledger, organisation):
        if run.digest == digest:
            try:
                return run.id, plan_file.load(history.run(workspace.ledger, organisation, run.id)[2])
            except PlanUnusable:  # of another version of the format
                return None
    return None
