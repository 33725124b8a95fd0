"""The private key of a service app: PEM or JWK in, something that signs out; and keys for DPoP that live in memory."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reconciler.core.document import Document
from reconciler.core.errors import KeyUnusable
from reconciler.core.noun import dataclass

_RSA: tuple[str, ...] = ("RS256", "RS384", "RS512")
_EC: Mapping[str, tuple[str, ...]] = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",)}
_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, the algorithm that it signs with, and the id under which the organisation knows it."""

    key: RSAKey | ECKey = field(repr=False)
    algorithm: str
    id: str | None = None

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Give a signed JWT (RFC 7519) in compact form."""
        said = {"alg": self.algorithm, **({"kid": self.id} if self.id else {}), **header}
        return jwt.encode(said, dict(claims), self.key, algorithms=[self.algorithm])

    @property
    def public(self) -> Document:
        """The public half as a JWK, with nothing else."""
        members = ("kty", "n", "e") if isinstance(self.key, RSAKey) else ("kty", "crv", "x", "y")
        found = self.key.as_dict(private=False)
        return {member: found[member] for member in members}


def new_key() -> SigningKey:
    """A key for proofs of possession, which is never written down."""
    return SigningKey(ECKey.generate_key("P-256", private=True), "ES256")


def read_key(text: str, *, key_id: str | None = None, passphrase: str | None = None) -> SigningKey:
    """Read a private key, PEM or JWK (or the one of a key set that has the id); KeyUnusable says what is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a key that is too short is refused below
        if text.lstrip().startswith("{"):
            return _from_jwk(_chosen(text, key_id), key_id)
        return _signing(_from_pem(text, passphrase), key_id, None)


def _chosen(text: str, key_id: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeyUnusable("It begins like a JWK and is not JSON.") from error
    keys = found.get("keys", [found])
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise KeyUnusable("It is JSON and no JWK: `keys` is not a list of objects.")
    if len(keys) > 1:
        keys = [key for key in keys if key_id and key.get("kid") == key_id]
        if len(keys) != 1:
            raise KeyUnusable("It is a key set of several keys; `keyId` has to name one of them.")
    if not keys:
        raise KeyUnusable("It is a key set without a key.")
    chosen: Mapping[str, Any] = keys[0]
    return chosen


def _from_jwk(jwk: Mapping[str, Any], key_id: str | None) -> SigningKey:
    readers: Mapping[object, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in readers:
        raise KeyUnusable(f"A JWK of type {kind!r} cannot sign for Okta; it takes RSA and EC.")
    if "d" not in jwk:
        raise KeyUnusable("It is the public half of a key; signing needs the private one.")
    members = {name: value for name, value in jwk.items() if name not in {"use", "key_ops", "alg", "x5c", "x5t"}}
    try:
        key = readers[kind].import_key(members)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeyUnusable(f"The members of the {kind} key make no key.") from error
    named, algorithm = jwk.get("kid"), jwk.get("alg")
    return _signing(key, key_id or (named if isinstance(named, str) else None), algorithm)


def _from_pem(text: str, passphrase: str | None) -> RSAKey | ECKey:
    pem = text if "\n" in text.strip() else text.replace("\\n", "\n")  # as environment variables often hold it
    if "-----BEGIN" not in pem:
        raise KeyUnusable("It is neither PEM nor a JWK.")
    if "PRIVATE KEY-----" not in pem:
        raise KeyUnusable("It holds no private key: it is a certificate or the public half.")
    if "OPENSSH PRIVATE" in pem:
        raise KeyUnusable("It is an OpenSSH key; `ssh-keygen -p -m pkcs8 -f FILE` makes PEM of it.")
    try:
        key = load_pem_private_key(pem.encode(), passphrase.encode() if passphrase is not None else None)
    except TypeError as error:
        raise KeyUnusable(_about_passphrase(passphrase)) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        reason = "or the passphrase is wrong" if passphrase is not None else "perhaps cut off"
        raise KeyUnusable(f"The PEM text cannot be read: it is damaged, {reason}.") from error
    if isinstance(key, RSAPrivateKey):
        return RSAKey.import_key(key)
    if isinstance(key, EllipticCurvePrivateKey):
        return ECKey(key, key)
    raise KeyUnusable("A key of this type cannot sign for Okta; it takes RSA, and EC on P-256, P-384 and P-521.")


def _about_passphrase(passphrase: str | None) -> str:
    if passphrase is None:
        return "It is encrypted, and there is no passphrase: write `passphrase` beside `privateKey`."
    return "It is not encrypted; remove `passphrase`."


def _signing(key: RSAKey | ECKey, key_id: str | None, algorithm: object) -> SigningKey:
    if isinstance(key, RSAKey):
        if key.raw_value.key_size < _LEAST_BITS:
            raise KeyUnusable(f"An RSA key of {key.raw_value.key_size} bits is too short; Okta takes 2,048 and more.")
        able = _RSA
    else:
        able = _EC.get(key.curve_name, ())
    if not able:
        raise KeyUnusable("A key on this curve cannot sign for Okta; it takes P-256, P-384 and P-521.")
    if algorithm is not None and algorithm not in able:
        raise KeyUnusable(f"The key says `alg` {algorithm!r}; it can sign with {', '.join(able)}.")
    return SigningKey(key, str(algorithm or able[0]), key_id)
