"""How `reconciler probe` behaves on many servers: requests, time and memory, over TLS on loopback.

`python benchmarks/probe.py [SERVERS] [ISSUERS]`, by default 1,000 MCP servers on 50 authorization servers, prints the
table; with --write it also becomes the section of benchmarks/RESULTS.md. One process serves them all under names of
their own; another probes them and reports. Needs the development extra (trustme).
"""

import argparse
import datetime as dt
import json
import multiprocessing
import os
import resource
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import sections
import trustme

from reconciler.app import SystemClock
from reconciler.core.evidence import Tier
from reconciler.core.kind import Offer
from reconciler.oauth import Declared, Limits, Registration, Target
from reconciler.oauth.addresses import Guard
from reconciler.oauth.cache import Remembering, Store
from reconciler.oauth.gate import Policy
from reconciler.oauth.manners import Manners, Meter
from reconciler.oauth.probe import Job, Run, probe
from reconciler.oauth.transport import AnonymousTransport

TITLE = "## Readiness checks of many servers"
RESOURCE, SERVER = "/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server"


class Estate(BaseHTTPRequestHandler):
    """Every MCP server and every authorization server, told apart by their names."""

    protocol_version = "HTTP/1.1"
    issuers = 1

    def do_GET(self) -> None:
        """Answer with the metadata of the host that was asked for."""
        name, _, port = str(self.headers["host"]).partition(":")
        kind, number = name.partition(".")[0].split("-")
        made = self._document(kind, int(number), f"https://{name}:{port}", int(port))
        body = json.dumps(made or {}).encode()
        self.send_response(200 if made else 400 if self.path == "/authorize" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _document(self, kind: str, number: int, origin: str, port: int) -> dict[str, Any] | None:
        if kind == "mcp" and self.path in {RESOURCE, f"{RESOURCE}/mcp"}:
            issuer = f"https://as-{number % self.issuers}.estate.test:{port}"
            return {"resource": f"{origin}/mcp", "authorization_servers": [issuer], "scopes_supported": ["a"]}
        if kind == "as" and self.path == SERVER:
            return {
                "issuer": origin,
                "authorization_endpoint": f"{origin}/authorize",
                "token_endpoint": f"{origin}/token",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
            }
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Threads that end with the process, and a queue long enough for a burst."""

    daemon_threads = True
    request_queue_size = 512

    def get_request(self) -> tuple[Any, Any]:
        """Shake hands in the thread of the connection, not in the one that accepts."""
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    context: ssl.SSLContext

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that breaks off is no news."""


def serve(pipe: Any, issuers: int) -> None:
    """Serve until the process is ended; tell port and certificate authority first."""
    authority = trustme.CA()
    Estate.issuers = issuers
    server = Server(("127.0.0.1", 0), Estate)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=90)
    authority.issue_cert("*.estate.test", not_after=ends).configure_cert(server.context)
    pipe.send((server.server_address[1], authority.cert_pem.bytes()))
    server.serve_forever()


def jobs(servers: int, issuers: int, port: int) -> list[Job]:
    """Describe every server as a manifest would."""
    registration = Registration(client_id="ours", secret=True, scopes=("a",))
    made = []
    for number in range(servers):
        issuer = f"https://as-{number % issuers}.estate.test:{port}"
        declared = Declared(f"AuthorizationServer.as-{number % issuers}", "external", issuer, registration=registration)
        url = f"https://mcp-{number}.estate.test:{port}/mcp"
        made.append(Job(Target(f"McpServer.mcp-{number}", url, (declared,), frozenset({Offer.STS}))))
    return made


@dataclass
class Measured:
    """What one size took. Seconds are of the wall, if not said otherwise."""

    servers: int
    issuers: int
    ready: int
    requests: int
    most: int
    """Requests to one issuer."""
    seconds: float
    cpu: float
    """CPU seconds of the prober; the servers' process has its own."""
    peak: float
    """MiB that the peak of memory rose."""
    again: int
    """Requests of a second run, right after."""
    hung: float
    """Seconds until all others were judged while one host accepts connections and never answers."""
    load: float


def measure(servers: int, issuers: int) -> Measured:
    """Probe all servers and give what it took."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, issuers), daemon=True)
    process.start()
    port, pem = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "authority.pem"
        file.write_bytes(pem)
        try:
            return _measured(jobs(servers, issuers, port), issuers, Path(folder))
        finally:
            process.terminate()
            process.join()


def _measured(asked: list[Job], issuers: int, folder: Path) -> Measured:
    store = Store(folder / "cache", time.time)
    before, begun, cpu = _peak(), time.perf_counter(), time.process_time()
    meter, ready, _ = _run(asked, folder, store)
    seconds, cpu, peak = time.perf_counter() - begun, time.process_time() - cpu, _peak() - before
    again, _, _ = _run(asked, folder, store)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        hanging = Job(Target("McpServer.hangs", f"https://hangs.estate.test:{silent.getsockname()[1]}/mcp"))
        begun = time.perf_counter()
        _, _, others = _run([*asked, hanging], folder, None)
    return Measured(
        servers=len(asked),
        issuers=issuers,
        ready=ready,
        requests=meter.requests,
        most=max(count for host, count in meter.by_host.items() if host.startswith("as-")),
        seconds=seconds,
        cpu=cpu,
        peak=peak,
        again=again.requests,
        hung=others - begun,
        load=os.getloadavg()[0],
    )


def _run(asked: list[Job], folder: Path, store: Store | None) -> tuple[Meter, int, float]:
    """Probe, and keep between runs what the command would keep; the last value is when all but the last were judged."""
    policy = Policy(guard=Guard(allow_loopback=True))
    manners = Manners(authorities=str(folder / "authority.pem"))
    ready, last = 0, 0.0
    with AnonymousTransport(policy, SystemClock(), manners=manners, resolver=lambda *_: ["127.0.0.1"]) as asking:
        sender = Remembering(asking, store)
        run = Run(Limits(tier=Tier.GET), dt.datetime.now(dt.UTC))
        for number, probed in enumerate(probe(asked, sender, asking.facts, SystemClock(), run)):
            if probed.conclusion is not None and probed.conclusion.ready:
                ready += 1
                sender.judged(probed.documents, good=True)
            if number == len(asked) - 2:
                last = time.perf_counter()
        return asking.meter, ready, last


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rows(columns: list[Measured]) -> list[tuple[str, ...]]:
    """The table, line by line: a name, then a figure for each size."""
    lines: tuple[tuple[str, Callable[[Measured], str]], ...] = (
        ("MCP servers", lambda m: f"{m.servers:,}"),
        ("authorization servers", lambda m: f"{m.issuers:,}"),
        ("found ready", lambda m: f"{m.ready:,}"),
        ("requests", lambda m: f"{m.requests:,}"),
        ("requests per MCP server", lambda m: f"{m.requests / m.servers:.1f}"),
        ("most requests to one authorization server", lambda m: f"{m.most}"),
        ("requests of a second run within `max-age`", lambda m: f"{m.again:,}"),
        ("CPU s of the prober", lambda m: f"{m.cpu:.1f}"),
        ("wall s", lambda m: f"{m.seconds:.1f}"),
        ("wall / CPU", lambda m: f"{m.seconds / m.cpu:.2f}"),
        ("wall s for all others while one host hangs", lambda m: f"{m.hung:.1f}"),
        ("MiB more at the peak", lambda m: f"{m.peak:.0f}"),
        ("load of the machine", lambda m: f"{m.load:.1f}"),
    )
    return [(name, *(tell(column) for column in columns)) for name, tell in lines]


def section(columns: list[Measured]) -> str:
    """The part of the results page."""
    head, *lines = rows(columns)
    grid = [head, ["---", *("---:" for _ in columns)], *lines]
    table = "\n".join(f"| {' | '.join(line)} |" for line in grid)
    said = (
        "Written by `python benchmarks/probe.py --write`: `reconciler probe` at tier G over TLS on loopback, every\n"
        "server under a name of its own. Prober and servers share the machine; the prober is\n"
        "one Python process, so its CPU seconds are the limit for the wall."
    )
    return f"{TITLE}\n\n{said}\n\n{table}\n"


def main() -> None:
    """Print the table: a tenth of the servers first, so that growth can be seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("servers", nargs="?", type=int, default=1000)
    parser.add_argument("issuers", nargs="?", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="also make it the section of benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    columns = [measure(max(1, count), chosen.issuers) for count in (chosen.servers // 10, chosen.servers)]
    for name, *figures in rows(columns):
        print(f"{name:<44}" + "".join(f"{figure:>12}" for figure in figures))
    if chosen.write:
        sections.write(section(columns))


if __name__ == "__main__":
    main()
