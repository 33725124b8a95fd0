"""A `World` of the readiness checks served over TLS on loopback, under the names and ports that its URLs have."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs

import httpcore

from reconciler.core.evidence import Finding, Reply, Tier
from reconciler.oauth import IssuerEvidence, Limits, rpc
from reconciler.oauth.addresses import Guard, parse
from reconciler.oauth.dial import Resolver
from reconciler.oauth.gate import Policy
from reconciler.oauth.manners import Manners, Meter
from reconciler.oauth.probe import Job, Run, probe
from reconciler.oauth.transport import AnonymousTransport
from tests.support.clock import VirtualClock
from tests.support.endpoint import Bytes, Endpoint, Seen, authority, authority_file
from tests.support.readiness import CLIENT, NOW, TLS, TOKEN, IssuerWorld, World

LIMITS = Limits(Tier.POST, TOKEN, server_requests=20, issuer_requests=20, token_posts=3, follow_hints=True)
_GRANTS = {"authorization_code": "token_code", "jwt-bearer": "token_jwt", "token-exchange": "token_exchange"}


@cache
def _context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(name).configure_cert(context)
    return context


@cache
def _any_name() -> ssl.SSLContext:
    """A context with a certificate for whatever name is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("mcp.example.com").configure_cert(context)

    def choose(connection: ssl.SSLObject, name: str | None, _context_before: ssl.SSLContext) -> None:
        connection.context = _context(name or "mcp.example.com")

    context.sni_callback = choose
    return context


class Ported(httpcore.SyncBackend):
    """Connects to the ports of a test where a URL says 443 or 80."""

    secure, plain = 0, 0

    def connect_tcp(self, host: str, port: int, *more: object) -> httpcore.NetworkStream:
        there = {443: self.secure, 80: self.plain}.get(port, port)
        return super().connect_tcp(host, there, *more)  # type: ignore[arg-type]


@dataclass
class Served:
    """Answers every request as the world would."""

    world: World

    def __post_init__(self) -> None:
        self._server = self.world.server()
        self._issuers = tuple((each, each.evidence()) for each in (self.world.idp, self.world.okta, self.world.org))

    def __call__(self, request: Seen) -> Bytes:
        host = str(request.header("host"))
        found = self._found(request, f"https://{host}{request.target}") or _missing(request.target)
        return [_raw(found)]

    def plain(self, _request: Seen) -> Bytes:
        found = self.world.replies.get("plain")
        return [_raw(found)] if found is not None and not found.unanswered else []

    def _found(self, request: Seen, url: str) -> Reply | None:
        if request.method == "POST":
            return self._posted(request, url)
        server = self._server
        documents = {each.reply.url: each.reply for each in server.documents}
        single = (server.sibling, server.legacy, server.stream)
        for reply in (documents.get(url), *single):
            if reply is not None and reply.url == url:
                return reply
        return next(filter(None, (_issuer(*each, url) for each in self._issuers)), None)

    def _posted(self, request: Seen, url: str) -> Reply | None:
        if url == self.world.target.url:
            return self._opening(request)
        form = parse_qs(request.body.decode())
        grant = form.get("grant_type", [""])[0].rpartition(":")[2]
        each = next((w for w, _ in self._issuers if w.meta.get("token_endpoint") == url), self.world.idp)
        return each.replies.get(_GRANTS[grant])

    def _opening(self, request: Seen) -> Reply | None:
        server = self._server
        if request.header("origin") == rpc.FOREIGN_ORIGIN:
            return server.hostile
        method = json.loads(request.body)["method"]
        return {"server/discover": server.discover, "initialize": server.initialize}.get(method, server.tools)


def _issuer(world: IssuerWorld, evidence: IssuerEvidence, url: str) -> Reply | None:
    for fetched in evidence.documents:
        if fetched.reply.url == url:
            return fetched.reply
    bare, _, query = url.partition("?")
    if query and bare == world.meta.get("authorization_endpoint"):
        return evidence.foreign
    named = {
        world.meta.get("jwks_uri"): evidence.jwks,
        world.meta.get("authorization_endpoint"): evidence.authorize,
        world.meta.get("token_endpoint"): evidence.token_get,
        CLIENT: evidence.client,
    }
    return named.get(url)


def _missing(target: str) -> Reply:
    return Reply(target, 404, (("content-type", "application/json"), ("access-control-allow-origin", "*")), b"{}")


def _raw(reply: Reply) -> bytes:
    said = [(name, value) for name, value in reply.headers if name != "content-length"]
    head = "".join(f"{name}: {value}\r\n" for name, value in (*said, ("content-length", str(len(reply.body)))))
    return f"HTTP/1.1 {reply.status} x\r\n{head}\r\n".encode("latin-1") + reply.body


def unservable(world: World) -> str:
    """Why a world cannot be served as it is; the empty text when it can."""
    observation = world.observe()
    evidences = (observation.server, *observation.issuers.values())
    replies = [reply for evidence in evidences if evidence for reply in _replies(evidence)]
    if any(reply.unanswered for reply in replies if reply is not world.replies.get("plain")):
        return "an answer that does not come"
    if any(reply.redirects for reply in replies):
        return "a redirect that was followed"
    if any(reply.tls not in (TLS, None) or reply.seconds > 1 for reply in replies):
        return "another handshake or clock"
    if world.hosts != World().hosts or set(world.more) - {"lock"}:
        return "facts that no server gives"
    return ""


def _replies(evidence: object) -> Iterator[Reply]:
    for name in evidence.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(evidence, name)
        if isinstance(value, Reply):
            yield value
    yield from (each.reply for each in evidence.documents)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Network:
    """What lies between the prober and the world; the default is sound."""

    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a name resolves to, other than loopback; nothing: the name does not exist."""
    later: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for every resolution after the first."""
    tls: ssl.SSLContext | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long a host takes to answer, on the clock of the prober."""

    def resolver(self) -> Resolver:
        asked: set[str] = set()

        def resolve(host: str, _port: int) -> tuple[str, ...]:
            known = self.later if host in asked and host in self.later else self.addresses
            asked.add(host)
            found = known.get(host, (host if parse(host) else "127.0.0.1",))
            if not found:
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return found

        return resolve


SOUND = Network()


@contextmanager
def serving(world: World, network: Network = SOUND) -> Iterator[tuple[AnonymousTransport, Endpoint]]:
    """Serve a world, and give a transport that finds it."""
    served, clock = Served(world), VirtualClock(0.0)

    def answer(request: Seen) -> Bytes:
        clock.sleep(network.seconds.get(str(request.header("host")), 0.0))
        return served(request)

    with Endpoint(answer, network.tls or _any_name()) as secure, Endpoint(served.plain) as plain:
        backend = type("Here", (Ported,), {"secure": secure.port, "plain": plain.port})
        policy = Policy(guard=Guard(allow_loopback=True))
        manners = Manners(authorities=authority_file())
        with AnonymousTransport(policy, clock, manners=manners, resolver=network.resolver()) as asking:
            asking._dialer._sockets = backend()
            yield asking, secure


def judged(
    world: World, network: Network = SOUND, *, locked: bool = False
) -> tuple[tuple[Finding, ...], Meter, list[Seen]]:
    """Probe a served world as the program would; give findings, what was spent, and what the servers saw."""
    observation = world.observe()
    job = Job(observation.target, observation.written, observation.control)
    run = Run(LIMITS, NOW, observation.lock if locked else None, organisation=world.org.issuer)
    with serving(world, network) as (asking, secure):
        (probed,) = probe([job], asking, asking.facts, VirtualClock(0.0), run)
        if probed.fault is not None:
            raise probed.fault
        assert probed.conclusion is not None
        return probed.conclusion.findings, asking.meter, secure.seen
