"""Which plan was reviewed: the digest in the comment on the pull request that brought a commit."""

import re

from reconciler.core.noun import dataclass
from reconciler.github.client import GitHub
from reconciler.github.comment import find

_SEAL = re.compile(r"(?P<head>[0-9a-f]{40,64}) digest=(?P<digest>sha256:[0-9a-f]{64}) -->")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The plan that a comment showed; `digest` is empty where there is none that counts, and `why` says why."""

    digest: str = ""
    pull: int | None = None
    why: str = ""


def mark(environment: str) -> str:
    """How the comment about the plan of an environment begins."""
    return f"<!-- reconciler: plan of {environment} at "


def seal(environment: str, head: str, digest: str) -> str:
    """The invisible first line: of which environment and commit the plan is, and what it means; no digest, no plan."""
    return f"{mark(environment)}{head} digest={digest or 'none'} -->"


def reviewed(github: GitHub, commit: str, environment: str) -> Reviewed:
    """Find the pull request that brought a commit, and the digest that our comment showed for its last commit."""
    pulls = [each for each in github.rest("GET", f"/commits/{commit}/pulls") if each.get("merged_at")]
    if len(pulls) != 1:
        return Reviewed(why=f"Commit {commit[:12]} was brought by {len(pulls) or 'no'} merged pull requests.")
    number, head = int(pulls[0]["number"]), str(pulls[0]["head"]["sha"])
    found = find(github, number, mark(environment))
    if found is None:
        return Reviewed(pull=number, why=f"Pull request {number} has no comment with a plan.")
    sealed = _SEAL.match(found.body, len(mark(environment)))
    if sealed is None or sealed["head"] != head:
        return Reviewed(pull=number, why=f"The plan on pull request {number} is not of its last commit, {head[:12]}.")
    return Reviewed(sealed["digest"], number)
