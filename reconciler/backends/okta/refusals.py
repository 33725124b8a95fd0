"""What the token endpoint says, and what to do about it: OAuth errors, not Okta codes (okta-api §4)."""

from email.utils import parsedate_to_datetime

import httpx

from reconciler.backends.okta.errors import body_of, error_of, plain
from reconciler.core.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    PermissionDenied,
    ReconcilerError,
    RemoteError,
)
from reconciler.core.noun import dataclass
from reconciler.core.quantity import counted
from reconciler.core.veil import VEIL

USE_NONCE = "use_dpop_nonce"
PROOF_MISSING = "invalid_dpop_proof"
_SKEW_SECONDS = 120.0
_FIXES = {
    "invalid_client": "Check that `clientId` is that of the app, that the public half of `privateKey` is among its "
    "public keys and active, and that `keyId` names it.",
    "unauthorized_client": "Make the app a service app (API Services) with the grant type client credentials.",
    PROOF_MISSING: "Set `dpop: auto`, or switch off `Require DPoP header in token requests` in the app.",
    USE_NONCE: "Set `dpop: auto`; if it is set, something between here and the organisation removes the header "
    "DPoP-Nonce.",
}


@dataclass(frozen=True, slots=True)
class OAuthError:
    """RFC 6749 section 5.2."""

    error: str = ""
    description: str = ""


def oauth_error(response: httpx.Response) -> OAuthError:
    """Read an OAuth error; an empty one where the answer holds none."""
    body = body_of(response)
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return OAuthError()
    return OAuthError(body["error"], VEIL.over(plain(str(body.get("error_description", "")))))


def access_token(response: httpx.Response, *, demands_dpop: bool) -> tuple[str, str, float]:
    """Read a token response: the token, its type in lower case, and for how many seconds it holds."""
    body = body_of(response)
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise AnswerUnreadable("The token endpoint answers 200, and the body is no token response.")
    kind, seconds = str(body.get("token_type", "")).lower(), body.get("expires_in", 3600)
    if demands_dpop and kind != "dpop":
        raise AuthenticationFailed(
            "A token bound to a key was asked for (`dpop: required`), and the organisation gave an ordinary one.",
            fix="Switch on DPoP in the app, or set `dpop: auto`.",
        )
    if kind not in {"bearer", "dpop"}:
        raise AnswerUnreadable(f"The token endpoint gives a token of type {plain(kind)!r}.")
    return value, kind, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else 3600.0


def refusal(response: httpx.Response, client_id: str, epoch: float) -> ReconcilerError:
    """Give the error that a refused token request means; PermissionDenied where a scope is the trouble."""
    said = oauth_error(response)
    if not said.error:
        return _unintelligible(response)
    if said.error in {"invalid_scope", "access_denied"}:
        return PermissionDenied(said.description)
    words = f": {said.description.rstrip('.')}" if said.description else ""
    text = f"The organisation gives the service app {client_id} no token ({said.error}{words})."
    return AuthenticationFailed(f"{text}{_skew(response, epoch)}", fix=_fix(response, said.error, epoch))


def _unintelligible(response: httpx.Response) -> ReconcilerError:
    body = body_of(response)
    if isinstance(body, dict) and "errorCode" in body:
        error = error_of(response)
        return error if isinstance(error, RemoteError) else RemoteError(error.detail)
    media = plain(response.headers.get("Content-Type", "no media type").partition(";")[0])
    return AnswerUnreadable(
        f"The token endpoint answers {response.status_code} with {media} instead of JSON.",
        fix="Check `orgUrl`, and what stands between here and the organisation.",
    )


def _seconds_ahead(response: httpx.Response, epoch: float) -> float:
    """By how much this machine's clock is ahead of the organisation's `Date`; 0 where that cannot be known."""
    try:
        return epoch - parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0


def _skew(response: httpx.Response, epoch: float) -> str:
    ahead = _seconds_ahead(response, epoch)
    if abs(ahead) < _SKEW_SECONDS:
        return ""
    way = "ahead of" if ahead > 0 else "behind"
    return f" This machine's clock is {counted(round(abs(ahead) / 60), 'minute')} {way} the organisation's."


def _fix(response: httpx.Response, error: str, epoch: float) -> str:
    if abs(_seconds_ahead(response, epoch)) >= _SKEW_SECONDS:
        return "Set this machine's clock: what is signed carries its time, and is refused when that is off."
    return _FIXES.get(error, "")
