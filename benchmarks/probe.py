"""How `reconciler probe` behaves on many servers: requests, time and memory, over TLS on loopback.

`python benchmarks/probe.py [SERVERS] [ISSUERS]`, by default 1,000 MCP servers on 50 authorization servers. One process
serves them all under names of their own; another probes them and reports. Needs the development extra (trustme).
"""

import datetime as dt
import json
import multiprocessing
import resource
import ssl
import sys
import tempfile
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from reconciler.app import SystemClock
from reconciler.core.evidence import Tier
from reconciler.core.kind import Offer
from reconciler.oauth import Declared, Limits, Registration, Target
from reconciler.oauth.addresses import Guard
from reconciler.oauth.cache import Remembering
from reconciler.oauth.gate import Policy
from reconciler.oauth.manners import Manners
from reconciler.oauth.probe import Job, Run, probe
from reconciler.oauth.transport import AnonymousTransport

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


def measure(servers: int, issuers: int) -> dict[str, float]:
    """Probe all servers and give what it took."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, issuers), daemon=True)
    process.start()
    port, pem = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "authority.pem"
        file.write_bytes(pem)
        try:
            return _measured(servers, issuers, port, str(file))
        finally:
            process.terminate()
            process.join()


def _measured(servers: int, issuers: int, port: int, authorities: str) -> dict[str, float]:
    policy = Policy(guard=Guard(allow_loopback=True))
    manners = Manners(authorities=authorities)
    before, begun, cpu = _peak(), time.perf_counter(), time.process_time()
    with AnonymousTransport(policy, SystemClock(), manners=manners, resolver=lambda *_: ["127.0.0.1"]) as asking:
        run = Run(Limits(tier=Tier.GET), dt.datetime.now(dt.UTC))
        verdicts: Counter[object] = Counter()
        for probed in probe(jobs(servers, issuers, port), Remembering(asking), asking.facts, SystemClock(), run):
            verdicts[probed.conclusion.ready if probed.conclusion else probed.fault] += 1
        by_host = asking.meter.by_host
    at_issuers = [count for host, count in by_host.items() if host.startswith("as-")]
    return {
        "servers": servers,
        "issuers": issuers,
        "ready": verdicts[True],
        "requests": asking.meter.requests,
        "requests per server": round(asking.meter.requests / servers, 2),
        "most requests to one issuer": max(at_issuers),
        "seconds": round(time.perf_counter() - begun, 1),
        "CPU seconds": round(time.process_time() - cpu, 1),
        "MiB more at the peak": round(_peak() - before),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table: a tenth of the servers first, so that growth can be seen."""
    servers, issuers = (int(text) for text in (sys.argv[1:] + ["1000", "50"][len(sys.argv) - 1 :]))
    columns = [measure(max(1, servers // 10), issuers), measure(servers, issuers)]
    for name in columns[0]:
        print(f"{name:<28}" + "".join(f"{column[name]:>12,}" for column in columns))


if __name__ == "__main__":
    main()
