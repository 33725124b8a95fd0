"""From an HTTP answer to our error tree (okta-api §2.8)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from reconciler.backends.okta.access import needed
from reconciler.core.document import read_json
from reconciler.core.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    CallRefused,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    ReconcilerError,
    RemoteError,
)

_UNREADABLE = object()


_BY_CODE: dict[tuple[int, str], type[RemoteError]] = {
    (401, "E0000015"): NotOffered,
    (404, "E0000008"): NotOffered,
}
_ABOUT_STATE = frozenset({"E0000038", "E0000056"})
"""403 that tells of an object's state, not of a missing right (okta-api §2.7, §6 row 4)."""
_MAINTENANCE = "E0000010"
_LACKS_SCOPE = "insufficient_scope"
_SCOPE = re.compile(r'scope="([^"]{1,1000})"')
_OKTA_SCOPE = re.compile(r"okta(\.[A-Za-z0-9]+){1,4}\.(read|manage)")
_BY_STATUS: dict[int, type[RemoteError]] = {401: AuthenticationFailed, 403: PermissionDenied, 429: RateLimited}


def error_of(response: httpx.Response, hidden: tuple[str, ...] = ()) -> ReconcilerError:
    """Give the error that an answer of 400 and above means. Branches on Okta's code, never on its texts.

    `hidden` is what must not be quoted even when the organisation repeats it: the credential, secrets of the request.
    """
    place = f"{response.request.method} {response.request.url.path}"
    body = body_of(response)
    if not isinstance(body, dict) or "errorCode" not in body:
        return _without_code(response, place)
    status, code = response.status_code, str(body["errorCode"])
    text = f"{place}: {status} {code} {_summary(body, hidden)}"
    remote = _BY_CODE.get((status, code)) or _BY_STATUS.get(status)
    if remote and code not in _ABOUT_STATE:
        return remote(text, fix=_fix(response))
    if status == httpx.codes.NOT_FOUND:
        return NotFound(text)
    if response.is_server_error and status != httpx.codes.NOT_IMPLEMENTED:
        # Maintenance refuses at the door; after any other trouble a write may have been carried out.
        had_no_effect = response.request.method == "GET" or code == _MAINTENANCE
        return RemoteError(text) if had_no_effect else OutcomeUnknown(text)
    reasons, locations = _of_causes(body, "reason"), _of_causes(body, "location")
    return CallRefused(text, status=status, error_code=code, reasons=reasons, locations=locations)


def _fix(response: httpx.Response) -> str:
    """What to grant where something is lacking; the class's own advice otherwise."""
    if response.status_code != httpx.codes.FORBIDDEN:
        return ""
    scopes = demanded_scopes(response)
    if scopes:
        return f"Grant the scope {', '.join(sorted(scopes))} to the service app, under Okta API Scopes."
    lacks_scope = _LACKS_SCOPE in response.headers.get("WWW-Authenticate", "")
    return needed(response.request.method, response.request.url.path, scope=lacks_scope)


def demanded_scopes(response: httpx.Response) -> frozenset[str]:
    """The scopes that a challenge demands by name (RFC 6750 section 3); only such as Okta's API has."""
    challenge = response.headers.get("WWW-Authenticate", "")
    named = _SCOPE.search(challenge) if _LACKS_SCOPE in challenge else None
    return frozenset(each for each in (named[1].split() if named else ()) if _OKTA_SCOPE.fullmatch(each))


def _without_code(response: httpx.Response, place: str) -> ReconcilerError:
    """An error answer that is not Okta's: a proxy's page, an empty body."""
    text = f"{place}: {response.status_code} without a readable error."
    remote = _BY_STATUS.get(response.status_code)
    if remote:
        return remote(text, fix=_fix(response))
    if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED}:
        return NotOffered(text)
    if response.request.method == "GET":
        return RemoteError(text) if response.is_server_error else AnswerUnreadable(text)
    # A write that failed without a word may have been carried out (okta-api §5.2).
    return OutcomeUnknown(text)


def body_of(response: httpx.Response) -> Any:
    """The JSON of an answer; a marker that equals nothing when it is not JSON."""
    try:
        return read_json(response.content)
    except (ValueError, RecursionError):
        return _UNREADABLE


@contextmanager
def understood() -> Iterator[None]:
    """Turn stumbling over an answer of another shape into an error that says so; nothing is concluded from it."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, httpx.InvalidURL) as error:
        said = plain(f"{type(error).__name__}: {error}")
        raise AnswerUnreadable(f"An object has another shape than the API documents ({said}).") from error


def _summary(body: dict[str, Any], hidden: tuple[str, ...]) -> str:
    said = [str(body.get("errorSummary", "")), *(str(cause.get("errorSummary", "")) for cause in _causes(body))]
    text = " / ".join(part for part in said if part)
    for secret in filter(None, hidden):
        text = text.replace(secret, "***")
    return plain(text)


def _of_causes(body: dict[str, Any], member: str) -> tuple[str, ...]:
    return tuple(str(cause[member]) for cause in _causes(body) if member in cause)


def _causes(body: dict[str, Any]) -> list[dict[str, Any]]:
    causes = body.get("errorCauses")
    return [cause for cause in causes if isinstance(cause, dict)] if isinstance(causes, list) else []


def plain(text: str) -> str:
    """Text from outside as it may be shown: one line, no control characters, bounded."""
    return "".join(ch if ch.isprintable() else " " for ch in text)[:500]
