"""Promoting: what was applied in one environment may go to another, where only variables make a difference."""

from collections.abc import Iterator

from reconciler import ledger, manifests
from reconciler.app import envelope, policing
from reconciler.app.workspace import Workspace
from reconciler.core import plan_file
from reconciler.core.errors import NotPromotable, PlanUnusable, UsageError
from reconciler.core.history import DONE, REFUSED, Run
from reconciler.core.promotion import Promotion
from reconciler.core.resources import Desired
from reconciler.engine import promotion
from reconciler.kinds import KINDS
from reconciler.ledger import history


def promote(there: Workspace, here: Workspace) -> Promotion:
    """Show that the manifests at hand are what was last applied `there`, and how variables make them differ `here`.

    Both are environments of one project. Reads manifests and the ledger of `there`; asks no organisation. Raises
    NotPromotable with everything else that differs.
    """
    if there.environment == here.environment:
        raise UsageError(f"{there.environment} cannot be promoted to itself.", fix="Name two environments.")
    wished = policing.demand_both(there)[0].desired
    policing.demand_both(here)
    run = _last(there)
    exact = _was_made_from(there, run, wished)
    if not exact and (found := tuple(_unapplied(there, wished))):
        raise NotPromotable(
            f"What is at hand is not what run {run.id} has left in {there.environment}: {' '.join(found)}", found
        )
    sides = (there.config.environments[each.environment].variables for each in (there, here))
    varied = manifests.varied(there.root, there.config.registry, *sides)
    return Promotion(there.environment, here.environment, run.id, exact, tuple(varied))


def _last(there: Workspace) -> Run:
    """The last run that sent anything; it has to have done all that it was to do."""
    runs = [each for each in history.runs(there.ledger, there.target.organisation) if each.outcome != REFUSED]
    if not runs:
        raise NotPromotable(f"Nothing was applied in {there.environment} yet, as its ledger knows it.", ())
    if runs[0].outcome != DONE:
        detail = f"Run {runs[0].id}, the last one in {there.environment}, is {runs[0].outcome}."
        raise NotPromotable(detail, (), fix="Finish it with `reconciler apply --resume`, or apply again.")
    return runs[0]


def _was_made_from(there: Workspace, run: Run, wished: Desired) -> bool:
    """Whether a run was made from exactly these manifests and settings."""
    text = history.run(there.ledger, there.target.organisation, run.id)[2]
    try:
        bound = plan_file.load(text).envelope
    except PlanUnusable:
        return False  # of another version of the format
    return bound is not None and bound.config == envelope.config_digest(there, wished)


def _unapplied(there: Workspace, wished: Desired) -> Iterator[str]:
    remembered = ledger.read(there.ledger, there.target.organisation)
    return promotion.unapplied(wished, remembered, KINDS)
