"""What a run writes down of itself: who ordered it, at which commit; and whether somebody has applied meanwhile."""

import getpass
import os
import platform

from reconciler.app.workspace import Workspace
from reconciler.ledger import history

_RUN_URLS = ("GITHUB_RUN_ID", "CI_JOB_URL", "BUILD_URL")


def fence(workspace: Workspace) -> int:
    """The number of the last lock that was taken, to be asked before planning (`Limits.fence`)."""
    return history.fence(workspace.ledger, workspace.target.organisation)


def actor() -> str:
    """Who runs this, in words for people: user and machine, and the run of the pipeline where there is one."""
    try:
        user = os.environ.get("GITHUB_ACTOR") or getpass.getuser()
    except (OSError, KeyError):
        user = f"user {os.getuid()}"
    job = next((os.environ[name] for name in _RUN_URLS if os.environ.get(name)), "")
    return f"{user}@{platform.node()}" + (f" ({job})" if job else "")
