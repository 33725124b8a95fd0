"""One credentialed HTTP client for one organisation: sends, waits out limits, retries reads, maps errors."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from reconciler import __version__
from reconciler.backends.okta.errors import error_of
from reconciler.backends.okta.governor import Allowance, Governor
from reconciler.core.errors import AnswerUnreadable, OutcomeUnknown, RateLimited, ReconcilerError, RemoteError
from reconciler.core.ports import Clock

_READ_RETRIES = 3
_RATE_RETRIES = 3
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=40)
_MERGE_PATCH = "application/merge-patch+json"


def https() -> httpx.BaseTransport:
    """The way to an organisation over the network; no proxy or certificate of the environment is used."""
    return httpx.HTTPTransport(trust_env=False, limits=_LIMITS)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a caller wants sent: method, path or URL of the organisation, body."""

    method: str
    url: str
    body: Any = field(default=None, repr=False)
    merge: bool = False
    begins: bool = False
    """Whether it begins new work, which waits while work that has begun needs the rate limit."""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """Secrets in the body, which are not quoted even when the organisation repeats them."""


class Client:
    """Talks to exactly one origin. The credential is a header of this client only; redirects are never followed.

    It drives httpx's transport itself. The layer above, `httpx.Client`, spends half of a read's CPU time on cookies,
    redirects, authentication flows and joining URLs, and nothing of these may happen here (benchmarks/).
    """

    def __init__(
        self,
        org_url: str,
        authorization: str,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self._origin = httpx.URL(org_url)
        self._clock = clock
        self.governor = Governor(clock, allowance)
        self._transport = transport or https()
        self._headers = httpx.Headers(
            {
                "Authorization": authorization,
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "Connection": "keep-alive",
                "User-Agent": f"mcp-reconciler/{__version__}",
            }
        )
        self._extensions = {"timeout": _TIMEOUT.as_dict()}

    def close(self) -> None:
        self._transport.close()

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send, and give an answer below 400. Reads are retried on trouble, writes only on 429."""
        url = self._at_home(exchange.url)
        rate, trouble = 0, 0
        while True:
            try:
                return self._once(exchange, url)
            except RateLimited:
                rate += 1
                if rate > _RATE_RETRIES:
                    raise
            except (RemoteError, OutcomeUnknown) as error:
                trouble += 1
                if exchange.method != "GET" or trouble > _READ_RETRIES or not _passing(error):
                    raise
                self._clock.sleep(0.3 * 2**trouble)

    def _once(self, exchange: Exchange, url: httpx.URL) -> httpx.Response:
        path = url.path
        try:
            with self.governor.turn(path, begins=exchange.begins) as turn:
                response = turn.answer = self._exchange(self._request(exchange, url))
        except httpx.ConnectError as error:
            raise RemoteError(f"{self._origin.host} cannot be reached: {_words(error)}.") from error
        except httpx.HTTPError as error:
            text = f"{exchange.method} {path}: the connection failed: {_words(error)}."
            raise (RemoteError(text) if exchange.method == "GET" else OutcomeUnknown(text)) from error
        if response.is_redirect:
            raise RemoteError(
                f"{exchange.method} {path}: the organisation redirects ({response.status_code}).",
                fix="Write the URL that the organisation really has; credentials do not follow redirects.",
            )
        if response.is_error:
            raise error_of(response, (self._headers["Authorization"].partition(" ")[2], *exchange.hidden))
        return response

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        """One request, one answer with its whole body."""
        response = self._transport.handle_request(request)
        response.request = request
        try:
            response.read()
        finally:
            response.close()
        return response

    def _request(self, exchange: Exchange, url: httpx.URL) -> httpx.Request:
        headers = self._headers
        if exchange.body is None:
            # Okta answers 411 to a POST or PUT that says nothing of its length (okta-api §2.1); httpx then says 0.
            return httpx.Request(exchange.method, url, headers=headers, extensions=self._extensions)
        if exchange.merge:
            headers = headers.copy()
            headers["Content-Type"] = _MERGE_PATCH
        return httpx.Request(exchange.method, url, headers=headers, json=exchange.body, extensions=self._extensions)

    def _at_home(self, url: str) -> httpx.URL:
        """Give the whole URL; refuse to carry the credential to another origin, whatever `Location` or `Link` says."""
        try:
            if url.startswith("/") and not url.startswith("//") and url.isascii() and "#" not in url:
                return self._origin.copy_with(raw_path=url.encode())
            target = self._origin.join(url)
        except httpx.InvalidURL as error:
            raise AnswerUnreadable(f"The organisation points to an address that is none: {_words(error)}.") from error
        if (target.scheme, target.host, target.port) != (self._origin.scheme, self._origin.host, self._origin.port):
            raise RemoteError(
                f"The organisation points to another host ({target.host}); the credential is not sent there.",
                fix="Use the organisation URL that its own links name.",
            )
        return target


def _passing(error: ReconcilerError) -> bool:
    """Whether trouble with a read is worth another try: connections and 5xx, not refusals."""
    return type(error) is RemoteError and not error.fix


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
