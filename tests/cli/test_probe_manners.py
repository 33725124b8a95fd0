"""What `reconciler probe` sends, recorded by the servers themselves: GETs alone, and no credential but to the org."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from reconciler.cli import run
from reconciler.emulator.app import create_app
from reconciler.emulator.settings import Settings
from tests.support.emulated import OPEN
from tests.support.endpoint import Endpoint, Seen, authority_file
from tests.support.estate import Estate, estate

SECRET = "token-secret"
HERE = ("localhost", "127.0.0.1")
SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "x-api-key", "dpop"}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Organisation:
    """The emulated organisation over a socket, with every request that reached it."""

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method, and the Authorization header or the empty text."""


@contextmanager
def organisation() -> Iterator[Organisation]:
    found = Organisation("")

    def record(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        found.requests.append((environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION", "")))
        answer: Iterable[bytes] = inner(environ, start)
        return answer

    server: WSGIServer = make_server("127.0.0.1", 0, record, handler_class=_Quiet)
    found.url = f"http://127.0.0.1:{server.server_port}"
    inner = create_app(Settings(base_url=found.url, api_token=SECRET, switches=OPEN, allow_loopback_http=True))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def project(root: Path, made: Estate, org: str) -> None:
    documents = [
        ("AuthorizationServer", "idp", {"type": "external", "issuer": made.issuer}),
        ("AuthorizationServer", "agents", {"type": "okta", "displayName": "Agents", "audience": "api://a"}),
        ("McpServer", "jira", {"resourceUrl": made.url, "authorizationServers": ["idp", "agents"]}),
    ]
    (root / "registry.d").mkdir()
    (root / "registry.d" / "all.yaml").write_text(
        "\n---\n".join(
            json.dumps({"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
            for kind, name, spec in documents
        ),
        encoding="utf-8",
    )
    (root / "ca.pem").write_bytes(Path(authority_file()).read_bytes())
    (root / "reconciler.yaml").write_text(
        "probe: {allowLoopback: true, caFile: ca.pem}\n"
        "defaultEnvironment: live\nenvironments:\n  live:\n    target:\n      type: okta\n"
        f"      orgUrl: {org}\n      auth: {{apiToken: {{fromEnv: OKTA_API_TOKEN}}}}\n",
        encoding="utf-8",
    )


def greedy(request: Seen) -> bytes:
    """A refusal that tries to get something: a cookie to send back, a login, a token."""
    said = (
        "HTTP/1.1 401 x\r\nSet-Cookie: session=given\r\nWWW-Authenticate: Basic realm=x\r\n"
        f"WWW-Authenticate: Bearer\r\nContent-Length: 0\r\nX-Seen: {request.method}\r\n\r\n"
    )
    return said.encode()


def probed(folder: Path, monkeypatch: pytest.MonkeyPatch, tier: str) -> tuple[Endpoint, Organisation]:
    monkeypatch.setenv("OKTA_API_TOKEN", SECRET)
    with estate(hosts=HERE) as (made, endpoint), organisation() as org:
        made.routes["mcp.test", "POST /mcp"] = greedy
        project(folder, made, org.url)
        run(["probe", "--chdir", str(folder), "--tier", tier, "--format", "json"])
    return endpoint, org


@pytest.mark.parametrize(("tier", "methods"), [("0", set()), ("G", {"GET"}), ("P", {"GET", "POST"})])
def test_a_run_sends_only_what_its_tier_allows_and_a_get_only_run_nothing_but_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tier: str, methods: set[str]
) -> None:
    endpoint, org = probed(tmp_path, monkeypatch, tier)
    assert {request.method for request in endpoint.seen} == methods
    assert {method for method, _ in org.requests} <= {"GET"}


@pytest.mark.parametrize("tier", ["0", "G", "P", "K"])
def test_no_run_sends_a_credential_to_anybody_but_the_organisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    endpoint, org = probed(tmp_path, monkeypatch, tier)
    for request in endpoint.seen:
        assert not {name.lower() for name, _ in request.headers} & SECRET_HEADERS
        assert SECRET not in repr(request)
        assert "session=given" not in repr(request)
    with_secret = {said for _, said in org.requests if said}
    assert with_secret == ({f"SSWS {SECRET}"} if tier == "K" else set())
    assert bool(endpoint.seen) is (tier != "0")
