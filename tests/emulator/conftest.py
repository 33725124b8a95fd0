"""An organisation in a test: an application, a clock that stands still, and sites to discover."""

import contextlib
import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from reconciler.emulator.app import Emulator, create_app
from reconciler.emulator.settings import Settings
from reconciler.emulator.wire import Wire

BASE = "https://emulated.okta.test"
SERVERS = "/resource-servers/api/v1/mcp-servers"
CUSTOM = "/api/v1/authorizationServers"
SETTINGS = "/resource-servers/api/v1/client-auth-settings"
APPS = "/api/v1/apps"
AGENTS = "/workload-principals/api/v1/ai-agents"
TOKEN = {"Authorization": "SSWS local-development-token"}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MERGE = {"Content-Type": "application/merge-patch+json"}


def app_body(label: str, method: str = "client_secret_basic", **client: Any) -> dict[str, Any]:
    """An app as an administrator writes it."""
    said = {"application_type": "web", "grant_types": [JWT_BEARER], **client}
    return {
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": label,
        "credentials": {"oauthClient": {"token_endpoint_auth_method": method}},
        "settings": {"oauthClient": said},
    }


@functools.cache
def private_key(kind: str = "EC", size: Any = "P-256", kid: str = "one") -> Any:
    """A key pair; made once, since making one takes a while."""
    return (ECKey if kind == "EC" else RSAKey).generate_key(size, {"kid": kid, "use": "sig"})


def public_jwk(*given: Any, **more: Any) -> dict[str, Any]:
    return private_key(*given, **more).as_dict(private=False)


class Clock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class World:
    """One organisation, and the calls that many tests need on the way to what they are about."""

    app: Emulator
    clock: Clock
    http: httpx.Client
    delay: float
    made: int = field(default=0)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        if method == "PATCH":
            return self.http.patch(path, content=json.dumps(body), headers=MERGE, **more)
        return self.http.request(method, path, **({"json": body} if body is not None else {}), **more)

    def settle(self, response: httpx.Response) -> dict[str, Any]:
        """Let an accepted operation end; how it ended."""
        assert response.status_code == 202, response.text
        self.clock.advance(self.delay)
        ended = self.http.get(response.headers["Location"]).json()
        assert ended["status"] in ("COMPLETED", "FAILED")
        return ended

    def register(self, url: str | None = None, **body: Any) -> httpx.Response:
        self.made += 1
        return self.call("POST", SERVERS, {"resourceUrl": url or f"https://mcp{self.made}.acme.test/mcp", **body})

    def manual(self, **body: Any) -> str:
        """A manual MCP server, PENDING until something is attached."""
        return str(self.settle(self.register(discoveryType="MANUAL", **body))["resource"]["id"])

    def external(self, server: str, **body: Any) -> httpx.Response:
        said = {
            "type": "EXTERNAL",
            "issuer": "https://idp.acme.test",
            "authorizationEndpoint": "https://idp.acme.test/authorize",
            "tokenEndpoint": "https://idp.acme.test/token",
            "grantTypesSupported": ["authorization_code", "refresh_token"],
        }
        return self.call("POST", f"{SERVERS}/{server}/authorization-servers", {**said, **body})

    def custom(self, name: str = "Tools", **body: Any) -> dict[str, Any]:
        answer = self.call("POST", CUSTOM, {"name": name, "audiences": ["https://mcp.acme.test"], **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def orn(self, authorization_server: str) -> str:
        return f"orn:okta:idp:{self.app.organisation.id}:authorization_servers:{authorization_server}"

    def attach_custom(self, server: str, authorization_server: str) -> httpx.Response:
        body = {"type": "OKTA", "orn": self.orn(authorization_server)}
        return self.call("POST", f"{SERVERS}/{server}/authorization-servers", body)

    def inactive(self, **body: Any) -> str:
        """A manual MCP server with one verified external row."""
        server = self.manual(**body)
        self.settle(self.external(server))
        assert self.status(server) == "INACTIVE"
        return server

    def active(self, **body: Any) -> str:
        server = self.inactive(**body)
        self.settle(self.call("POST", f"{SERVERS}/{server}/lifecycle/activate"))
        assert self.status(server) == "ACTIVE"
        return server

    def invalid(self) -> str:
        """A manual MCP server whose only row went away."""
        server = self.inactive()
        [row] = self.rows(server)
        self.settle(self.call("DELETE", f"{SERVERS}/{server}/authorization-servers/{row['id']}"))
        assert self.status(server) == "INVALID"
        return server

    def in_state(self, state: str) -> str:
        makers = {"PENDING": self.manual, "INACTIVE": self.inactive, "ACTIVE": self.active, "INVALID": self.invalid}
        return makers[state]()

    def server(self, server: str) -> dict[str, Any]:
        answer = self.http.get(f"{SERVERS}/{server}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settings(self, server: str, **body: Any) -> httpx.Response:
        said = {
            "name": "Provider",
            "resourceServerOrn": f"orn:okta:directory:{self.app.organisation.id}:resource-servers:mcp:{server}",
            "clientId": "client-at-provider",
            "clientSecret": "provider-secret-never-shown",
            "scopes": ["read"],
        }
        return self.call("POST", SETTINGS, {key: value for key, value in {**said, **body}.items() if value is not None})

    def oauth_app(self, label: str = "Trusted client", **client: Any) -> dict[str, Any]:
        answer = self.call("POST", APPS, app_body(label, **client))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def staged_agent(self, name: str = "Helper") -> str:
        return str(self.settle(self.call("POST", AGENTS, {"profile": {"name": name}}))["resource"]["id"])

    def agent_orn(self, agent: str) -> str:
        return f"orn:okta:directory:{self.app.organisation.id}:workload-principals:ai-agents:{agent}"

    def agent(self, name: str = "Helper") -> str:
        """An ACTIVE agent, with an owner and a key."""
        agent = self.staged_agent(name)
        owners = {"resourceOrns": [self.agent_orn(agent)], "principalOrns": ["orn:okta:directory:00oX:users:00uX"]}
        assert self.call("POST", "/governance/api/v1/resource-owners", owners).status_code == 200
        assert self.call("POST", f"{AGENTS}/{agent}/credentials/jwks", public_jwk()).status_code == 201
        self.settle(self.call("POST", f"{AGENTS}/{agent}/lifecycle/activate"))
        return agent

    def connectable(self) -> tuple[str, str]:
        """An ACTIVE MCP server that supports XAA, and its custom authorization server."""
        custom, server = self.custom()["id"], self.manual()
        policies = f"{CUSTOM}/{custom}/policies"
        policy = self.call("POST", policies, {"name": "P", "description": "D"}).json()["id"]
        rule = {"name": "R", "conditions": {"grantTypes": {"include": [JWT_BEARER]}}}
        assert self.call("POST", f"{policies}/{policy}/rules", rule).status_code == 201
        self.settle(self.attach_custom(server, custom))
        self.settle(self.call("POST", f"{SERVERS}/{server}/lifecycle/activate"))
        return server, str(custom)

    def status(self, server: str) -> str:
        return str(self.server(server)["status"])

    def rows(self, server: str) -> list[dict[str, Any]]:
        return self.http.get(f"{SERVERS}/{server}/authorization-servers").json()["data"]

    def events(self, **query: str) -> list[dict[str, Any]]:
        return self.http.get("/api/v1/logs", params={"limit": "1000", **query}).json()

    def event_types(self) -> list[str]:
        return [event["eventType"] for event in self.events()]

    def refresh(self, server: str) -> dict[str, Any]:
        return self.call("POST", "/_emulator/refresh", {"id": server}).json()["data"][0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def organisation(clock: Clock) -> Iterator[Callable[..., World]]:
    """Make an organisation with switches as keywords (underscores for hyphens); no rate limit unless asked for."""
    opened: list[World] = []

    def make(state: Path | None = None, *, delay: float = 0.2, loopback: bool = True, **switches: str) -> World:
        chosen = {name.replace("_", "-"): value for name, value in {"rate_limit": "0", **switches}.items()}
        app = create_app(
            Settings(
                base_url=BASE,
                state=state,
                switches=chosen,
                operation_delay=delay,
                allow_loopback_http=loopback,
                clock=clock,
                sleep=clock.advance,
            )
        )
        client = httpx.Client(transport=Wire(app), base_url=BASE, headers=TOKEN)
        opened.append(World(app, clock, client, delay))
        return opened[-1]

    yield make
    for world in opened:
        world.http.close()
        world.app.close()


@pytest.fixture
def world(organisation: Callable[..., World]) -> World:
    return organisation()


Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A small web site on loopback: documents by path, and how often each was asked for."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.documents: dict[str, Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []

    def put(self, path: str, document: Any, status: int = 200) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.documents[path] = (status, {"Content-Type": "application/json"}, body)

    def protect(self, *issuers: str, path: str = "/.well-known/oauth-protected-resource/mcp", **more: Any) -> str:
        """Publish protected-resource metadata for `/mcp`; its URL."""
        self.put(path, {"resource": f"{self.base}/mcp", "authorization_servers": list(issuers), **more})
        return f"{self.base}/mcp"

    def issue(self, at: str = "", **more: Any) -> str:
        """Publish the metadata of an issuer at a path of this site; the issuer."""
        issuer = self.base + at
        said = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        }
        document = {key: value for key, value in {**said, **more}.items() if value is not None}
        self.put(f"/.well-known/oauth-authorization-server{at}", document)
        return issuer

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        found = self.documents.get(path, (404, {}, b""))
        return found() if callable(found) else found


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as one:
        yield one


@pytest.fixture
def other_site() -> Iterator[Site]:
    with served() as one:
        yield one


@contextlib.contextmanager
def served() -> Iterator[Site]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = site.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the emulator gave up, as some tests want
                self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
