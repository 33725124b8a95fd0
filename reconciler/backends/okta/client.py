"""One credentialed HTTP client for one organisation: sends, waits out limits, retries reads, maps errors."""

from dataclasses import dataclass
from typing import Any

import httpx

from reconciler import __version__
from reconciler.backends.okta.errors import error_of
from reconciler.backends.okta.rate import Governor
from reconciler.core.errors import OutcomeUnknown, RateLimited, ReconcilerError, RemoteError
from reconciler.core.ports import Clock

_READ_RETRIES = 3
_RATE_RETRIES = 3
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a caller wants sent: method, path or URL of the organisation, body."""

    method: str
    url: str
    body: Any = None
    merge: bool = False


class Client:
    """Talks to exactly one origin. The credential is a header of this client only; redirects are never followed."""

    def __init__(
        self, org_url: str, authorization: str, clock: Clock, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._origin = httpx.URL(org_url)
        self._clock = clock
        self._governor = Governor(clock)
        self._http = httpx.Client(
            base_url=org_url,
            headers={
                "Authorization": authorization,
                "Accept": "application/json",
                "User-Agent": f"mcp-reconciler/{__version__}",
            },
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=40, max_keepalive_connections=40),
        )

    def close(self) -> None:
        self._http.close()

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send, and give an answer below 400. Reads are retried on trouble, writes only on 429."""
        self._stay_home(exchange.url)
        rate, trouble = 0, 0
        while True:
            try:
                return self._once(exchange)
            except RateLimited:
                rate += 1
                if rate > _RATE_RETRIES:
                    raise
            except (RemoteError, OutcomeUnknown) as error:
                trouble += 1
                if exchange.method != "GET" or trouble > _READ_RETRIES or not _passing(error):
                    raise
                self._clock.sleep(0.3 * 2**trouble)

    def _once(self, exchange: Exchange) -> httpx.Response:
        path = httpx.URL(exchange.url).path
        self._governor.before(path)
        try:
            response = self._http.send(self._request(exchange))
        except httpx.ConnectError as error:
            raise RemoteError(f"{self._origin.host} cannot be reached: {_words(error)}.") from error
        except httpx.HTTPError as error:
            text = f"{exchange.method} {path}: the connection failed: {_words(error)}."
            raise (RemoteError(text) if exchange.method == "GET" else OutcomeUnknown(text)) from error
        self._governor.after(path, response)
        if response.is_redirect:
            raise RemoteError(
                f"{exchange.method} {path}: the organisation redirects ({response.status_code}).",
                fix="Write the URL that the organisation really has; credentials do not follow redirects.",
            )
        if response.is_error:
            raise error_of(response)
        return response

    def _request(self, exchange: Exchange) -> httpx.Request:
        if exchange.body is None:
            # Okta answers 411 to a POST or PUT that says nothing of its length (okta-api §2.1).
            headers = {"Content-Length": "0"} if exchange.method in {"POST", "PUT"} else {}
            return self._http.build_request(exchange.method, exchange.url, headers=headers)
        media = {"Content-Type": _MERGE_PATCH} if exchange.merge else {}
        return self._http.build_request(exchange.method, exchange.url, json=exchange.body, headers=media)

    def _stay_home(self, url: str) -> None:
        """Refuse to carry the credential to another origin, whatever an answer's `Location` or `Link` says."""
        target = self._origin.join(url)
        if (target.scheme, target.host, target.port) != (self._origin.scheme, self._origin.host, self._origin.port):
            raise RemoteError(
                f"The organisation points to another host ({target.host}); the credential is not sent there.",
                fix="Use the organisation URL that its own links name.",
            )


def _passing(error: ReconcilerError) -> bool:
    """Whether trouble with a read is worth another try: connections and 5xx, not refusals."""
    return type(error) is RemoteError and not error.fix


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
