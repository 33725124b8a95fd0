"""One credentialed HTTP client for one organisation: sends, waits out limits, retries reads, maps errors."""

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

import httpx

from reconciler import __version__
from reconciler.backends.okta.auth import TOKEN_PATH, ApiToken, App, Credential, TokenRequest, scope
from reconciler.backends.okta.errors import error_of
from reconciler.backends.okta.governor import Allowance, Governor
from reconciler.backends.okta.rate import told
from reconciler.core.errors import (
    AnswerUnreadable,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ReconcilerError,
    RemoteError,
)
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock

_RETRIES = 3
_RATE_RETRIES = 3
_CREDENTIAL_TRIES = 3
_REFUSALS = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_LONGEST_WAIT = 60.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_LIMITS = httpx.Limits(max_connections=40, max_keepalive_connections=40)
_MERGE_PATCH = "application/merge-patch+json"


def network(org_url: str) -> httpx.BaseTransport:
    """The way to an organisation over the network; no proxy or certificate of the environment is used.

    Reading the public certificate authorities takes as long as importing httpx. Where https is not spoken none is
    trusted.
    """
    is_tls = httpx.URL(org_url).scheme == "https"
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.HTTPTransport(verify=is_tls or nobody, trust_env=False, limits=_LIMITS)


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
        credential: str | App,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self._origin = httpx.URL(org_url)
        self._clock = clock
        self.governor = Governor(clock, allowance)
        self._transport = transport or network(org_url)
        self._headers = httpx.Headers(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "Connection": "keep-alive",
                "User-Agent": f"mcp-reconciler/{__version__}",
            }
        )
        self._extensions = {"timeout": _TIMEOUT.as_dict()}
        self._credential: Credential = (
            ApiToken(credential)
            if isinstance(credential, str)
            else credential.open(self._origin.join(TOKEN_PATH), self._ask_token, clock)
        )
        self.date = ""
        """The organisation's own time, as the header of its last answer has it."""

    def close(self) -> None:
        self._transport.close()

    def need(self, areas: Iterable[str], *, write: bool = False) -> None:
        """Announce the areas of scopes that requests will be about; PermissionDenied names what was not granted."""
        self._credential.need(frozenset(scope(area, write=write) for area in areas))

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send, and give an answer below 400. What certainly had no effect is tried again, and so is a read or delete.

        Anything else is sent once: whoever asked has to look what came of it (okta-api §7).
        """
        url = self._at_home(exchange.url)
        limited = trouble = 0
        while True:
            response, error = self._tried(exchange, url)
            if error is None:
                return response
            if isinstance(error, RateLimited) and limited < _RATE_RETRIES:
                limited += 1  # the governor waits
                continue
            if isinstance(error, NotFound) and exchange.method == "DELETE" and trouble:
                return httpx.Response(httpx.codes.NO_CONTENT)  # an earlier try has done it
            if trouble == _RETRIES or not _may_repeat(exchange.method, response, error):
                raise error
            trouble += 1
            self._clock.sleep(_retry_after(response) or 0.3 * 2**trouble)

    def _tried(self, exchange: Exchange, url: httpx.URL) -> tuple[httpx.Response, ReconcilerError | None]:
        """One try: the answer, and what is wrong with it, if anything."""
        try:
            for _ in range(_CREDENTIAL_TRIES):
                response, sent = self._once(exchange, url)
                if response.status_code not in _REFUSALS or not self._credential.refused(sent, response):
                    break
        except (RemoteError, OutcomeUnknown) as error:
            return httpx.Response(httpx.codes.BAD_GATEWAY), error
        if not response.is_error:
            return response, None
        return response, error_of(response, (sent["Authorization"].partition(" ")[2], *exchange.hidden))

    def _once(self, exchange: Exchange, url: httpx.URL) -> tuple[httpx.Response, Mapping[str, str]]:
        """Send one request under the rate limit; give the answer and the headers that carried the credential.

        Both are made when the turn has come: a proof made before a long wait would be stale.
        """
        self._credential.prepare()
        with self.governor.turn(url.path, begins=exchange.begins) as turn:
            sent = self._credential.headers(exchange.method, url)
            turn.answer = self._delivered(self._request(exchange, url, sent))
            return turn.answer, sent

    def _delivered(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request, whatever it says; errors of the connection and redirects are ours."""
        method, path = request.method, request.url.path
        try:
            response = self._exchange(request)
        except httpx.ConnectError as error:
            raise RemoteError(f"{self._origin.host} cannot be reached: {_words(error)}.") from error
        except httpx.HTTPError as error:
            text = f"{method} {path}: the connection failed: {_words(error)}."
            raise (RemoteError(text) if method == "GET" else OutcomeUnknown(text)) from error
        if response.is_redirect:
            raise RemoteError(
                f"{method} {path}: the organisation redirects ({response.status_code}){_whither(response)}.",
                fix="Write the URL that the organisation really has; credentials do not follow redirects.",
            )
        return response

    def _ask_token(self, make: Callable[[], TokenRequest]) -> httpx.Response:
        """Ask the token endpoint, again where it is limited or in trouble: a second token does no harm."""
        url = self._origin.join(TOKEN_PATH)
        for tried in range(_RETRIES + 1):
            form, headers = make()
            request = httpx.Request(
                "POST", url, headers={**self._headers, **headers}, data=dict(form), extensions=self._extensions
            )
            try:
                response = self._delivered(request)
            except (RemoteError, OutcomeUnknown) as error:
                if tried == _RETRIES or error.fix:
                    raise RemoteError(error.detail, fix=error.fix) from error
                self._clock.sleep(0.3 * 2 ** (tried + 1))
                continue
            if not (response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS):
                break
            limit = told(response)
            self._clock.sleep(limit.seconds + 0.5 if limit else _retry_after(response) or 0.3 * 2 ** (tried + 1))
        return response

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        """One request, one answer with its whole body."""
        response = self._transport.handle_request(request)
        response.request = request
        try:
            response.read()
        finally:
            response.close()
        self.date = response.headers.get("Date", self.date)
        return response

    def _request(self, exchange: Exchange, url: httpx.URL, sent: Mapping[str, str]) -> httpx.Request:
        headers = self._headers.copy()
        headers.update(sent)
        if exchange.body is None:
            # Okta answers 411 to a POST or PUT that says nothing of its length (okta-api §2.1); httpx then says 0.
            return httpx.Request(exchange.method, url, headers=headers, extensions=self._extensions)
        if exchange.merge:
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


def _may_repeat(method: str, response: httpx.Response, error: ReconcilerError) -> bool:
    """Whether another try can do no harm: the request had no effect, or is a delete, which has it only once.

    A bare 400 is never repeated, whatever the method (okta-api §7).
    """
    had_no_effect = type(error) is RemoteError and not error.fix
    return had_no_effect or (method == "DELETE" and isinstance(error, OutcomeUnknown) and response.is_server_error)


def _retry_after(response: httpx.Response) -> float:
    """Seconds that an answer asks to wait, within reason; 0 where it asks nothing."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_WAIT) if said.isascii() and said.isdigit() else 0.0


def _whither(response: httpx.Response) -> str:
    """The origin that a redirect names, and no more of it: what follows may hold a token of somebody."""
    try:
        target = response.request.url.join(response.headers["Location"])
    except httpx.InvalidURL:
        return ""
    return f" to {target.scheme}://{target.netloc.decode()}" if target.host else ""


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
