"""Public keys of a key set (RFC 7517), each judged by itself: one bad key must not hide the others.

Private members are noticed and left out before anything is built from a key.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass


class PublicKey(Protocol):
    """Any public key of `cryptography`."""

    def public_bytes(self, encoding: Encoding, format: PublicFormat) -> bytes: ...  # noqa: A002 - its name there


_PUBLIC: Mapping[str, tuple[str, ...]] = {
    "RSA": ("kty", "n", "e"),
    "EC": ("kty", "crv", "x", "y"),
    "OKP": ("kty", "crv", "x"),
}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_READERS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_SIGNING_CURVES = frozenset({"P-256", "P-384", "P-521", "Ed25519", "Ed448"})
_LEAST_BITS = 2048


class Certificate(StrEnum):
    """What the first certificate of `x5c` says about the key."""

    NONE = "none"
    MATCHES = "matches"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One entry of `keys`. `readable` false: no public key could be built from it; `fault` says why."""

    index: int
    type: str = ""
    id: str | None = None
    use: str | None = None
    algorithm: str | None = None
    fault: str = ""
    weak: str = ""
    thumbprint: str | None = None
    private: bool = False
    symmetric: bool = False
    certificate: Certificate = Certificate.NONE
    expires: datetime | None = None

    @property
    def readable(self) -> bool:
        return not self.fault

    @property
    def signs(self) -> bool:
        """Whether it can verify signatures, as far as `use` tells."""
        return self.readable and not self.symmetric and self.use in {None, "sig"}


def read_keys(document: Document) -> tuple[KeyFacts, ...] | None:
    """The entries of a key set, or None when `keys` is not an array."""
    keys = document.get("keys")
    return tuple(_read(index, entry) for index, entry in enumerate(keys)) if isinstance(keys, list) else None


def _read(index: int, entry: Json) -> KeyFacts:
    if not isinstance(entry, dict):
        return KeyFacts(index, fault="not an object")
    kty = _text(entry, "kty") or ""
    said = KeyFacts(
        index=index,
        type=kty,
        id=_text(entry, "kid"),
        use=_text(entry, "use"),
        algorithm=_text(entry, "alg"),
        private=not _PRIVATE.isdisjoint(entry),
        symmetric=kty == "oct",
    )
    if kty in _READERS:
        return _build(said, entry)
    return said if said.symmetric else replace(said, fault="its type is unknown")


def _build(said: KeyFacts, entry: Document) -> KeyFacts:
    """Build the public key. The parts are used one by one, since reading as a whole warns about weak keys."""
    reader = _READERS[said.type]
    public = {name: entry[name] for name in _PUBLIC[said.type] if name in entry}
    try:
        reader.validate_dict_key(public)
        key = reader(reader.binding.import_from_dict(public), public)
        thumbprint = key.thumbprint()
    except (JoseError, ValueError, LookupError, TypeError, UnsupportedAlgorithm):
        return replace(said, fault="no public key can be built from it")
    certificate, expires = _certificate(entry, key.public_key)
    return replace(said, thumbprint=thumbprint, weak=_weakness(key), certificate=certificate, expires=expires)


def _weakness(key: RSAKey | ECKey | OKPKey) -> str:
    if isinstance(key, RSAKey):
        bits = key.public_key.key_size
        return f"{bits} bits" if bits < _LEAST_BITS else ""
    return "" if key.curve_name in _SIGNING_CURVES else f"curve {key.curve_name}"


def _certificate(entry: Document, key: PublicKey) -> tuple[Certificate, datetime | None]:
    """Compare the key with the first certificate of `x5c`, which is standard base64 of DER (RFC 7517 section 4.7)."""
    chain = entry.get("x5c")
    if chain is None:
        return Certificate.NONE, None
    try:
        found = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
        same = _spki(found.public_key()) == _spki(key)
    except (ValueError, TypeError, LookupError, UnsupportedAlgorithm):
        return Certificate.UNREADABLE, None
    return (Certificate.MATCHES if same else Certificate.DIFFERS), found.not_valid_after_utc


def _spki(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _text(entry: Document, name: str) -> str | None:
    value = entry.get(name)
    return value if isinstance(value, str) else None
