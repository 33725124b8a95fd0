"""Endpoints on loopback whose every byte a test decides: threaded, over TLS with a throw-away authority, or plain."""

import contextlib
import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import trustme

Bytes = Iterable[bytes]
_TEMPORARY = TemporaryDirectory(prefix="reconciler-authority-")


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def authority_file() -> str:
    """PEM file of the authority that signs every certificate here."""
    file = Path(_TEMPORARY.name) / "authority.pem"
    file.write_bytes(authority().cert_pem.bytes())
    return str(file)


@cache
def server_context(names: tuple[str, ...], days: int = 90, *, trusted: bool = True) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=days, hours=1)
    begins = ends - dt.timedelta(days=400)
    signer = authority() if trusted else trustme.CA()
    signer.issue_cert(*names, not_before=begins, not_after=ends).configure_cert(context)
    return context


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass
class Endpoint:
    """A server; `answer` gives the raw bytes for each request, piece by piece. Pieces are produced as they are sent.

    `sent` counts bytes that left, so that a test can tell how much of an endless answer was taken.
    """

    answer: Callable[[Seen], Bytes]
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    sent: int = 0
    connections: int = 0
    greeting: bytes = b""
    """Said at once instead of listening, before the connection is closed."""

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._socket.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._closing = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def url(self, host: str, path: str = "/") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        for each in (self._socket, *tuple(self._open)):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            if self.greeting:
                connection.sendall(self.greeting)
                connection.recv(65536)
                return
            wrapped = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            self._open.add(wrapped)
            with wrapped:
                self._talk(wrapped)
        except (OSError, ValueError):
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            while (request := _read(file)) is not None:
                self.seen.append(request)
                for piece in self.answer(request):
                    connection.sendall(piece)
                    self.sent += len(piece)
                if request.header("connection") == "close":
                    return


def _read(file: Any) -> Seen | None:
    first = file.readline(65536).decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = []
    while line := file.readline(65536).decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Seen(first[0], first[1], tuple(headers), file.read(length) if length else b"")


# -- answers -------------------------------------------------------------------------------------------------------


def reply(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] = {}, kind: str = "application/json"
) -> bytes:
    said = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status} x\r\n{head}\r\n".encode("latin-1") + body


def document(value: Any, **headers: str) -> bytes:
    return reply(200, json.dumps(value).encode(), headers)


def redirect(target: str, status: int = 302) -> bytes:
    return reply(status, headers={"Location": target})


NOT_FOUND = reply(404, b"{}")


@dataclass
class Site:
    """What an endpoint answers, by method and target; anything else is 404; a value may be a function."""

    routes: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: Seen) -> Bytes:
        found = self.routes.get(f"{request.method} {request.target}", NOT_FOUND)
        made = found(request) if callable(found) else found
        return [made] if isinstance(made, bytes) else made


@contextlib.contextmanager
def endpoint(answer: Callable[[Seen], Bytes], *names: str, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """Serve until the end of the block; with names over TLS, without in the clear."""
    context = tls or (server_context(names) if names else None)
    with Endpoint(answer, context) as server:
        yield server
