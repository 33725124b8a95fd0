"""What each fault does to a request and its answer."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from . import operations, servers, settling
from .call import answer, empty
from .errors import Refusal, invalid
from .staleness import Staleness

if TYPE_CHECKING:
    from .faults import Armed
    from .organisation import Organisation

Send = Callable[[], Response]
_HOUR = 3600.0
_FIRST_ERROR = 400
_PYTHON = re.compile(r"(?i)^(python|urllib|aiohttp|requests)")
_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"


class Broken(ConnectionResetError):
    """The connection ends here, without an answer."""


class Silent(TimeoutError):
    """Nothing more is said, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"nothing was said for {seconds} s")


@dataclass(frozen=True, slots=True)
class Passage:
    """One request on its way through the faults that it must suffer."""

    org: Organisation
    request: Request
    armed: Armed
    send: Send

    def refuse(self, refusal: Refusal) -> Response:
        return answer(refusal.body("oaeFault"), refusal.status, refusal.headers)


def through(org: Organisation, request: Request, staleness: Staleness, send: Send) -> Response:
    """The answer to a request, as the faults that are armed let it be."""
    if org.faults.are_none():
        return send()
    request.get_data(cache=True)  # it may have to be read twice
    path = request.full_path.removesuffix("?")
    sent: Send = functools.partial(staleness.seen, org, request, send)
    for armed in org.faults.fire(request.method, path):
        if armed.fault.name == "stale-reads":
            staleness.begin()
            continue
        act = _ACTS[armed.fault.name]
        sent = functools.partial(act, Passage(org, request, armed, sent))
    return sent()


def _reset_before(_passage: Passage) -> Response:
    raise Broken("connection reset by peer")


def _reset_after(passage: Passage) -> Response:
    passage.send()
    raise Broken("connection reset by peer")


def _timeout_after(passage: Passage) -> Response:
    passage.send()
    raise Silent(passage.armed.seconds)


def _truncated(passage: Passage) -> Response:
    """Without a body not even the headers get through."""
    whole = passage.send()
    body = whole.get_data()
    if not body:
        raise Broken("connection reset by peer")

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]

    headers = {**whole.headers, "Content-Length": str(len(body))}
    return Response(half(), whole.status_code, headers=headers, direct_passthrough=True)


def _short_json(passage: Passage) -> Response:
    whole = passage.send()
    body = whole.get_data()
    whole.set_data(body[:-7] or b"{")
    return whole


def _duplicate(passage: Passage) -> Response:
    passage.send()
    return passage.send()


def _refusing(code: str, *, after: bool = False) -> Callable[[Passage], Response]:
    def act(passage: Passage) -> Response:
        if after:
            passage.send()
        return passage.refuse(Refusal(code))

    return act


def _rate_limited(passage: Passage) -> Response:
    now = passage.org.now()
    headers = {"X-Rate-Limit-Limit": "60", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(int(now) + 2)}
    return passage.refuse(Refusal("E0000047", headers={**headers, "Date": http_date(now)}))


def _html(_passage: Passage) -> Response:
    return _page(200)


def _html_after(passage: Passage) -> Response:
    passage.send()
    return _page(200)


def _firewall(passage: Passage) -> Response:
    if _PYTHON.match(passage.request.headers.get("User-Agent", "")):
        return _page(403)
    return passage.send()


def _page(status: int) -> Response:
    return Response(_PAGE, status, content_type="text/html; charset=utf-8")


def _dated(seconds: float) -> Callable[[Passage], Response]:
    def act(passage: Passage) -> Response:
        response = passage.send()
        response.headers["Date"] = http_date(passage.org.now() + seconds)
        return response

    return act


def _slow(passage: Passage) -> Response:
    response = passage.send()
    passage.org.settings.sleep(passage.armed.seconds)
    return response


def _expired_cursor(passage: Passage) -> Response:
    return passage.refuse(invalid("after", "The cursor has expired"))


def _empty_400(passage: Passage) -> Response:
    passage.send()
    return empty(400)


def _register_201(passage: Passage) -> Response:
    """Done at once: the client is given what it would have polled for."""
    accepted = passage.send()
    server = _registered(passage, accepted.headers.get("Location", ""))
    return accepted if server is None else answer(server, 201)


def _registered(passage: Passage, location: str) -> dict[str, Any] | None:
    org = passage.org
    with org.store.write() as db:
        operation = operations.seek(db, location.rpartition("/")[2])
        if operation is None or not settling.claim(db, operation.id):
            return None
    settling.finish_now(org, operation)
    with org.store.read() as db:
        server = servers.seek(db, operation.resource_id)
        return None if server is None else servers.view(org, server)


def _rewriting(change: Callable[[Any], Any]) -> Callable[[Passage], Response]:
    """Every JSON answer that is not an error, with something changed."""

    def act(passage: Passage) -> Response:
        response = passage.send()
        if response.status_code < _FIRST_ERROR and response.mimetype == "application/json":
            response.set_data(json.dumps(change(json.loads(response.get_data()))))
        return response

    return act


def _each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    """Of a list each object, else the object itself."""

    def act(body: Any) -> Any:
        if isinstance(body, dict) and isinstance(body.get("data"), list):
            return {**body, "data": [change(one) for one in body["data"]]}
        return change(body) if isinstance(body, dict) else body

    return act


def _top_level(server: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in server.items() if key != "metadata"}, **server.get("metadata", {})}


def _pending(server: dict[str, Any]) -> dict[str, Any]:
    return {**server, "status": "PENDING"} if str(server.get("id", "")).startswith("ems") else server


def _without_orn(agent: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in agent.items() if key != "orn"}


def _bare(body: Any) -> Any:
    return body["data"] if isinstance(body, dict) and isinstance(body.get("data"), list) else body


def _base_self_link(passage: Passage) -> Response:
    def change(body: Any) -> Any:
        return {**body, "_links": {**body["_links"], "self": {"href": passage.org.url("/")}}}

    return _rewriting(change)(passage)


def _misspelled(body: Any) -> Any:
    return json.loads(json.dumps(body).replace("/workload-principals/", "/workload-principal/"))


_ACTS: Mapping[str, Callable[[Passage], Response]] = {
    "reset-before": _reset_before,
    "reset-after": _reset_after,
    "timeout-after": _timeout_after,
    "truncated-body": _truncated,
    "short-json": _short_json,
    "duplicate-delivery": _duplicate,
    "error-500": _refusing("E0000009"),
    "error-500-after": _refusing("E0000009", after=True),
    "error-503": _refusing("E0000010"),
    "rate-limited": _rate_limited,
    "html": _html,
    "html-after": _html_after,
    "date-ahead": _dated(_HOUR),
    "date-behind": _dated(-_HOUR),
    "slow": _slow,
    "expired-cursor": _expired_cursor,
    "empty-400": _empty_400,
    "register-201": _register_201,
    "top-level-names": _rewriting(_each(_top_level)),
    "bare-list": _rewriting(_bare),
    "base-self-link": _base_self_link,
    "firewall": _firewall,
    "pending-forever": _rewriting(_each(_pending)),
    "misspelled-links": _rewriting(_misspelled),
    "agent-without-orn": _rewriting(_each(_without_orn)),
    "misleading-404": _refusing("E0000007"),
    "not-subscribed": _refusing("E0000015"),
    "no-such-path": _refusing("E0000008"),
}
