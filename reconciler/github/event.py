"""What the runner says about the event that started it. Read from the environment of GitHub Actions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.core.errors import UsageError
from reconciler.core.noun import dataclass

_ROBOTS = frozenset({"dependabot[bot]"})
"""Actors whose pull requests get no secrets, though they come from the repository itself."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: for a pull request its number, its last commit, and whether it may have secrets."""

    name: str
    commit: str
    pull: int | None = None
    head: str = ""
    stranger: bool = False
    """The pull request comes from a fork, or from somebody whose jobs get no secrets."""


def read_event(environment: Mapping[str, str]) -> Event:
    """Read the event. Raises UsageError outside of a workflow, or where the event makes no sense."""
    name, commit = environment.get("GITHUB_EVENT_NAME", ""), environment.get("GITHUB_SHA", "")
    if not name:
        raise UsageError("GITHUB_EVENT_NAME is not set.", fix="This command is for GitHub Actions; see docs/ci.md.")
    body = _body(environment.get("GITHUB_EVENT_PATH", ""))
    pull = body.get("pull_request")
    if not isinstance(pull, dict):
        return Event(name, commit)
    try:
        head = pull["head"]
        from_here = head["repo"] is not None and head["repo"]["full_name"] == body["repository"]["full_name"]
        stranger = not from_here or environment.get("GITHUB_ACTOR") in _ROBOTS
        return Event(name, commit, int(pull["number"]), str(head["sha"]), stranger)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("The event names a pull request without number, head or repository.") from error


def _body(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        body = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"The event in {path} cannot be read.") from error
    return body if isinstance(body, dict) else {}
