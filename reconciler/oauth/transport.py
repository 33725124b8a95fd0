"""The one way to ask an endpoint: anonymous, bounded, and only where the policy allows. It never raises for a network.

`AnonymousTransport` has no parameter, attribute or header through which a secret could be given to it; credentials
belong to another class, which talks to one pinned origin.
"""

import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import certifi
import httpcore

from reconciler import __version__
from reconciler.core.evidence import Ask, Reply, Unanswered
from reconciler.core.ports import Clock
from reconciler.oauth.body import CHALLENGE_BYTES, METADATA_BYTES, Garbled, TooLarge, take
from reconciler.oauth.dial import CONNECT_SECONDS, Dialer, Exchange, NoAnswer, Resolver, system_resolver
from reconciler.oauth.gate import Barred, Place, Policy, read_url
from reconciler.oauth.manners import Manners, Meter, Silence
from reconciler.oauth.observation import HostFacts
from reconciler.oauth.parts import same_origin

REDIRECTS = 3
_MANNERS = Manners()
SERVER_SECONDS = 45.0
_AT_ONCE = 2
_POOLS, _KEPT_EACH = 128, 2
_HEADER_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAY_SEND = frozenset(
    {"accept", "content-type", "origin", "mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id"}
)
_UNSEEN = frozenset({Unanswered.BLOCKED, Unanswered.UNRESOLVED, Unanswered.UNREACHABLE, Unanswered.TIMEOUT})
_UNSEEN_DETAIL = "it is not reachable, or may not be asked"


class AnonymousTransport:
    """Sends asks without any credential and gives replies. Safe to share between threads; close it after use."""

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        *,
        manners: Manners = _MANNERS,
        resolver: Resolver = system_resolver,
    ) -> None:
        self.meter = Meter()
        self._policy = policy
        self._clock = clock
        self._manners = manners
        self._dialer = Dialer(policy, resolver, clock)
        self._silence = Silence()
        self._slots: dict[str, threading.BoundedSemaphore] = {}
        self._slots_lock = threading.Lock()
        context = _verifying(manners.authorities)
        # A pool looks at each of its connections for each request; many small ones keep that short.
        self._gets = [self._pool(context, kept=_KEPT_EACH) for _ in range(_POOLS)]
        # A POST is never repeated, so it must not meet a connection that the server is just closing.
        self._posts = self._pool(context, kept=0)

    def _pool(self, context: ssl.SSLContext, *, kept: int) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            context, max_connections=None, max_keepalive_connections=kept, network_backend=self._dialer
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for pool in (*self._gets, self._posts):
            pool.close()

    def send(self, ask: Ask, *, until: float | None = None) -> Reply:
        """Ask, follow redirects of a GET, and give what came of it; `until` bounds all of it, on the clock's scale."""
        unknown = {name.lower() for name in ask.headers} - _MAY_SEND
        if unknown:
            raise ValueError(f"An anonymous request carries no {', '.join(sorted(unknown))}.")
        begun = self._clock.now()
        hard = begun + SERVER_SECONDS if until is None else until
        reply = self._followed(ask, hard)
        return self._discreet(replace(reply, seconds=self._clock.now() - begun))

    def _discreet(self, reply: Reply) -> Reply:
        """Make "blocked", "unknown" and "unreachable" look alike where the asker could map a network by them."""
        if not self._policy.untrusted or reply.unanswered in {Unanswered.NONE, Unanswered.BUDGET}:
            return reply
        if reply.redirects:
            return Reply(reply.url, unanswered=Unanswered.REDIRECT, detail="a redirect leads to where nothing is asked")
        by_address = isinstance(read_url(reply.url, self._policy), Place)
        if reply.unanswered in _UNSEEN and by_address:
            return Reply(reply.url, unanswered=Unanswered.UNREACHABLE, detail=_UNSEEN_DETAIL)
        return replace(reply, seconds=0.0)

    def _followed(self, ask: Ask, hard: float) -> Reply:
        """Follow at most three redirects; each target passes every rule anew."""
        url = ask.url
        trail: tuple[str, ...] = ()
        while True:
            reply = replace(self._hop(replace(ask, url=url), hard), url=ask.url, redirects=trail)
            if trail and reply.unanswered in _UNSEEN | {Unanswered.TLS} and not same_origin(ask.url, url):
                detail = "it redirects to another host, which gave no answer"
                return Reply(ask.url, unanswered=Unanswered.REDIRECT, redirects=trail, detail=detail)
            target = reply.header("location") if reply.status in _REDIRECTS else None
            if target is None or not ask.follow or ask.method != "GET" or self._is_plain(url):
                return reply
            following = urljoin(url, target)
            refusal = self._redirect_refusal(url, following, len(trail))
            if refusal:
                return Reply(
                    ask.url,
                    reply.status,
                    redirects=trail,
                    tls=reply.tls,
                    unanswered=Unanswered.REDIRECT,
                    detail=refusal,
                )
            url, trail = following, (*trail, following)

    def _redirect_refusal(self, url: str, target: str, followed: int) -> str:
        if followed >= REDIRECTS:
            return f"it redirects more than {REDIRECTS} times"
        if url.lower().startswith("https:") and not target.lower().startswith("https:"):
            return "it redirects from https to something else"
        place = read_url(target, self._policy)
        if isinstance(place, Barred):
            return f"it redirects to where nothing is asked: {place.reason}"
        try:
            self._prepare(place, self._clock.now() + CONNECT_SECONDS, 0)
            self._dialer.resolve(place)
        except NoAnswer as reason:
            if reason.why is Unanswered.BLOCKED:
                return f"it redirects to where nothing is asked: {reason.detail}"
        return ""

    def _hop(self, ask: Ask, hard: float) -> Reply:
        """One request without redirects; a GET that found no connection is tried once more."""
        place = read_url(ask.url, self._policy)
        if isinstance(place, Barred):
            return Reply(ask.url, unanswered=Unanswered.BLOCKED, detail=place.reason)
        if self._silence.is_given_up(place.origin):
            return Reply(ask.url, unanswered=Unanswered.TIMEOUT, detail="it was silent twice, and is left alone now")
        reply = self._once(ask, place, hard)
        if ask.method == "GET" and reply.unanswered is Unanswered.UNREACHABLE:
            reply = self._once(ask, place, hard)
        if self._clock.now() < hard:  # else the time may have been used up elsewhere
            self._silence.note(place.origin, timed_out=reply.unanswered is Unanswered.TIMEOUT)
        return reply

    def _once(self, ask: Ask, place: Place, hard: float) -> Reply:
        slot = self._slot(place.host)
        if not slot.acquire(timeout=max(0.0, hard - self._clock.now())):
            return Reply(ask.url, unanswered=Unanswered.TIMEOUT, detail="other requests to this host took all the time")
        try:
            return self._exchanged(ask, place, hard)
        except (NoAnswer, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            reason = self._reason(error)
            return Reply(ask.url, unanswered=reason.why, detail=reason.detail)
        finally:
            slot.release()

    def _reason(self, error: Exception) -> NoAnswer:
        """Why there is no answer, in our words: a library's may quote what a server sent."""
        if isinstance(error, NoAnswer):
            return error
        if isinstance(error, httpcore.TimeoutException):
            return NoAnswer(Unanswered.TIMEOUT, "it did not answer in time")
        if isinstance(error, httpcore.ProtocolError) and self._dialer.exchange.read > _HEADER_BYTES:
            return NoAnswer(Unanswered.TOO_LARGE, "its headers are larger than is read")
        return NoAnswer(Unanswered.UNREACHABLE, "it ended the connection, or spoke no HTTP")

    def _slot(self, host: str) -> threading.BoundedSemaphore:
        with self._slots_lock:
            return self._slots.setdefault(host, threading.BoundedSemaphore(_AT_ONCE))

    def _prepare(self, place: Place, hard: float, limit: int) -> Exchange:
        exchange = Exchange(place, hard, min(hard, self._clock.now() + CONNECT_SECONDS), limit + _HEADER_BYTES)
        self._dialer.begin(exchange)
        return exchange

    def _exchanged(self, ask: Ask, place: Place, hard: float) -> Reply:
        if self.meter.is_spent(self._manners):
            raise NoAnswer(Unanswered.BUDGET, "this run has asked for as much as it may")
        limit = METADATA_BYTES if ask.method == "GET" else CHALLENGE_BYTES
        exchange = self._prepare(place, hard, limit)
        self._dialer.resolve(place)  # before anything is counted as sent; the pool takes it from memory
        plain = self._is_plain(ask.url)
        if plain and ask.method != "GET":
            raise NoAnswer(Unanswered.BLOCKED, "only https is asked")
        self.meter.sent(place.host)
        pool = self._gets[hash(place.origin) % _POOLS] if ask.method == "GET" else self._posts
        url = httpcore.URL(
            scheme=place.scheme.encode(), host=place.host.encode(), port=place.port, target=place.target.encode()
        )
        try:
            with pool.stream(ask.method, url, headers=self._headers(ask, place), content=ask.body) as response:
                return _head(ask.url, response) if plain else _read(ask.url, response, limit)
        finally:
            self.meter.received(exchange.read)

    def _is_plain(self, url: str) -> bool:
        """Whether a URL is http to another machine: its answer may be looked at, and never be read or followed."""
        place = read_url(url, self._policy)
        return isinstance(place, Place) and place.scheme == "http" and not self._dialer.is_local(place)

    def facts(self, url: str) -> HostFacts | None:
        """Say how the name in a URL resolves; None where it may not be asked, or where that must not be told."""
        place = read_url(url, self._policy)
        if isinstance(place, Barred) or self._policy.untrusted:
            return None
        self._prepare(place, self._clock.now() + 2 * CONNECT_SECONDS, 0)
        return self._dialer.facts(place)

    def _headers(self, ask: Ask, place: Place) -> list[tuple[bytes, bytes]]:
        sent: dict[str, str] = {
            "host": place.authority,
            "user-agent": f"mcp-reconciler/{__version__} (+{self._manners.contact})",
            "accept": "application/json",
            "accept-encoding": "identity",
            **{name.lower(): value for name, value in ask.headers.items()},
        }
        if ask.method == "POST":
            sent["content-length"] = str(len(ask.body or b""))
        return [(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()]


def _read(url: str, response: httpcore.Response, limit: int) -> Reply:
    head = _head(url, response)
    named = dict(reversed(head.headers))
    if _promised(named) > limit:
        return _without_body(head, Unanswered.TOO_LARGE, "it announces a larger answer than is read")
    kind = named.get("content-type", "").partition(";")[0].strip().lower()
    chunks: Iterable[bytes] = response.iter_stream()
    try:
        body = take(chunks, limit, encoding=named.get("content-encoding", ""), stream=kind == "text/event-stream")
    except TooLarge:
        return _without_body(head, Unanswered.TOO_LARGE, "the answer is larger than is read")
    except Garbled:
        body = b""
    return replace(head, body=body)


def _head(url: str, response: httpcore.Response) -> Reply:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    tls = response.extensions["network_stream"].get_extra_info("tls_facts")
    return Reply(url, response.status, headers, tls=tls)


def _without_body(head: Reply, why: Unanswered, detail: str) -> Reply:
    return Reply(head.url, unanswered=why, detail=detail, tls=head.tls)


def _promised(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _verifying(authorities: str) -> ssl.SSLContext:
    """A context that verifies chain and name, speaks nothing below TLS 1.2, and reads no environment variable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=authorities or certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
