"""One issue that says what is wrong: opened when there is something, kept up to date, closed when there is nothing."""

from typing import Any

from reconciler.core.errors import GitHubUnavailable
from reconciler.core.noun import dataclass
from reconciler.github.client import GitHub, looking_again
from reconciler.github.comment import Written

LABEL = "reconciler-drift"
_OURS = """query($owner: String!, $name: String!, $label: [String!], $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: 50, after: $after, states: [OPEN], labels: $label) {
      nodes { number url title body viewerDidAuthor }
      pageInfo { hasNextPage endCursor }
    } } }"""


@dataclass(frozen=True, slots=True)
class Report:
    """What the issue is to say, beginning with `mark`; `clean` closes it, with `body` as the last word."""

    mark: str
    title: str
    body: str
    clean: bool


def keep(github: GitHub, report: Report) -> Written:
    """Open, update or close the issue that begins with the mark. Idempotent."""
    return looking_again(lambda: _kept(github, report))


def _kept(github: GitHub, report: Report) -> Written:
    found = _find(github, report.mark)
    wanted = {"title": report.title, "body": report.body}
    if found is None:
        if report.clean:
            return Written("none")
        made = github.rest("POST", "/issues", {**wanted, "labels": [LABEL]})
        return Written("opened", str(made.get("html_url", "")))
    path, url = f"/issues/{found['number']}", str(found["url"])
    if report.clean:
        github.rest("PATCH", path, {**wanted, "state": "closed", "state_reason": "completed"})
        return Written("closed", url)
    if (found["title"], found["body"]) == (report.title, report.body):
        return Written("unchanged", url)
    github.rest("PATCH", path, wanted)
    return Written("updated", url)


def _find(github: GitHub, mark: str) -> Any:
    """The open issue that begins with the mark and was written by this very identity."""
    after = None
    while True:
        variables = {"owner": github.door.owner, "name": github.door.name, "label": [LABEL], "after": after}
        data = github.graphql(_OURS, variables)
        try:
            page = data["repository"]["issues"]
        except (KeyError, TypeError) as error:
            raise GitHubUnavailable("GitHub's answer about the issues holds none.") from error
        for node in page["nodes"]:
            if node["viewerDidAuthor"] and node["body"].startswith(mark):
                return node
        if not page["pageInfo"]["hasNextPage"]:
            return None
        after = page["pageInfo"]["endCursor"]
