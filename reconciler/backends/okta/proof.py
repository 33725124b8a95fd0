"""Proofs of possession (DPoP, RFC 9449): a key that lives in memory, and the nonces that a server asks for."""

import base64
import hashlib
import uuid
from collections.abc import Callable

import httpx

from reconciler.backends.okta.keys import new_key

NONCE = "DPoP-Nonce"


class Proofs:
    """Makes proofs with one key. Token endpoint and API hand out nonces of their own, so each has its instance."""

    def __init__(self, epoch: Callable[[], float]) -> None:
        self._key = new_key()
        self._epoch = epoch
        self._nonces: dict[bool, str] = {}

    def make(self, method: str, url: httpx.URL, token: str | None = None) -> str:
        """Give the proof for one request; with the access token that it accompanies, if any (section 4.2)."""
        claims = {
            "htm": method,
            "htu": str(url.copy_with(query=None, fragment=None)),
            "iat": int(self._epoch()),
            "jti": str(uuid.uuid4()),
        }
        if nonce := self._nonces.get(token is None):
            claims["nonce"] = nonce
        if token is not None:
            digest = hashlib.sha256(token.encode("ascii")).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self._key.sign(claims, typ="dpop+jwt", jwk=self._key.public)

    def hear(self, response: httpx.Response, *, from_token_endpoint: bool) -> bool:
        """Take over the nonce of an answer (section 8.2); True when it is a new one."""
        nonce = response.headers.get(NONCE)
        if nonce is None or nonce == self._nonces.get(from_token_endpoint):
            return False
        self._nonces[from_token_endpoint] = nonce
        return True
