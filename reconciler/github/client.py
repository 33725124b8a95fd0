"""One client for one repository at GitHub: REST and GraphQL at one origin, with one token that goes nowhere else."""

import email.utils
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any, Self, TypeVar

import httpx

from reconciler import __version__
from reconciler.core.errors import (
    GitHubForbidden,
    GitHubLimited,
    GitHubNotFound,
    GitHubRefused,
    GitHubUnavailable,
    ReconcilerError,
    UsageError,
)
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock
from reconciler.core.veil import VEIL

T = TypeVar("T")

_TRIES = 3
_LONGEST_WAIT = 60.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_QUOTED = 300
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GRAPHQL_ERRORS: Mapping[str, type[ReconcilerError]] = {
    "FORBIDDEN": GitHubForbidden,
    "INSUFFICIENT_SCOPES": GitHubForbidden,
    "NOT_FOUND": GitHubNotFound,
    "RATE_LIMITED": GitHubLimited,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where GitHub is, which repository (`owner/name`), and the token. Raises UsageError for what cannot be meant."""

    api: str
    graphql: str
    repository: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        api, graphql = httpx.URL(self.api), httpx.URL(self.graphql)
        if api.scheme != "https" and api.host not in _LOOPBACK:
            raise UsageError(f"{self.api} is not an https URL; the token is not sent there.", fix="Set GITHUB_API_URL.")
        if (api.scheme, api.host, api.port) != (graphql.scheme, graphql.host, graphql.port):
            raise UsageError("GITHUB_GRAPHQL_URL leads to another place than GITHUB_API_URL; the token stays here.")
        if not _REPOSITORY.fullmatch(self.repository) or not self.token:
            raise UsageError("GITHUB_REPOSITORY (owner/name) and a token are needed.", fix="Run it in a workflow.")
        VEIL.add(self.token)

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        return self.repository.partition("/")[2]


class GitHub:
    """Sends, waits out rate limits, tries again what may be tried again, and turns answers into errors of our tree."""

    def __init__(self, door: Door, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self.door = door
        self._clock = clock
        self._http = httpx.Client(
            transport=transport or httpx.HTTPTransport(trust_env=True),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {door.token}",
                "User-Agent": f"mcp-reconciler/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            timeout=_TIMEOUT,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request about the repository; `path` follows `/repos/OWNER/NAME`.

        A create is sent once: whoever asked for it has to look whether it came about. Everything else may be repeated.
        """
        url = f"{self.door.api.rstrip('/')}/repos/{self.door.repository}{path}"
        return self._send(method, url, body, repeat=method != "POST")

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Any:
        """Ask, or do what may be done twice; gives `data`."""
        answer = self._send("POST", self.door.graphql, {"query": query, "variables": dict(variables)}, repeat=True)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise GitHubUnavailable("GitHub's answer holds no data.")
        return answer["data"]

    def _send(self, method: str, url: str, body: Any, *, repeat: bool) -> Any:
        for left in reversed(range(_TRIES)):
            response, error = self._tried(method, url, body)
            if response is not None and error is None:
                return _json(response)
            assert error is not None
            limited = isinstance(error, GitHubLimited)
            if not left or not (limited or (repeat and isinstance(error, GitHubUnavailable))):
                raise error
            pause = _wait(response, _LONGEST_WAIT if limited else 2.0 ** (_TRIES - left))
            if pause > _LONGEST_WAIT:
                raise error
            self._clock.sleep(pause)
        raise AssertionError  # the last try returns or raises

    def _tried(self, method: str, url: str, body: Any) -> tuple[httpx.Response | None, ReconcilerError | None]:
        try:
            response = self._http.request(method, url, json=body)
        except httpx.HTTPError as error:
            return None, GitHubUnavailable(f"{httpx.URL(url).host} cannot be reached: {type(error).__name__}.")
        return response, _error(method, response)


def looking_again(work: Callable[[], T]) -> T:
    """Do something that looks before it writes, once more if GitHub was away: what a create left behind is found."""
    try:
        return work()
    except GitHubUnavailable:
        return work()


def _error(method: str, response: httpx.Response) -> ReconcilerError | None:
    """What is wrong with an answer, if anything."""
    status = response.status_code
    if response.is_success:
        return _graphql_error(response)
    said = f"{method} {response.url.path} was answered with {status}: {_cut(_message(response))}"
    if status == httpx.codes.TOO_MANY_REQUESTS or (status == httpx.codes.FORBIDDEN and _is_limit(response)):
        return GitHubLimited(said)
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return GitHubForbidden(said)
    if status in {httpx.codes.NOT_FOUND, httpx.codes.GONE} or response.is_redirect:
        return GitHubNotFound(said)
    return GitHubUnavailable(said) if response.is_server_error else GitHubRefused(said)


def _graphql_error(response: httpx.Response) -> ReconcilerError | None:
    """What an answer to a query says went wrong, though it comes with 200; REST has no member `errors` beside 200."""
    faults = None
    with suppress(ValueError):
        body = response.json()
        faults = body.get("errors") if isinstance(body, dict) else None
    if not faults:
        return None
    first = faults[0] if isinstance(faults, list) and isinstance(faults[0], dict) else {}
    kind = _GRAPHQL_ERRORS.get(str(first.get("type")), GitHubRefused)
    return kind(f"GitHub answered: {_cut(first.get('message'))}")


def _is_limit(response: httpx.Response) -> bool:
    """Whether a 403 is a limit: the hourly one says so in its headers, a secondary one at times in its words alone."""
    by_headers = "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0"
    return by_headers or "rate limit" in str(_message(response)).lower()


def _wait(response: httpx.Response | None, unsaid: float) -> float:
    """Seconds until it may be tried again, as the answer says it; `unsaid` where it does not.

    Of a limit that says nothing GitHub advises to wait a minute.
    """
    headers = response.headers if response is not None else httpx.Headers()
    with suppress(ValueError):
        if "retry-after" in headers:
            return max(0.0, float(headers["retry-after"]))
        if headers.get("x-ratelimit-remaining") == "0" and "x-ratelimit-reset" in headers and "date" in headers:
            now = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
            return max(0.0, float(headers["x-ratelimit-reset"]) - now)
    return unsaid


def _message(response: httpx.Response) -> Any:
    with suppress(ValueError):
        body = response.json()
        if isinstance(body, dict):
            more = [
                each.get("message") or each.get("code") for each in body.get("errors", ()) if isinstance(each, dict)
            ]
            return "; ".join(str(each) for each in (body.get("message"), *more) if each)
    return response.reason_phrase


def _cut(said: Any) -> str:
    text = str(said or "nothing more")
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def _json(response: httpx.Response) -> Any:
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise GitHubUnavailable(f"The answer to {response.url.path} is not JSON.") from error
