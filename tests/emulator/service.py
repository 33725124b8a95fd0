"""A service app as its own scripts would use it: assertions, proofs, tokens. Written with the JOSE library alone."""

import base64
import hashlib
import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt

from .conftest import APPS, World, app_body, private_key, public_jwk

TOKEN_PATH = "/oauth2/v1/token"
BASE = "https://emulated.okta.test"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_COUNT = itertools.count()
_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


def sign(claims: dict[str, Any], key: Any, **header: Any) -> str:
    alg = header.get("alg") or _ALGORITHMS.get(key.as_dict(private=False).get("crv", ""), "RS256")
    return jwt.encode({**header, "alg": alg}, claims, key, algorithms=[alg])


@dataclass
class Service:
    """One service app of a world; bare of the organisation's token."""

    world: Any
    client_id: str
    app: str
    http: httpx.Client
    base: str = BASE
    key: Any = field(default_factory=private_key)
    proof_key: Any = field(default_factory=lambda: private_key("EC", "P-256", "proof"))
    nonce: str | None = None

    def assertion(self, **claims: Any) -> str:
        now = int(self.world.clock.now)
        said = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.base + TOKEN_PATH,
            "iat": now,
            "exp": now + 300,
        }
        said = {key: value for key, value in {**said, "jti": f"a{next(_COUNT)}", **claims}.items() if value is not None}
        return sign(said, self.key, kid=self.key.as_dict(private=False)["kid"])

    def proof(self, method: str, path: str, token: str | None = None, **claims: Any) -> str:
        said = {"htm": method, "htu": self.base + path, "iat": int(self.world.clock.now), "jti": f"p{next(_COUNT)}"}
        if token is not None:
            said["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
        elif self.nonce is not None:
            said["nonce"] = self.nonce
        said = {key: value for key, value in {**said, **claims}.items() if value is not None}
        return sign(said, self.proof_key, typ="dpop+jwt", jwk=self.proof_key.as_dict(private=False))

    def ask(self, scope: str, *, proof: str | None = None, **form: Any) -> httpx.Response:
        said = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self.assertion(),
        }
        data = {key: value for key, value in {**said, **form}.items() if value is not None}
        return self.http.post(TOKEN_PATH, data=data, headers={} if proof is None else {"DPoP": proof})

    def ask_with_proof(self, scope: str) -> httpx.Response:
        """As a client does it: again with the nonce, when one is demanded."""
        answer = self.ask(scope, proof=self.proof("POST", TOKEN_PATH))
        if answer.status_code == 400 and answer.json()["error"] == "use_dpop_nonce":
            self.nonce = answer.headers["dpop-nonce"]
            answer = self.ask(scope, proof=self.proof("POST", TOKEN_PATH))
        return answer

    def token(self, scope: str) -> str:
        answer = self.ask(scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        return self.http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)

    def call_with_proof(self, method: str, path: str, token: str, proof: str | None = None) -> httpx.Response:
        proof = proof or self.proof(method, path.partition("?")[0], token)
        return self.http.request(method, path, headers={"Authorization": f"DPoP {token}", "DPoP": proof})


def service(world: World, *scopes: str, roles: tuple[str, ...] = ("SUPER_ADMIN",), **client: Any) -> Service:
    """An app with a key, some scopes and some roles; made as an administrator makes it."""
    body = app_body("Pipeline", "private_key_jwt", application_type="service", grant_types=["client_credentials"])
    body["settings"]["oauthClient"] |= {"jwks": {"keys": [public_jwk()]}, **client}
    app = world.call("POST", APPS, body).json()
    for scope in scopes:
        world.call("POST", f"{APPS}/{app['id']}/grants", {"scopeId": scope, "issuer": BASE}).raise_for_status()
    world.call("PUT", f"/_emulator/roles/{app['id']}", {"roles": list(roles)}).raise_for_status()
    bare = httpx.Client(transport=world.http._transport, base_url=BASE)
    return Service(world, app["id"], app["id"], bare)
