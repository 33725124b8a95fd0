"""Reading what others have signed: JWTs of clients and proofs of possession. The only door to the JOSE library here."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""What the token endpoint takes (okta-api §4)."""
_MOST = 16_384
_PARTS = 3
"""Of the compact form, RFC 7515 section 7.1."""


class Unreadable(Exception):
    """No JWT, or not signed with the key that it should be signed with."""


def header(text: str) -> dict[str, Any]:
    """The protected header, not verified: it says which key to try."""
    said = _part(text, 0)
    if said.get("alg") not in ALGORITHMS:
        raise Unreadable(f"its algorithm is not one of {', '.join(ALGORITHMS)}")
    return said


def unverified(text: str) -> dict[str, Any]:
    """The claims as they are claimed; only to find out whose key should verify them."""
    return _part(text, 1)


def _part(text: str, number: int) -> dict[str, Any]:
    parts = text.split(".")
    if len(text) > _MOST or len(parts) != _PARTS:
        raise Unreadable("it is no JWT")
    try:
        part = parts[number].encode("ascii")
        said = json.loads(base64.b64decode(part + b"=" * (-len(part) % 4), b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is no JWT") from error
    if not isinstance(said, dict):
        raise Unreadable("it is no JWT")
    return said


def claims(text: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """What it says, when it is signed with this key."""
    shown = {name: value for name, value in key.items() if name not in ("id", "status", "use", "alg")}
    try:
        return dict(jwt.decode(text, import_key(shown), algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unreadable("its signature is not one of the key") from error


def thumbprint(key: Mapping[str, Any]) -> str:
    """RFC 7638, by which a token is bound to a key."""
    return import_key(dict(key)).thumbprint()


def hashed(token: str) -> str:
    """`ath` of RFC 9449: base64url of the SHA-256 of a token."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode("utf-8")).digest()).decode().rstrip("=")
