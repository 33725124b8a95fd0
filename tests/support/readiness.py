"""A small world of one MCP server and two authorization servers in which everything is right, to be spoilt by tests.

`World` is changed in place, `observe` makes the observation. `refusing` demands a token at once; `open_world` answers
without one, as a server of 2026-07-28 does.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from reconciler.core.evidence import Reply, TlsFacts
from reconciler.oauth import (
    Control,
    Declared,
    Fetched,
    HostFacts,
    IssuerEvidence,
    Observation,
    OktaFacts,
    Registration,
    ServerEvidence,
    Static,
    Target,
    Variant,
    Written,
    conclude,
    pin,
)
from reconciler.oauth.discovery import issuer_places, resource_places, sibling
from reconciler.oauth.metadata import ID_JAG_PROFILE, ID_JAG_TYPE, JWT_BEARER, TOKEN_EXCHANGE

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SERVER, IDP, AGENTS = "McpServer.jira", "AuthorizationServer.idp", "AuthorizationServer.agents"
URL = "https://mcp.example.com/mcp"
PRM_URL = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
ISSUER = "https://idp.example.com/tenant"
OKTA = "https://example.okta.com/oauth2/aus1234567890abcdef"
ORG = "https://example.okta.com"
CLIENT = "https://app.example.com/client.json"
TOKEN = "9f3a5c"
TLS = TlsFacts("TLSv1.3", 80)
DAY = timedelta(days=1)

Json = Any


def reply(url: str, status: int = 200, body: Json = None, **headers: str) -> Reply:
    """An answer; a body that is not bytes is JSON, with the headers that well-kept metadata has."""
    said = {"cache-control": "max-age=600", "access-control-allow-origin": "*"}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if body is not None and not isinstance(body, bytes):
        said["content-type"] = "application/json"
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(url, status, tuple(said.items()), raw, seconds=0.1, tls=TLS)


@cache
def key_pair(days: int = 90) -> tuple[dict[str, str], str]:
    """Public members of a new EC key, and a certificate for it in the base64 of `x5c`."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
    built = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - 900 * DAY)
        .not_valid_after(NOW + days * DAY)
        .sign(private, hashes.SHA256())
    )
    x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode() for n in (numbers.x, numbers.y))
    der = base64.b64encode(built.public_bytes(Encoding.DER)).decode()
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}, der


def signing_key(kid: str = "1", days: int = 90) -> dict[str, Json]:
    public, der = key_pair(days)
    return {**public, "use": "sig", "alg": "ES256", "kid": kid, "x5c": [der]}


def server_metadata(issuer: str) -> dict[str, Json]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "registration_endpoint": f"{issuer}/register",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", JWT_BEARER],
        "authorization_grant_profiles_supported": [ID_JAG_PROFILE],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
        "scopes_supported": ["read", "offline_access"],
        "protected_resources": [URL],
    }


class IssuerWorld:
    """One authorization server: what its documents say, and what its endpoints answer."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.meta = server_metadata(issuer)
        self.places: dict[Variant, Reply] = {}
        """Answers in place of the metadata, by variant."""
        self.jwks: dict[str, Json] | None = {"keys": [signing_key()]}
        self.replies: dict[str, Reply | None] = {
            "authorize": reply(f"{issuer}/authorize", 400, {"error": "invalid_request"}),
            "foreign": reply(f"{issuer}/authorize?client_id={TOKEN}", 400, {"error": "invalid_client"}),
            "token_get": reply(f"{issuer}/token", 405),
            "token_code": self.token(),
            "token_jwt": self.token("invalid_request"),
            "token_exchange": self.token("invalid_request"),
        }
        self.client: Json = {"client_id": CLIENT, "client_name": "Agents", "redirect_uris": ["https://a.example/cb"]}

    def token(self, error: str = "invalid_grant", status: int = 400, **headers: str) -> Reply:
        return reply(f"{self.issuer}/token", status, {"error": error}, cache_control="no-store", **headers)

    def evidence(self) -> IssuerEvidence:
        documents = []
        for variant, url in issuer_places(self.issuer):
            there = reply(url, 404) if variant is Variant.OAUTH_APPEND else reply(url, 200, self.meta)
            documents.append(Fetched(variant, self.places.get(variant, there)))
        uri = self.meta.get("jwks_uri")
        answers = dict(self.replies)
        if "jwks" not in answers and isinstance(uri, str) and self.jwks is not None:
            answers["jwks"] = reply(uri, 200, self.jwks)
        answers.setdefault("client", reply(CLIENT, 200, self.client))
        return IssuerEvidence(self.issuer, tuple(documents), **answers)

    def only(self, *variants: Variant) -> None:
        """Serve the metadata at these places alone."""
        for variant, url in issuer_places(self.issuer):
            self.places[variant] = reply(url, 200, self.meta) if variant in variants else reply(url, 404)


class World:
    """Everything that an observation is made of."""

    def __init__(self) -> None:
        self.target = Target(SERVER, URL)
        self.prm: dict[str, Json] = {
            "resource": URL,
            "authorization_servers": [ISSUER, OKTA],
            "jwks_uri": "https://mcp.example.com/keys",
            "scopes_supported": ["read"],
            "bearer_methods_supported": ["header"],
        }
        self.places: dict[Variant, Reply] = {}
        self.challenge: str | None = f'Bearer resource_metadata="{PRM_URL}", scope="read"'
        self.replies: dict[str, Reply | None] = {
            "sibling": reply(sibling(URL, TOKEN) or "", 404),
            "plain": reply("http://mcp.example.com/mcp", 301, location=URL),
        }
        self.idp, self.okta, self.org = IssuerWorld(ISSUER), IssuerWorld(OKTA), IssuerWorld(ORG)
        self.org.meta["identity_chaining_requested_token_types_supported"] = [ID_JAG_TYPE]
        self.org.meta["grant_types_supported"].append(TOKEN_EXCHANGE)
        self.registration: Registration | None = Registration(
            client_id=CLIENT,
            secret=True,
            scopes=("read",),
            issuer=ISSUER,
            redirect_uris=("https://example.okta.com/callback",),
            callback_registered=True,
        )
        self.static: Static | None = Static(
            grants=("authorization_code", "refresh_token"),
            resource_parameter="send",
            source="https://idp.example.com/docs",
            review_by=date(2027, 1, 1),
        )
        self.declared: dict[str, dict[str, Json]] = {
            IDP: {"type": "external", "issuer": ISSUER, "id": "eas1234567890abcdef"},
            AGENTS: {"type": "okta", "issuer": OKTA, "id": "aus1234567890abcdef"},
        }
        self.facts: dict[str, OktaFacts] = {
            IDP: OktaFacts("ACTIVE", credentials=True, interaction=False),
            AGENTS: OktaFacts("ACTIVE", issuer=OKTA, grants=frozenset({JWT_BEARER}), scopes=("read",)),
        }
        step = 'Bearer error="insufficient_scope", scope="read write", resource_metadata="x"'
        self.step_up: Reply | None = reply(URL, 403, www_authenticate=step)
        self.status: str | None = None
        self.listed: tuple[str, ...] | None = None
        """What Okta calls the MCP server, and the issuers that it lists for it: not read, see `seen_by_okta`."""
        self.written = Written(previous_url=URL)
        self.hosts: dict[str, HostFacts] = {
            host: HostFacts(host, public=2, second=(2, 0))
            for host in ("mcp.example.com", "idp.example.com", "example.okta.com")
        }
        self.more: dict[str, Json] = {}
        """Members of the observation that take the place of the world's own."""

    def document(self, variant: Variant, url: str) -> Fetched:
        return Fetched(variant, self.places.get(variant, reply(url, 200, self.prm)))

    def server(self) -> ServerEvidence:
        documents = [self.document(variant, url) for variant, url in resource_places(self.target.url)]
        answers = dict(self.replies)
        if "discover" not in answers:
            said = {"www_authenticate": self.challenge} if self.challenge is not None else {}
            answers["discover"] = reply(URL, 401, access_control_expose_headers="WWW-Authenticate", **said)
            documents.append(self.document(Variant.CHALLENGE, PRM_URL))
        return ServerEvidence(self.target.url, tuple(documents), **answers)

    def declare(self) -> tuple[Declared, ...]:
        extra = {IDP: {"registration": self.registration, "static": self.static}}
        return tuple(Declared(subject, **{**extra.get(subject, {}), **said}) for subject, said in self.declared.items())

    def observe(self) -> Observation:
        worlds = (self.idp, self.okta)
        made: dict[str, Json] = {
            "target": replace(self.target, servers=self.declare()),
            "now": NOW,
            "server": self.server(),
            "issuers": {each.issuer: each.evidence() for each in worlds},
            "organisation": self.org.evidence(),
            "hosts": self.hosts,
            "control": Control(self.facts, self.step_up, self.status, self.listed),
            "written": self.written,
        }
        if "lock" not in self.more:
            made["lock"] = approved()
        return Observation(**(made | self.more))


@cache
def approved() -> Any:
    """The lock that was made when all was right."""
    world = World()
    world.more = {"lock": None}
    observation = world.observe()
    return pin(observation, conclude(observation))


def rpc(result: Json = None, error: int | None = None) -> dict[str, Json]:
    said = {"result": result} if error is None else {"error": {"code": error, "message": "no"}}
    return {"jsonrpc": "2.0", "id": 1, **said}


def opened(world: World) -> None:
    """Make the server answer without a token, in the way of 2026-07-28."""
    extensions = {"io.modelcontextprotocol/enterprise-managed-authorization": {}}
    result = {"supportedVersions": ["2026-07-28"], "capabilities": {"extensions": extensions}}
    world.target = replace(world.target, auth="lazy")
    world.replies |= {
        "discover": reply(URL, 200, rpc(result)),
        "tools": reply(URL, 401, www_authenticate=world.challenge or ""),
        "hostile": reply(URL, 403),
    }


def seen_by_okta(world: World) -> None:
    """Make Okta see the same as everybody."""
    world.status, world.listed = "ACTIVE", (ISSUER, OKTA)
    endpoints = {"authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token"}
    world.facts[IDP] = replace(world.facts[IDP], **endpoints)


def legacy(world: World) -> None:
    """The same in the way of the revisions before."""
    opened(world)
    world.replies |= {
        "discover": reply(URL, 400, rpc(error=-32600)),
        "initialize": reply(URL, 200, rpc({"protocolVersion": "2025-06-18"})),
    }


Change = Callable[[World], object]


def world(*changes: Change) -> World:
    made = World()
    for change in changes:
        change(made)
    return made
