"""A small GitHub on loopback: comments, issues, pull requests, minimising, with a token's permissions and with faults.

It answers what the workflows ask and refuses everything else with 404, so that a request to a wrong place is a failure
and not a shrug. Each request and each answer is held against what GitHub publishes of its REST API and of its GraphQL
schema; what is otherwise there is in `strayed`.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from tests.support.githubs import example, graphql_faults, rest_faults

REPOSITORY = "acme/registry"
ROBOT, SOMEBODY = "github-actions[bot]", "mallory"
DOCUMENTATION = "https://docs.github.com/rest"
FIRST_COMMENT = 3_000_000_000
"""Numbers of comments have outgrown 32 bits."""


@dataclass
class Fault:
    """An answer that comes instead of the real one, for the next requests that match; `done` still does the work."""

    method: str
    path: str
    status: int
    body: Any = field(default_factory=lambda: {"message": "said by a fault", "documentation_url": DOCUMENTATION})
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    done: bool = False


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Hub:
    """The state, and the tokens with what each may do: {"pull-requests": "write"}."""

    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    url: str = ""
    longest: int = 65_536
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    # -- what a test puts in and takes out ---------------------------------------------------------------------

    def token(self, **permissions: str) -> str:
        """Issue a token; permissions with `_` for `-`."""
        made = f"ghs_token{next(self._ids)}"
        self.tokens[made] = {name.replace("_", "-"): value for name, value in permissions.items()}
        return made

    def fail(self, method: str, path: str, status: int, **more: Any) -> None:
        self.faults.append(Fault(method, path, status, **more))

    def comment_of(self, pull: int, author: str, body: str) -> dict[str, Any]:
        number = FIRST_COMMENT + next(self._ids)
        made = {
            "id": number,
            "node_id": f"IC_{number}",
            "pull": pull,
            "author": author,
            "body": body,
            "minimised": False,
            "html_url": f"{self.url}/{REPOSITORY}/pull/{pull}#issuecomment-{number}",
        }
        self.comments.append(made)
        return made

    def merge(self, commit: str, pull: int, head: str) -> None:
        [shown] = example("pull-request-simple-items")
        about = {"number": pull, "state": "closed", "merged_at": "2026-11-25T10:00:00Z", "requested_teams": []}
        merged = {**shown, **about, "head": {**shown["head"], "sha": head}}
        self.pulls.setdefault(commit, []).append(merged)

    # -- the API -----------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
        allowed = self.tokens.get(token)
        if allowed is None:
            raise Refused(401, "Bad credentials")
        if path == "/graphql":
            return 200, self._graphql(body["query"], body["variables"], allowed)
        at = path.removeprefix(f"/repos/{REPOSITORY}")
        for (verb, pattern), handler in _ROUTES.items():
            found = re.fullmatch(pattern, at)
            if verb == method and found:
                return handler(self, found, body, allowed)
        raise Refused(404, "Not Found")

    def _comment(self, found: re.Match[str], body: Any, allowed: dict[str, str]) -> tuple[int, Any]:
        _demand(allowed, "write", "pull-requests", "issues")
        self._demand_short(body["body"])
        made = self.comment_of(int(found[1]), ROBOT, body["body"])
        return 201, _told(made)

    def _edit(self, found: re.Match[str], body: Any, allowed: dict[str, str]) -> tuple[int, Any]:
        _demand(allowed, "write", "pull-requests", "issues")
        self._demand_short(body["body"])
        for comment in self.comments:
            if comment["id"] == int(found[1]):
                comment["body"] = body["body"]
                return 200, _told(comment)
        raise Refused(404, "Not Found")

    def _open(self, _found: re.Match[str], body: Any, allowed: dict[str, str]) -> tuple[int, Any]:
        _demand(allowed, "write", "issues")
        self._demand_short(body["body"])
        number = next(self._ids)
        url = f"{self.url}/{REPOSITORY}/issues/{number}"
        self.issues.append({**body, "number": number, "state": "open", "author": ROBOT, "html_url": url, "edits": 0})
        return 201, {
            **example("issue"),
            "number": number,
            "html_url": url,
            "title": body["title"],
            "body": body["body"],
        }

    def _change(self, found: re.Match[str], body: Any, allowed: dict[str, str]) -> tuple[int, Any]:
        _demand(allowed, "write", "issues")
        for issue in self.issues:
            if issue["number"] == int(found[1]):
                issue.update(body, edits=issue["edits"] + 1)
                told = {key: issue[key] for key in ("number", "html_url", "title", "body", "state")}
                return 200, {**example("issue"), **told}
        raise Refused(404, "Not Found")

    def _brought(self, found: re.Match[str], _body: Any, allowed: dict[str, str]) -> tuple[int, Any]:
        _demand(allowed, "read", "pull-requests")
        return 200, self.pulls.get(found[1], [])

    def _graphql(self, query: str, said: Any, allowed: dict[str, str]) -> Any:
        if query.startswith("mutation"):
            verb = "unminimizeComment" if "unminimizeComment" in query else "minimizeComment"
            return self._minimise(verb, said["id"], allowed)
        assert (said["owner"], said["name"]) == tuple(REPOSITORY.split("/"))
        if "pullRequest(" in query:
            rows = [_shown(each) for each in self.comments if each["pull"] == said["number"]]
            page = _page(rows, 100, said["after"])
            return {"data": {"repository": {"pullRequest": {"comments": page}}}}
        rows = [
            {**_about(each), "number": each["number"], "url": each["html_url"], "title": each["title"]}
            for each in self.issues
            if each["state"] == "open" and set(said["label"]) <= set(each["labels"])
        ]
        return {"data": {"repository": {"issues": _page(rows, 50, said["after"])}}}

    def _minimise(self, verb: str, node: str, allowed: dict[str, str]) -> Any:
        if allowed.get("pull-requests") != "write":
            return {
                "data": None,
                "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}],
            }
        for comment in self.comments:
            if comment["node_id"] == node:
                comment["minimised"] = verb == "minimizeComment"
                return {"data": {verb: {"clientMutationId": None}}}
        return {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}

    def _demand_short(self, body: str) -> None:
        if len(body) > self.longest:
            raise Refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")


_ROUTES = {
    ("POST", r"/issues/(\d+)/comments"): Hub._comment,
    ("PATCH", r"/issues/comments/(\d+)"): Hub._edit,
    ("POST", r"/issues()"): Hub._open,
    ("PATCH", r"/issues/(\d+)"): Hub._change,
    ("GET", r"/commits/([0-9a-f]{40})/pulls"): Hub._brought,
}


def _demand(allowed: dict[str, str], level: str, *scopes: str) -> None:
    enough = {"read": {"read", "write"}, "write": {"write"}}[level]
    if not any(allowed.get(scope) in enough for scope in scopes):
        raise Refused(403, "Resource not accessible by integration")


def _told(comment: dict[str, Any]) -> dict[str, Any]:
    return {**example("issue-comment"), **{key: comment[key] for key in ("id", "node_id", "html_url", "body")}}


def _about(row: dict[str, Any]) -> dict[str, Any]:
    return {"body": row["body"], "viewerDidAuthor": row["author"] == ROBOT}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "id": row["node_id"],
        "fullDatabaseId": str(row["id"]),
        "url": row["html_url"],
        "isMinimized": row["minimised"],
    }
    return {**_about(row), **shown}


def _page(rows: list[dict[str, Any]], size: int, after: str | None) -> Any:
    start = int(after or 0)
    more = start + size < len(rows)
    info = {"hasNextPage": more, "endCursor": str(start + size) if more else None}
    return {"nodes": rows[start : start + size], "pageInfo": info}


@contextmanager
def hub() -> Iterator[Hub]:
    """Serve one until the block ends."""
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or the other side's delayed acknowledgement costs 40 ms

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "null")
            state.asked.append((self.command, self.path))
            status, said, headers = _answered(state, self.command, self.path, body, self.headers["Authorization"])
            state.strayed += _faults(self.command, self.path, body, (status, said))
            content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response_only(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - names of the library

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _faults(method: str, path: str, body: Any, answer: tuple[int, Any]) -> Iterator[str]:
    """What is not as GitHub describes it. What a test has answered with in order to make no sense is not looked at."""
    if method == "POST" and path == "/graphql":
        if isinstance(answer[1], dict) and (isinstance(answer[1].get("data"), dict) or answer[1].get("errors")):
            yield from graphql_faults(body["query"], body["variables"], answer[1])
    elif isinstance(answer[1], dict | list):
        yield from rest_faults(method, path, body, answer)


def _answered(state: Hub, method: str, path: str, body: Any, authorization: str) -> tuple[int, Any, dict[str, str]]:
    fault = next((each for each in state.faults if each.method == method and re.search(each.path, path)), None)
    if fault is not None:
        fault.times -= 1
        if not fault.times:
            state.faults.remove(fault)
    try:
        status, said = (
            (0, None)
            if fault and not fault.done
            else state.answer(method, path, body, authorization.removeprefix("Bearer "))
        )
    except Refused as refused:
        return refused.status, {"message": refused.message, "documentation_url": DOCUMENTATION}, {}
    return (fault.status, fault.body, fault.headers) if fault else (status, said, {})
