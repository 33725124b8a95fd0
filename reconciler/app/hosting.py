"""What a plan, an apply or a drift has to do with GitHub: the comment, the issue, and which plan was reviewed."""

from collections.abc import Mapping

from reconciler import github
from reconciler.app.organisations import SystemClock
from reconciler.app.workspace import Workspace
from reconciler.core import plan_file
from reconciler.core.drift import Drift
from reconciler.core.history import INTERRUPTED, PARTIAL, RUNNING, Run
from reconciler.core.plan import Plan
from reconciler.core.veil import VEIL
from reconciler.ledger import history
from reconciler.render import drift_issue

API = "https://api.github.com"
_UNFINISHED = frozenset({RUNNING, PARTIAL, INTERRUPTED})


def event(environment: Mapping[str, str]) -> github.Event:
    """Read what started the workflow."""
    return github.read_event(environment)


def door(environment: Mapping[str, str]) -> github.Door:
    """Read where GitHub is and with which token. Raises UsageError where one of them is missing or off."""
    VEIL.add(environment.get("GITHUB_TOKEN", ""))
    api = environment.get("GITHUB_API_URL") or API
    return github.Door(
        api,
        environment.get("GITHUB_GRAPHQL_URL") or f"{api.rstrip('/')}/graphql",
        environment.get("GITHUB_REPOSITORY", ""),
        environment.get("GITHUB_TOKEN", ""),
    )


def comment(at: github.Door, about: github.Event, environment: str, plan: Plan | None, text: str) -> github.Written:
    """Make the comment of a pull request show a plan, or `text` where there is none; an empty plan is minimised."""
    assert about.pull is not None
    sealed = github.seal(environment, about.head, plan_file.digest(plan) if plan else "")
    note = github.Note(
        github.mark(environment), VEIL.over(f"{sealed}\n{text}"), quiet=plan is not None and plan.is_empty
    )
    with github.GitHub(at, SystemClock()) as hub:
        return github.publish(hub, about.pull, note)


def issue(at: github.Door, found: Drift) -> github.Written:
    """Open, update or close the issue about the drift of an environment."""
    mark = f"<!-- reconciler: drift of {found.target.environment} -->"
    text = f"{mark}\n{drift_issue.body(found)}"
    with github.GitHub(at, SystemClock()) as hub:
        return github.keep(hub, github.Report(mark, VEIL.over(drift_issue.title(found)), VEIL.over(text), found.clean))


def reviewed(at: github.Door, about: github.Event, environment: str) -> github.Reviewed:
    """Find the plan that was reviewed before a commit was merged."""
    with github.GitHub(at, SystemClock()) as hub:
        return github.reviewed(hub, about.commit, environment)


def unfinished(workspace: Workspace, digest: str) -> Run | None:
    """Give the last run where it did not end and was of the plan with this digest."""
    last = next(iter(history.runs(workspace.ledger, workspace.target.organisation)), None)
    return last if last and last.digest == digest and last.outcome in _UNFINISHED else None
