"""The door to the outside: one bounded GET of a metadata document (okta-api §6 row 19)."""

from __future__ import annotations

import functools
import json
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from .bodies import is_reachable

if TYPE_CHECKING:
    import httpx

_MAX_BYTES = 1 << 20
_MAX_REDIRECTS = 3
_HEADERS = {"Accept": "application/json", "User-Agent": "mcp-reconciler-emulator"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one fetch may take, and whether plain http on loopback is allowed."""

    seconds: float
    loopback_http: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON object, or why there is none; `reached` tells a bad answer from no answer."""

    document: dict[str, Any] | None
    problem: str = ""
    reached: bool = True


class _Unusable(Exception):
    """The answer is not a document."""


def fetch(url: str, limits: Limits) -> Fetched:
    """GET a JSON object; redirects are followed on the same origin only."""
    import httpx  # noqa: PLC0415  # most runs never fetch, and httpx costs more to import than all the rest

    deadline = time.monotonic() + limits.seconds
    try:
        with httpx.Client(trust_env=False, timeout=limits.seconds, verify=_tls(), headers=_HEADERS) as client:
            return Fetched(_document(client, url, limits, deadline))
    except _Unusable as error:
        return Fetched(None, f"{url}: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Fetched(None, f"{url}: {type(error).__name__}", reached=False)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Loading the trusted certificates is slow; once is enough."""
    return ssl.create_default_context()


def _document(client: httpx.Client, url: str, limits: Limits, deadline: float) -> dict[str, Any]:
    for _ in range(_MAX_REDIRECTS + 1):
        if not is_reachable(url, loopback_http=limits.loopback_http):
            raise _Unusable("not an https URL")
        with client.stream("GET", url) as response:
            if not response.has_redirect_location:
                return _object(response, deadline)
            target = urljoin(url, response.headers["Location"])
        if _origin(target) != _origin(url):
            raise _Unusable("redirects to another host")
        url = target
    raise _Unusable("redirects too often")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _object(response: httpx.Response, deadline: float) -> dict[str, Any]:
    if response.status_code != 200:  # noqa: PLR2004  # the only success of a metadata request
        raise _Unusable(f"status {response.status_code}")
    try:
        document = json.loads(_body(response, deadline))
    except (ValueError, RecursionError) as error:
        raise _Unusable("not JSON") from error
    if not isinstance(document, dict):
        raise _Unusable("not a JSON object")
    return document


def _body(response: httpx.Response, deadline: float) -> bytes:
    """The timeout of httpx is for each read; a body that trickles is cut off here."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise _Unusable("too large")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body)
