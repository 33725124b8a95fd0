"""What stops a run at GitHub: a comment or an issue that cannot be written, a review that cannot be found."""

from reconciler.core.diagnostic import Rule
from reconciler.core.errors.root import ReconcilerError


class GitHubUnavailable(ReconcilerError):
    """GitHub cannot be reached, answers 5xx, or something that makes no sense."""

    exit_code = 8
    rule = Rule(
        code="RUN110",
        summary="GitHub is unavailable",
        why="It was tried several times. Nothing depends on the comment or issue; whether the plan or apply itself "
        "went well stands above in the log.",
        example="an incident at GitHub, or GITHUB_API_URL with a slip",
        fix="Run the job again later; a comment or issue that exists is found and updated, not written twice.",
    )


class GitHubLimited(GitHubUnavailable):
    """429, or 403 with a rate limit in its headers, beyond the time that this program waits."""

    rule = Rule(
        code="RUN111",
        summary="GitHub's rate limit did not lift",
        why="It was waited for as Retry-After says, several times, and no longer than a minute each.",
        example="many jobs with the same token at once",
        fix="Run the job again later, or give it a token of its own.",
    )


class GitHubForbidden(ReconcilerError):
    """401, or 403 without a rate limit."""

    exit_code = 8
    rule = Rule(
        code="RUN112",
        summary="The token may not do that at GitHub",
        why="A workflow's token has the `permissions` of its job and no others; with a pull request from a fork it can "
        "only read.",
        example="a job without `pull-requests: write`",
        fix="Give the job `pull-requests: write` for comments, `issues: write` for issues.",
    )


class GitHubNotFound(ReconcilerError):
    """404: gone, or not visible to the token."""

    rule = Rule(
        code="RUN113",
        summary="GitHub does not have it, or does not show it to this token",
        why="GitHub answers 404 also where a token may not know that something exists.",
        example="a repository that was renamed, or whose issues are switched off",
        fix="Check the name of the repository, whether its issues are switched on, and the token's permissions.",
    )


class GitHubRefused(ReconcilerError):
    """422 and other refusals of what was asked."""

    rule = Rule(
        code="RUN114",
        summary="GitHub refused what was sent",
        why="GitHub understood the request and does not want it; its reason is quoted in the detail.",
        example="a comment that is longer than GitHub takes, or a conversation that is locked",
        fix="Read GitHub's reason; a smaller `report-limit` makes a shorter comment.",
    )


class NotReviewed(ReconcilerError):
    """There is something to apply, and no plan of it that somebody could have reviewed."""

    exit_code = 5
    rule = Rule(
        code="RUN115",
        summary="No reviewed plan was found",
        why="An apply after a merge does what the comment on the pull request showed, and the comment names the commit "
        "that it is about. A plan that nobody has seen is not applied.",
        example="a push to main without a pull request, or a last commit after which no plan was made",
        fix="Run the apply by hand with the digest of a plan that you have reviewed.",
    )
