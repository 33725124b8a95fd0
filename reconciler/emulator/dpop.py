"""Proofs of possession (RFC 9449, okta-api §4): what they must say, and the nonces that the token endpoint demands."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import once, signed
from .errors import Refusal
from .jwk import public
from .store import fact, remember

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from .organisation import Organisation

_DAY = 86400
_GOOD_FOR_DAYS = 3
_SECONDS = 300.0
"""How far the clock of a client may be off."""


class BadProof(Exception):
    """A proof that proves nothing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was checked: whose key it is, and the nonce in it."""

    thumbprint: str
    nonce: str | None
    token_hash: str | None


def check(org: Organisation, db: sqlite3.Connection, request: Request) -> Proof:
    """The one proof in the headers of a request, for this method and address, used for the first time."""
    given = request.headers.getlist("DPoP")
    if len(given) != 1:
        raise BadProof("there must be exactly one DPoP header")
    try:
        head = signed.header(given[0])
        key = head.get("jwk")
        if head.get("typ") != "dpop+jwt" or not isinstance(key, dict):
            raise BadProof("its header must have typ dpop+jwt and a jwk")
        key = public(key)
        said = signed.claims(given[0], key)
    except (signed.Unreadable, Refusal) as error:
        raise BadProof(str(error)) from error
    _check_claims(org, request, said)
    jti = f"{said['jti']}"
    if not once.take(db, org.now(), f"dpop {signed.thumbprint(key)} {jti}", _SECONDS):
        raise BadProof("its jti was used before")
    return Proof(signed.thumbprint(key), said.get("nonce"), said.get("ath"))


def _check_claims(org: Organisation, request: Request, said: Mapping[str, Any]) -> None:
    if said.get("htm") != request.method:
        raise BadProof("its htm is not the method of the request")
    if said.get("htu") != org.url(request.path):
        raise BadProof("its htu is not the address of the request")
    issued = said.get("iat")
    if not isinstance(issued, int | float) or abs(org.now() - issued) > _SECONDS:
        raise BadProof("its iat is not the present time")
    if not isinstance(said.get("jti"), str) or not said["jti"]:
        raise BadProof("it has no jti")


def nonce(org: Organisation, db: sqlite3.Connection, days_ago: int = 0) -> str:
    """The nonce of a day; a new one every 24 hours."""
    secret = fact(db, "nonce-secret")
    if secret is None:
        secret = secrets.token_hex(32)
        remember(db, "nonce-secret", secret)
    day = int(org.now() // _DAY) - days_ago
    mac = hmac.new(secret.encode(), str(day).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:24]).decode()


def is_current(org: Organisation, db: sqlite3.Connection, said: str | None) -> bool:
    """Old nonces are good for three days."""
    return said is not None and any(said == nonce(org, db, days) for days in range(_GOOD_FOR_DAYS + 1))
