"""The envelope of a plan: what it is bound to, and whether that still holds when it is applied."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from reconciler import __version__
from reconciler.app import baseline, policing
from reconciler.app.organisations import SystemCalendar
from reconciler.app.revision import commit
from reconciler.app.workspace import Workspace
from reconciler.core import plan_file
from reconciler.core.errors import PlanStale
from reconciler.core.plan import Envelope, Plan
from reconciler.core.ports import Calendar
from reconciler.core.resources import Desired
from reconciler.engine import staleness


def made(workspace: Workspace, wished: Desired, policy: str, calendar: Calendar | None = None) -> Envelope:
    """Give the envelope of a plan that is made now, and judged by policies with a digest."""
    today = (calendar or SystemCalendar()).today()
    valid = timedelta(hours=workspace.config.guards.plan_valid_hours)
    return Envelope(today, today + valid, commit(workspace.root), config_digest(workspace, wished), policy)


def demand_bound(workspace: Workspace, saved: Plan, calendar: Calendar | None = None) -> None:
    """Raise PlanStale with everything at once, unless a saved plan is for here, from these manifests, and in time."""
    from reconciler.core.history import REFUSED, replayed
    from reconciler.ledger import history

    loaded, policies = policing.demand_both(workspace)
    here = made(workspace, loaded.desired, policies.rulebook.digest, calendar)
    now = Plan(workspace.target, (), envelope=here, tool_version=__version__)
    runs = history.runs(workspace.ledger, workspace.target.organisation)
    name = plan_file.identity(saved)
    reasons = list(staleness.unbound(saved, now))
    reasons += [replayed(run.id, run.outcome) for run in runs if run.plan_id == name and run.outcome != REFUSED]
    if reasons:
        raise PlanStale(" ".join(reasons))


def config_digest(workspace: Workspace, wished: Desired) -> str:
    """SHA-256 over the documents as their models hold them, and the settings that planning goes by.

    What is accepted counts among them. Comments, blanks, files and the order of documents and keys do not; the order
    within a list does.
    """
    digest = hashlib.sha256()
    for part in _parts(workspace, wished):
        digest.update(part + b"\n")
    return f"sha256:{digest.hexdigest()}"


def _parts(workspace: Workspace, wished: Desired) -> Iterator[bytes]:
    yield workspace.config.model_dump_json(include={"guards", "moved"}).encode()
    for said in sorted(repr(replace(entry, source=None)) for entry in baseline.read(workspace).entries):
        yield said.encode("utf-8", "surrogatepass")
    for address in sorted(wished):
        resource = wished[address]
        yield f"{address} {resource.absent} {resource.digest}".encode()
