"""The emulator as a process: bind, say where, serve until told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import waitress  # type: ignore[import-untyped]  # it has no types of its own
from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]  # see above

from .app import Emulator, Settings, create_app
from .fault_acts import Broken, Silent
from .settings import DEFAULT_API_TOKEN, DEFAULT_OPERATION_DELAY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MIN_THREADS, _MAX_THREADS = 16, 128
_BACKLOG = 1024
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # compared, not bound


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where to listen, and the organisation to show there; port 0 picks a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    state: Path | str | None = None
    api_token: str | None = DEFAULT_API_TOKEN
    switches: Mapping[str, str] = field(default_factory=dict)
    operation_delay: float = DEFAULT_OPERATION_DELAY
    allow_loopback_http: bool = True


def run(options: ServeOptions) -> None:
    """Serve until SIGINT or SIGTERM; the first line on stdout is the base URL."""
    listener = _listen(options.host, options.port)
    with listener, _stopped_by_signals():
        base_url = _base_url(options.host, listener)
        with create_app(_settings(options, base_url)) as app:
            logging.getLogger("waitress").setLevel(logging.ERROR)
            threads = _threads(app.organisation.switches.number("concurrency-limit"))
            server = waitress.create_server(_cutting(app), sockets=[listener], threads=threads, ident=None)
            print(base_url, flush=True)  # noqa: T201  # what the caller waits for
            try:
                server.run()
            finally:
                server.close()


def _cutting(app: Emulator) -> WSGIApplication:
    """The application, with faults that really cut the connection."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Silent as silent:
            app.organisation.settings.sleep(silent.seconds)
            raise ClientDisconnected from silent
        except Broken as broken:
            _reset(environ)
            raise ClientDisconnected from broken

    return serve


def _reset(environ: WSGIEnvironment) -> None:
    """Closing will send RST instead of FIN; the socket is found as waitress hands it to applications."""
    channel = environ["waitress.client_disconnected"].__self__
    channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _settings(options: ServeOptions, base_url: str) -> Settings:
    return Settings(
        base_url=base_url,
        state=options.state,
        api_token=options.api_token,
        switches=options.switches,
        operation_delay=options.operation_delay,
        allow_loopback_http=options.allow_loopback_http,
    )


def _listen(host: str, port: int) -> socket.socket:
    """Bound before the application is made, since its links must know the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _base_url(host: str, listener: socket.socket) -> str:
    name = _WILDCARDS.get(host, host)
    port = listener.getsockname()[1]
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _threads(concurrency_limit: int) -> int:
    """Enough for the concurrency limit to be what refuses, not a queue."""
    return max(_MIN_THREADS, min(concurrency_limit + 4, _MAX_THREADS))


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM end the block quietly; outside of the main thread Python allows no handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, _stop) for number in signals}
    try:
        yield
    except SystemExit:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Waitress takes SystemExit as the order to finish what is in flight."""
    raise SystemExit(0)
