"""What the configuration and the command line say about taking away, renaming and deciding, for the planner."""

from collections.abc import Sequence

from reconciler import manifests
from reconciler.app.workspace import Workspace
from reconciler.core import errors
from reconciler.core.address import Address
from reconciler.core.diagnostic import Source
from reconciler.core.plan import Plan
from reconciler.core.remembered import Remembered
from reconciler.engine.budgets import EVERY_KIND, Budget
from reconciler.engine.planner import Context
from reconciler.kinds import KINDS


def context(workspace: Workspace, remembered: Remembered, taken: Sequence[str]) -> Context:
    """Give what a plan takes into account, readiness left out."""
    guards = workspace.config.guards
    return Context(
        remembered,
        taken=frozenset(taken),
        moves={Address.parse(record.from_): Address.parse(record.to) for record in workspace.config.moved},
        prune=guards.prune == "managed",
        budgets={
            kind: Budget(said.deletes, said.delete_percent, said.changes, said.change_percent, said.minimum_population)
            for kind, said in guards.budgets.items()
        },
    )


def demand_known_kinds(workspace: Workspace) -> None:
    """Raise ConfigurationInvalid where a budget or a move names a kind that does not exist."""
    budgets = workspace.config.guards.budgets.keys() - {EVERY_KIND, *KINDS}
    found = [manifests.BUDGET_KIND.found(f"There is no kind {kind}.") for kind in sorted(budgets)]
    for record in workspace.config.moved:
        kinds = {Address.parse(text).kind for text in (record.from_, record.to)} - KINDS.keys()
        found += [manifests.ADDRESS.found(f"There is no kind {kind}.") for kind in sorted(kinds)]
    if found:
        raise errors.ConfigurationInvalid(tuple(fault.at(Source("reconciler.yaml")) for fault in found))


def demand_used(taken: Sequence[str], made: Plan) -> None:
    """Raise UsageError where somebody decided about a path that nobody disputes: most often a slip of the pen."""
    idle = sorted(set(taken) - set(made.taken))
    if idle:
        raise errors.UsageError(
            f"--take-ownership {idle[0]}: the plan has no conflict there.",
            fix="Copy the path from the plan, for example McpServer.jira.description.",
        )
