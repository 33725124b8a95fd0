"""Public keys as they are handed in (RFC 7517): what a client may register."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from .errors import invalid

_MEMBERS: Mapping[str, tuple[str, ...]] = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_CURVES = ("P-256", "P-384", "P-521")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SMALLEST_MODULUS = 256
"""Bytes: RSA keys have 2048 bits or more (okta-api §1.10)."""


def public(body: Mapping[str, Any]) -> dict[str, str]:
    """The members of a public key, checked; a private one is refused, not dropped."""
    if _PRIVATE & set(body):
        raise invalid("jwk", "The key must be public, this one has private members", "INVALID_FORMAT")
    kind = body.get("kty")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise invalid("kty", f"The field must be one of {', '.join(_MEMBERS)}")
    said = {name: body.get(name) for name in ("kty", *_MEMBERS[kind], "use", "alg", "kid")}
    said["use"] = "sig" if said["use"] is None else said["use"]
    _check(said)
    return {name: value for name, value in said.items() if isinstance(value, str)}


def _check(said: Mapping[str, Any]) -> None:
    if any(value is not None and not isinstance(value, str) for value in said.values()):
        raise invalid("jwk", "The members of a key are strings")
    if said["use"] != "sig":
        raise invalid("use", "The field must be sig")
    numbers = [name for name in ("n", "e", "x", "y") if name in said]
    sizes = {name: _size(name, said[name]) for name in numbers}
    if sizes.get("n", _SMALLEST_MODULUS) < _SMALLEST_MODULUS:
        raise invalid("n", "An RSA key needs at least 2048 bits")
    if "crv" in said and said["crv"] not in _CURVES:
        raise invalid("crv", f"The field must be one of {', '.join(_CURVES)}")


def _size(name: str, value: str | None) -> int:
    try:
        number = base64.b64decode((value or "").encode("ascii") + b"==", b"-_")
    except (ValueError, binascii.Error):
        number = b""
    if not number:
        raise invalid(name, "The field must be a base64url number")
    return len(number.lstrip(b"\x00"))
