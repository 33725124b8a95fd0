"""A service app of the organisation: it signs, gets access tokens for that, and binds them to a key (okta-api §4)."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from threading import Lock

import httpx

from reconciler.backends.okta.auth import AskToken
from reconciler.backends.okta.errors import body_of, demanded_scopes
from reconciler.backends.okta.keys import SigningKey
from reconciler.backends.okta.proof import Proofs
from reconciler.backends.okta.refusals import PROOF_MISSING, USE_NONCE, access_token, oauth_error, refusal
from reconciler.core.errors import PermissionDenied, ReconcilerError
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock
from reconciler.core.veil import VEIL

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300
_MARGIN_SECONDS = 60.0
_TRIES = 4


class Dpop(StrEnum):
    """Whether access tokens are bound to a key: when the app demands it, always, or never."""

    AUTO = "auto"
    REQUIRED = "required"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ServiceApp:
    """A service app of the organisation."""

    client_id: str
    key: SigningKey
    dpop: Dpop = Dpop.AUTO
    epoch: Callable[[], float] = field(default=time.time, repr=False)
    """Seconds since 1970, for the times inside of what is signed."""

    def open(self, endpoint: httpx.URL, ask: AskToken, clock: Clock) -> "ServiceSession":
        """Give the credential that asks at a token endpoint when it is needed."""
        return ServiceSession(self, endpoint, ask, clock)


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    is_bound: bool
    until: float


class ServiceSession:
    """The access token of a service app: in memory only, renewed shortly before its end and once when refused.

    It is asked for with the scopes that were needed so far, and no others: reads ask for less than writes.
    """

    def __init__(self, app: ServiceApp, endpoint: httpx.URL, ask: AskToken, clock: Clock) -> None:
        self._app = app
        self._endpoint = endpoint
        self._ask = ask
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None
        self._scopes: frozenset[str] = frozenset()
        self._demanded: frozenset[str] = frozenset()
        self._proofs = Proofs(app.epoch) if app.dpop is Dpop.REQUIRED else None

    def need(self, scopes: frozenset[str]) -> None:
        with self._lock:
            wanted = _without_covered(self._scopes | scopes) | self._demanded
            if wanted != self._scopes:
                self._token, self._scopes = self._fetch(wanted), wanted

    def prepare(self) -> None:
        self._current()

    def headers(self, method: str, url: httpx.URL) -> Mapping[str, str]:
        token, proofs = self._current()
        if not token.is_bound or proofs is None:
            return {"Authorization": f"Bearer {token.value}"}
        return {"Authorization": f"DPoP {token.value}", "DPoP": proofs.make(method, url, token.value)}

    def refused(self, sent: Mapping[str, str], response: httpx.Response) -> bool:
        if response.status_code == httpx.codes.FORBIDDEN:
            return self._step_up(response)
        body, challenge = body_of(response), response.headers.get("WWW-Authenticate", "")
        if isinstance(body, dict) and body.get("errorCode") == "E0000015":
            return False  # the feature is not there, whoever asks
        with self._lock:
            if self._proofs and self._proofs.hear(response, from_token_endpoint=False) and USE_NONCE in challenge:
                return True
            if self._token and sent["Authorization"].endswith(f" {self._token.value}"):
                self._token = None
            if self._proofs is None and challenge.lower().startswith("dpop") and self._app.dpop is Dpop.AUTO:
                self._proofs = Proofs(self._app.epoch)
        return True

    def _step_up(self, response: httpx.Response) -> bool:
        """Ask for a scope that the organisation demands by name (RFC 6750 section 3); a read never leads to a write.

        Whether `.manage` allows reading, and which scope some calls need, is not published (okta-api §6 row 18).
        """
        may_write = response.request.method != "GET"
        demanded = {each for each in demanded_scopes(response) if may_write or each.endswith(".read")}
        with self._lock:
            if not demanded or demanded <= self._scopes:
                return False
            try:
                self._token = self._fetch(self._scopes | demanded)
            except PermissionDenied:
                return False
            self._scopes, self._demanded = self._scopes | demanded, self._demanded | demanded
        return True

    def _current(self) -> tuple[_Token, Proofs | None]:
        with self._lock:
            if self._token is None or self._clock.now() >= self._token.until:
                self._token = self._fetch(self._scopes)
            return self._token, self._proofs

    def _fetch(self, scopes: frozenset[str]) -> _Token:
        """Ask until the organisation has a proof and a nonce that it likes; a few answers are about these alone."""
        for _ in range(_TRIES):
            began = self._clock.now()
            response = self._ask(lambda: (self._form(scopes), self._proof()))
            if response.is_success:
                return self._read(response, began)
            fault = oauth_error(response)
            if self._proofs and self._proofs.hear(response, from_token_endpoint=True) and fault.error == USE_NONCE:
                continue
            if self._proofs is None and fault.error == PROOF_MISSING and self._app.dpop is Dpop.AUTO:
                self._proofs = Proofs(self._app.epoch)
                self._proofs.hear(response, from_token_endpoint=True)
                continue
            break
        raise self._refusal(response, scopes)

    def _read(self, response: httpx.Response, began: float) -> _Token:
        value, kind, seconds = access_token(response, demands_dpop=self._app.dpop is Dpop.REQUIRED)
        VEIL.add(value)
        if self._proofs:
            self._proofs.hear(response, from_token_endpoint=True)
        return _Token(value, kind == "dpop", began + seconds - min(_MARGIN_SECONDS, seconds / 10))

    def _form(self, scopes: frozenset[str]) -> Mapping[str, str]:
        now = int(self._app.epoch())
        assertion = self._app.key.sign(
            {
                "iss": self._app.client_id,
                "sub": self._app.client_id,
                "aud": str(self._endpoint),
                "iat": now,
                "exp": now + _ASSERTION_SECONDS,
                "jti": str(uuid.uuid4()),
            }
        )
        VEIL.add(assertion)
        return {
            "grant_type": "client_credentials",
            "scope": " ".join(sorted(scopes)),
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion,
        }

    def _proof(self) -> Mapping[str, str]:
        return {"DPoP": self._proofs.make("POST", self._endpoint)} if self._proofs else {}

    def _refusal(self, response: httpx.Response, scopes: frozenset[str]) -> ReconcilerError:
        """What stands in the way; of several scopes, those that are refused alone, too, are the missing ones."""
        error = refusal(response, self._app.client_id, self._app.epoch())
        if not isinstance(error, PermissionDenied):
            return error
        lacking = sorted(scopes)
        if len(scopes) > 1:
            lacking = [scope for scope in lacking if not self._is_granted(scope)] or lacking
        return PermissionDenied(
            f"The service app {self._app.client_id} was not granted {', '.join(lacking)}.",
            fix="Grant it under Okta API Scopes of the app, as a super administrator; then run again.",
        )

    def _is_granted(self, scope: str) -> bool:
        try:
            self._fetch(frozenset({scope}))
        except PermissionDenied:
            return False
        except ReconcilerError:
            pass  # another trouble tells nothing about the scope
        return True


def _without_covered(scopes: frozenset[str]) -> frozenset[str]:
    """The scopes less those for reading where the one for writing is among them, which allows both."""
    areas = {each.removesuffix(".manage") for each in scopes if each.endswith(".manage")}
    return scopes - {f"{area}.read" for area in areas}
