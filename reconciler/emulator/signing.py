"""Signing keys of custom authorization servers, as far as the management API shows them.

The emulator issues no tokens, so a key is a public modulus without a private half.
"""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from . import identifiers

_KEY_BYTES = 256
_ROTATION_SECONDS = 90 * 86400.0


def first_keys(now: float) -> dict[str, Any]:
    return {"active": _key(), "next": _key(), "expired": None, "rotated": now, "mode": "AUTO"}


def rotate(keys: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The next key becomes the active one, the active one expires."""
    return {**keys, "active": keys["next"], "next": _key(), "expired": keys["active"], "rotated": now}


def _key() -> dict[str, str]:
    modulus = bytearray(secrets.token_bytes(_KEY_BYTES))
    modulus[0] |= 0x80
    modulus[-1] |= 0x01
    text = base64.urlsafe_b64encode(bytes(modulus)).decode().rstrip("=")
    return {"kid": secrets.token_urlsafe(32), "n": text}


def credentials(keys: Mapping[str, Any]) -> dict[str, Any]:
    """`credentials.signing` of an authorization server (okta-api §1.6)."""
    said = {
        "kid": keys["active"]["kid"],
        "rotationMode": keys["mode"],
        "lastRotated": identifiers.timestamp(keys["rotated"]),
        "use": "sig",
    }
    if keys["mode"] == "AUTO":
        said["nextRotation"] = identifiers.timestamp(keys["rotated"] + _ROTATION_SECONDS)
    return said


def views(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys as the API lists them."""
    return [
        {**_public(keys[status]), "status": status.upper()}
        for status in ("active", "next", "expired")
        if keys[status] is not None
    ]


def published(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The key set that clients of the authorization server read."""
    return {"keys": [_public(keys[status]) for status in ("active", "next", "expired") if keys[status]]}


def _public(key: Mapping[str, str]) -> dict[str, str]:
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", **key}
