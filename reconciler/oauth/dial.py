"""Connecting: a name is resolved once, every answer is checked, and only a checked address is connected to.

It stands below the HTTP library as its network backend, so that whatever the library does, it can only reach checked
addresses, within its deadlines, and read a bounded number of bytes. TLS still verifies the name.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import field
from typing import Any

import httpcore

from reconciler.core.evidence import TlsFacts, Unanswered
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock
from reconciler.oauth.addresses import Address, is_loopback, parse
from reconciler.oauth.gate import Place, Policy, not_usual
from reconciler.oauth.observation import HostFacts

Resolver = Callable[[str, int], Iterable[str]]
"""Gives the addresses of a host as texts; raises OSError when there are none."""

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
_SECONDS_A_DAY = 86_400
_NO_RESOLVER = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL})
"""What says nothing about a name, but about the place that asks."""
_EXPIRED, _OTHER_NAMES = 10, {62, 64}  # X509_V_ERR_CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH


class NoAnswer(Exception):
    """Why a request came to nothing; becomes a `Reply` before it leaves the transport."""

    def __init__(self, why: Unanswered, detail: str) -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail


@dataclass(slots=True)
class Exchange:
    """One request in flight in this thread: where to, until when, and how many bytes it may still read."""

    place: Place
    hard: float
    until: float
    room: int
    read: int = 0
    answering: bool = False


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Ask the operating system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(slots=True)
class _Name:
    """What is known about a host in this run; the lock makes the first asker resolve and the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    addresses: tuple[Address, ...] = ()
    failure: NoAnswer | None = None


class Dialer(httpcore.NetworkBackend):
    """The network as the HTTP library sees it. `at` holds the exchange of each thread."""

    def __init__(self, policy: Policy, resolver: Resolver, clock: Clock) -> None:
        self._policy = policy
        self._resolver = resolver
        self._clock = clock
        self._names: dict[str, _Name] = {}
        self._names_lock = threading.Lock()
        self._local = threading.local()
        self._sockets = httpcore.SyncBackend()

    def begin(self, exchange: Exchange) -> None:
        """Make an exchange the current one of this thread."""
        self._local.exchange = exchange

    @property
    def exchange(self) -> Exchange:
        """The exchange of this thread."""
        current: Exchange = self._local.exchange
        return current

    def left(self, most: float) -> float:
        """How many seconds a blocking call may still take, `most` at most."""
        left = min(most, self.exchange.until - self._clock.now())
        if left <= 0:
            raise NoAnswer(Unanswered.TIMEOUT, "it did not answer in time")
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the exchange decides
        local_address: str | None = None,  # noqa: ARG002 - never chosen
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a checked address of the host, the first that answers."""
        place = self.exchange.place
        last: NoAnswer | None = None
        for address in self.resolve(place):
            try:
                stream = self._sockets.connect_tcp(str(address), port, self.left(CONNECT_SECONDS), None, socket_options)
            except httpcore.ConnectTimeout:
                last = NoAnswer(Unanswered.TIMEOUT, "no connection within the time that is given")
            except httpcore.ConnectError:
                last = NoAnswer(Unanswered.UNREACHABLE, "the connection was refused or there is no route")
            else:
                return Stream(stream, self, self._clock)
        raise last or NoAnswer(Unanswered.UNRESOLVED, f"{host} has no address")

    def resolve(self, place: Place) -> tuple[Address, ...]:
        """Give the addresses of a host, all of them checked; raise NoAnswer when one may not be asked."""
        name = self._known(place)
        if name.failure is not None:
            raise NoAnswer(name.failure.why, name.failure.detail)
        self._check(place, name.addresses)
        return name.addresses

    def is_local(self, place: Place) -> bool:
        """Whether a host that was resolved is this machine, and may be asked as such."""
        return self._policy.guard.allow_loopback and all(map(is_loopback, self._known(place).addresses))

    def facts(self, place: Place) -> HostFacts:
        """Say how a name resolves, in counts, and how it does when asked once more; nothing connects to the second."""
        first: tuple[Address, ...] = ()
        second = None
        with suppress(NoAnswer):
            first = self._known(place).addresses
            second = self._count(self._look_up(place)) if first else None
        return HostFacts(place.host, *self._count(first), second)

    def _count(self, addresses: tuple[Address, ...]) -> tuple[int, int]:
        refused = sum(bool(self._policy.guard.refusal(address)) for address in addresses)
        return len(addresses) - refused, refused

    def _known(self, place: Place) -> _Name:
        """Resolve a host the first time that it is asked for, and never again in this run."""
        with self._names_lock:
            name = self._names.setdefault(place.host, _Name())
        with name.lock:
            if not name.addresses and name.failure is None:
                try:
                    name.addresses = self._look_up(place)
                except NoAnswer as failure:
                    if failure.why is Unanswered.TIMEOUT:  # perhaps only this asker was short of time
                        raise
                    name.failure = failure
        return name

    def _look_up(self, place: Place) -> tuple[Address, ...]:
        try:
            texts = _within(self.left(CONNECT_SECONDS), lambda: tuple(self._resolver(place.host, place.port)))
        except (OSError, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno in _NO_RESOLVER:
                raise NoAnswer(Unanswered.UNREACHABLE, "no resolver answers this machine") from error
            raise NoAnswer(Unanswered.UNRESOLVED, "its name does not resolve") from error
        addresses = tuple(address for text in texts if (address := parse(text)) is not None)
        if not addresses or len(addresses) < len(texts):
            raise NoAnswer(Unanswered.UNRESOLVED, "its name does not resolve to addresses")
        return addresses

    def _check(self, place: Place, addresses: tuple[Address, ...]) -> None:
        """Judge every answer; what is special about loopback holds only when all of them are."""
        for address in addresses:
            refusal = self._policy.guard.refusal(address)
            if refusal:
                raise NoAnswer(Unanswered.BLOCKED, f"its name leads to an address that is not public ({refusal})")
        if self._policy.guard.allow_loopback and all(map(is_loopback, addresses)):
            return
        if odd := not_usual(place, self._policy):
            raise NoAnswer(Unanswered.BLOCKED, odd)


class Stream(httpcore.NetworkStream):
    """A connection that keeps the deadline and the byte limit of the exchange which uses it."""

    def __init__(
        self, inner: httpcore.NetworkStream, dialer: Dialer, clock: Clock, tls: TlsFacts | None = None
    ) -> None:
        self._inner = inner
        self._dialer = dialer
        self._clock = clock
        self._tls = tls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the exchange decides
        exchange = self._dialer.exchange
        data = self._inner.read(max_bytes, self._dialer.left(ANSWER_SECONDS))
        exchange.read += len(data)
        if exchange.read > exchange.room:
            raise NoAnswer(Unanswered.TOO_LARGE, "the answer is larger than is read")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the exchange decides
        exchange = self._dialer.exchange
        if not exchange.answering:
            exchange.answering = True
            exchange.until = min(exchange.hard, self._clock.now() + ANSWER_SECONDS)
        self._inner.write(buffer, self._dialer.left(ANSWER_SECONDS))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the exchange decides
    ) -> httpcore.NetworkStream:
        """Shake hands; the certificate has to be good for the name, whatever the address."""
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, self._dialer.left(CONNECT_SECONDS))
        except httpcore.ConnectTimeout as error:
            raise NoAnswer(Unanswered.TIMEOUT, "the TLS handshake did not end in time") from error
        except httpcore.ConnectError as error:
            raise NoAnswer(Unanswered.TLS, _handshake_fault(error.__cause__)) from error
        return Stream(inner, self._dialer, self._clock, _facts(inner))

    def get_extra_info(self, info: str) -> Any:
        return self._tls if info == "tls_facts" else self._inner.get_extra_info(info)


def _within(seconds: float, call: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Bound a call that cannot be bounded: name resolution has no timeout. A late thread is left to end by itself."""
    found: list[tuple[str, ...] | Exception] = []

    def run() -> None:
        try:
            found.append(call())
        except Exception as error:  # noqa: BLE001 - handed over to the caller
            found.append(error)

    thread = threading.Thread(target=run, daemon=True, name="resolve")
    thread.start()
    thread.join(seconds)
    if not found:
        raise NoAnswer(Unanswered.TIMEOUT, "its name was not resolved in time")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _facts(stream: httpcore.NetworkStream) -> TlsFacts:
    """Read protocol version and remaining days off a finished handshake."""
    connection = stream.get_extra_info("ssl_object")
    ends = ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
    return TlsFacts(str(connection.version()), int((ends - time.time()) // _SECONDS_A_DAY))


def _handshake_fault(cause: BaseException | None) -> str:
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return "the TLS handshake failed"
    if cause.verify_code == _EXPIRED:
        return "its certificate has expired"
    if cause.verify_code in _OTHER_NAMES:
        return "its certificate is for another name"
    return "its certificate is not signed by a known authority, or the chain is incomplete"
