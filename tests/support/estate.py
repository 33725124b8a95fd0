"""An MCP server and its authorization server on loopback TLS, sound in every respect until a test spoils something."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from reconciler.app.readiness import letter
from reconciler.core.evidence import Finding, Tier, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.oauth import CHECKS, Conclusion, Declared, Limits, Registration, Target
from reconciler.oauth.addresses import Guard, parse
from reconciler.oauth.gate import Policy
from reconciler.oauth.manners import Manners, Meter
from reconciler.oauth.probe import Job, Run, probe
from reconciler.oauth.transport import AnonymousTransport
from reconciler.render.letter import Letter
from tests.support.clock import VirtualClock
from tests.support.endpoint import NOT_FOUND, Bytes, Endpoint, Seen, authority_file, reply, server_context

MCP, AS = "mcp.test", "as.test"
RESOURCE = "/.well-known/oauth-protected-resource/mcp"
ROOT_RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
HEADERS = {"Cache-Control": "max-age=600", "ETag": '"1"', "Access-Control-Allow-Origin": "*"}
_KEY = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))
JWK = {**_KEY, "kid": "1", "use": "sig", "alg": "RS256"}

Routes = dict[tuple[str, str], Any]
Spoil = Callable[["Estate"], None]


def served(value: Any, status: int = 200, **headers: str) -> bytes:
    return reply(status, json.dumps(value).encode(), {**HEADERS, **headers})


@dataclass
class Estate:
    """What both servers say. Documents are plain values that a test changes; `routes` replaces whole answers."""

    port: int = 0
    resource: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    routes: Routes = field(default_factory=dict)
    challenge: str | None = None
    """The WWW-Authenticate header of the 401; None for the sound one, empty for none."""
    path: str = "/mcp"
    hosts: tuple[str, str] = (MCP, AS)
    declared: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"https://{self.hosts[0]}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def issuer(self) -> str:
        return f"https://{self.hosts[1]}:{self.port}"

    def fill(self) -> None:
        """Make everything sound."""
        self.resource.update(
            resource=self.url,
            authorization_servers=[self.issuer],
            scopes_supported=["tools:use"],
            bearer_methods_supported=["header"],
        )
        self.server.update(
            issuer=self.issuer,
            authorization_endpoint=f"{self.issuer}/authorize",
            token_endpoint=f"{self.issuer}/token",
            jwks_uri=f"{self.issuer}/jwks",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code", "refresh_token"],
            token_endpoint_auth_methods_supported=["client_secret_basic"],
            code_challenge_methods_supported=["S256"],
            authorization_response_iss_parameter_supported=True,
            scopes_supported=["tools:use", "offline_access"],
        )
        self.keys.update(keys=[dict(JWK)])

    def __call__(self, request: Seen) -> Bytes:
        host = dict(zip(self.hosts, (MCP, AS), strict=True))[str(request.header("host")).partition(":")[0]]
        found = self.routes.get((host, f"{request.method} {request.target}"))
        if found is None:
            found = self._sound().get((host, f"{request.method} {request.target}"), NOT_FOUND)
        made = found(request) if callable(found) else found
        return [made] if isinstance(made, bytes) else made

    def _sound(self) -> Routes:
        challenge = self.challenge
        if challenge is None:
            challenge = f'Bearer resource_metadata="{self.origin}{RESOURCE}", scope="tools:use"'
        more = {"WWW-Authenticate": challenge} if challenge else {}
        refused = reply(401, b"{}", {**more, "Access-Control-Expose-Headers": "WWW-Authenticate", **HEADERS})
        junk = served({"error": "invalid_client"}, 401, **{"Cache-Control": "no-store"})
        return {
            (MCP, f"GET {RESOURCE}"): served(self.resource),
            (MCP, f"GET {ROOT_RESOURCE}"): served(self.resource),
            (MCP, f"POST {self.path}"): refused,
            (AS, f"GET {SERVER}"): served(self.server),
            (AS, "GET /jwks"): served(self.keys),
            (AS, "GET /authorize"): reply(400, b"client_id is missing", kind="text/plain"),
            (AS, "GET /token"): reply(405, b"{}"),
            (AS, "POST /token"): junk,
        }

    def job(self) -> Job:
        registration = Registration(client_id="ours", secret=True, scopes=("tools:use",))
        known = {"issuer": self.issuer, "registration": registration, **self.declared}
        server = Declared("AuthorizationServer.idp", "external", **known)
        said = {"servers": (server,), "requires": frozenset({Offer.STS}), **self.target}
        return Job(Target("McpServer.jira", self.url, **said))


@dataclass
class Examined:
    """The conclusion about an estate, and what was sent to come to it."""

    conclusion: Conclusion
    letter: Letter
    seen: list[Seen]
    meter: Meter

    @property
    def requests(self) -> int:
        return self.meter.requests

    @property
    def failures(self) -> list[Finding]:
        return [each for each in self.conclusion.findings if each.verdict is Verdict.FAIL]

    @property
    def errors(self) -> list[str]:
        """Ids of the errors, in the order in which a reader gets them."""
        return self._of(Weight.ERROR)

    @property
    def warnings(self) -> list[str]:
        return self._of(Weight.WARNING)

    def _of(self, weight: Weight) -> list[str]:
        found = (issue.check.id for issue in self.letter.failures(CHECKS) if issue.weight is weight)
        return list(dict.fromkeys(found))

    def observed(self, check: str) -> str:
        return "; ".join(each.observed for each in self.failures if each.id == check)


@contextmanager
def estate(
    spoil: Spoil = lambda _: None, hosts: tuple[str, str] = (MCP, AS), **tls: Any
) -> Iterator[tuple[Estate, Endpoint]]:
    """Serve a sound estate with something spoilt."""
    made = Estate(hosts=hosts)
    context = server_context(hosts, **tls)
    with Endpoint(made, context) as endpoint:
        made.port = endpoint.port
        made.fill()
        spoil(made)
        yield made, endpoint


def examine(
    spoil: Spoil = lambda _: None, tier: Tier = Tier.POST, policy: Policy | None = None, **tls: Any
) -> Examined:
    """Probe a spoilt estate as the program would."""
    with estate(spoil, **tls) as (made, endpoint), transport(policy) as asking:
        run = Run(Limits(tier=tier, token="f00d"), NOW)
        (probed,) = probe([made.job()], asking, asking.facts, VirtualClock(0.0), run)
        if probed.fault is not None:
            raise probed.fault
        assert probed.conclusion is not None
        return Examined(probed.conclusion, letter(probed), endpoint.seen, asking.meter)


@contextmanager
def transport(policy: Policy | None = None, resolver: Any = None, clock: Any = None) -> Iterator[AnonymousTransport]:
    with AnonymousTransport(
        policy or Policy(guard=Guard(allow_loopback=True)),
        clock or VirtualClock(0.0),
        manners=Manners(authorities=authority_file()),
        resolver=resolver or (lambda host, _port: [host if parse(host) else "127.0.0.1"]),
    ) as asking:
        yield asking


def changed(job: Job, **said: Any) -> Job:
    return replace(job, target=replace(job.target, **said))


__all__ = ["AS", "MCP", "Estate", "Examined", "Mapping", "changed", "estate", "examine", "served", "transport"]
