"""One comment on a pull request: written once, updated in place, minimised when there is nothing to see."""

from typing import Any

from reconciler.core.errors import GitHubUnavailable
from reconciler.core.noun import dataclass
from reconciler.github.client import GitHub, looking_again

_OURS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    comments(first: 100, after: $after) {
      nodes { id fullDatabaseId url body isMinimized viewerDidAuthor }
      pageInfo { hasNextPage endCursor }
    } } } }"""
_MINIMIZE = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }"
_RESTORE = "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { clientMutationId } }"


@dataclass(frozen=True, slots=True)
class Note:
    """What a comment is to say. It begins with `mark`, by which it is found again; `quiet` has it minimised."""

    mark: str
    body: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that this token's identity has written."""

    node: str
    number: int
    url: str
    body: str
    minimised: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a comment: `created`, `updated`, `unchanged` or `none`, and where it is."""

    how: str
    url: str = ""


def publish(github: GitHub, pull: int, note: Note) -> Written:
    """Make the comment of a pull request say what it should. Idempotent.

    Whether a create that broke off came about is seen by looking again. Raises what GitHub answers, see `client`.
    """
    return looking_again(lambda: _published(github, pull, note))


def _published(github: GitHub, pull: int, note: Note) -> Written:
    found = find(github, pull, note.mark)
    if found is None:
        if note.quiet:
            return Written("none")
        made = github.rest("POST", f"/issues/{pull}/comments", {"body": note.body})
        return Written("created", str(made.get("html_url", "")))
    how = "unchanged"
    if found.body != note.body:
        github.rest("PATCH", f"/issues/comments/{found.number}", {"body": note.body})
        how = "updated"
    if found.minimised != note.quiet:
        github.graphql(_MINIMIZE if note.quiet else _RESTORE, {"id": found.node})
        how = "updated"
    return Written(how, found.url)


def find(github: GitHub, pull: int, mark: str) -> Found | None:
    """Give the comment that begins with the mark and was written by this very identity.

    Anybody can write the mark, and what a plan quotes may hold it; so it counts at the very beginning only.
    """
    after = None
    while True:
        variables = {"owner": github.door.owner, "name": github.door.name, "number": pull, "after": after}
        page = _page(github.graphql(_OURS, variables))
        for node in page["nodes"]:
            if node["viewerDidAuthor"] and node["body"].startswith(mark):
                return Found(node["id"], int(node["fullDatabaseId"]), node["url"], node["body"], node["isMinimized"])
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]


def _page(data: Any) -> Any:
    try:
        return data["repository"]["pullRequest"]["comments"]
    except (KeyError, TypeError) as error:
        raise GitHubUnavailable("GitHub's answer about the comments holds none.") from error
