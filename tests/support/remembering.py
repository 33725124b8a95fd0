"""An organisation of some size, backends that remember their readings, and somebody else who changes it meanwhile."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from reconciler.backends.okta import OktaBackend, Remembering, Settings
from reconciler.core.recall import Children, Key, Mark, Memory, News
from reconciler.core.refresh import Refresh
from reconciler.emulator import attachments, servers
from reconciler.emulator.app import create_app
from reconciler.emulator.settings import Settings as EmulatorSettings
from reconciler.kinds import KINDS
from tests.support.build import JWT_BEARER
from tests.support.clock import VirtualClock
from tests.support.memory_world import policy_raw, rule_raw

URL = "https://remembered.okta.test"
TOKEN = "local-development-token"
LOGS = "/api/v1/logs"
SERVERS = "/resource-servers/api/v1/mcp-servers"
CUSTOM = "/api/v1/authorizationServers"
MERGE = {"Content-Type": "application/merge-patch+json"}
OPEN = {"rate-limit": "0", "concurrency-limit": "0", "max-servers": "0"}
HOUR = 3600.0


@dataclass
class Kept:
    """A cache that is a dictionary."""

    children: dict[Key, Children] = field(default_factory=dict)
    mark: Mark | None = None
    writes: int = 0

    def recall(self) -> Memory:
        return Memory(dict(self.children), self.mark)

    def keep(self, news: News) -> None:
        self.writes += 1
        self.children = {key: each for key, each in self.children.items() if key not in news.gone}
        self.children.update(news.children)
        for key, each in news.settled.items():
            known = self.children.get(key)
            if known and (known.stamp, known.read_at) == (each.stamp, each.read_at):
                self.children[key] = each
        self.mark = news.mark or self.mark


class Remembered:
    """The organisation. Its clock is the only one; every request of every backend is noted."""

    def __init__(self, servers_there: int, **switches: str) -> None:
        self.clock = VirtualClock()
        self.cache = Kept()
        self.asked: list[str] = []
        self.refused: set[str] = set()
        self.log: Any = None
        """What the System Log answers instead of what happened."""
        chosen = {**OPEN, **{name.replace("_", "-"): value for name, value in switches.items()}}
        self.app = create_app(
            EmulatorSettings(URL, None, TOKEN, chosen, 0.0, allow_loopback_http=True, clock=self.clock)
        )
        self._wsgi = httpx.WSGITransport(app=self.app)
        self.transport: httpx.BaseTransport = self._wsgi
        """The way to the organisation that nobody counts or refuses."""
        self.console = httpx.Client(
            transport=self._wsgi, base_url=URL, headers={"Authorization": f"SSWS {TOKEN}"}, trust_env=False
        )
        self.ids = [self._server(number) for number in range(servers_there)]
        self.custom = self._custom()
        self.clock.sleep(HOUR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.console.close()
        self.app.close()

    def backend(self, refresh: Refresh = Refresh.AUTO, max_age: float = 24 * HOUR, url: str = URL) -> OktaBackend:
        return OktaBackend(
            Settings(url, f"SSWS {TOKEN}", readers=2, remembering=Remembering(self.cache, refresh, max_age)),
            self.clock,
            httpx.MockTransport(self._answer),
        )

    def remembering(self, refresh: Refresh | None = None) -> Remembering:
        return Remembering(self.cache, refresh or Refresh.AUTO, 24 * HOUR)

    def read(self, refresh: Refresh = Refresh.AUTO, max_age: float = 24 * HOUR) -> "Reading":
        """One run: a backend of its own reads everything."""
        self.asked.clear()
        with self.backend(refresh, max_age) as backend:
            live = backend.read(KINDS, lambda _record: True)
        return Reading(live, tuple(self.asked))

    def rows_of(self, number: int) -> str:
        return f"{SERVERS}/{self.ids[number]}/authorization-servers"

    def edit_row(self, number: int, **patch: Any) -> None:
        """Change a row in the console: the server above it shows nothing of it."""
        [row] = self.console.get(self.rows_of(number)).json()["data"]
        said = self.console.patch(f"{self.rows_of(number)}/{row['id']}", content=json.dumps(patch), headers=MERGE)
        said.raise_for_status()

    def edit_server(self, number: int, **patch: Any) -> None:
        said = self.console.patch(f"{SERVERS}/{self.ids[number]}", content=json.dumps(patch), headers=MERGE)
        said.raise_for_status()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path in self.refused:
            return httpx.Response(403, json={"errorCode": "E0000006", "errorSummary": "no"})
        if self.log is not None and request.url.path == LOGS:
            return httpx.Response(200, json=self.log)
        return self._wsgi.handle_request(request)

    def _server(self, number: int) -> str:
        profile = {
            "resource_url": f"https://mcp{number}.example.com/mcp",
            "display_name": f"Server {number}",
            "description": None,
            "discovery": servers.MANUAL,
        }
        config = {
            "authorizationEndpoint": "https://idp.example.com/authorize",
            "tokenEndpoint": "https://idp.example.com/token",
            "grantTypesSupported": ["authorization_code", "refresh_token"],
        }
        with self.app.organisation.store.write() as db:
            made = servers.add(db, self.clock.now(), profile).id
            row_id = attachments.identifiers.mint("eas")
            row = attachments.new(
                made, "EXTERNAL", row_id, issuer="https://idp.example.com", config=config, status="ACTIVE"
            )
            attachments.add(db, self.clock.now(), row)
            db.execute("UPDATE mcp_servers SET status='ACTIVE' WHERE id=?", (made,))
        return made

    def _custom(self) -> str:
        """A custom authorization server with a scope, a policy and a rule."""
        made = self.post(CUSTOM, {"name": "Agents", "audiences": ["api://agents"]})
        self.post(f"{CUSTOM}/{made}/scopes", {"name": "read"})
        policy = self.post(f"{CUSTOM}/{made}/policies", policy_raw({"name": "agents", "rules": []}, 1))
        rule = rule_raw({"name": "jwt", "grantTypes": [JWT_BEARER]}, 1)
        self.post(f"{CUSTOM}/{made}/policies/{policy}/rules", {"type": "RESOURCE_ACCESS", **rule})
        return made

    def post(self, path: str, body: Any) -> str:
        said = self.console.post(path, json={key: value for key, value in body.items() if key != "rules"})
        said.raise_for_status()
        return str(said.json()["id"])


@dataclass(frozen=True)
class Reading:
    """What one run read, and what it asked for."""

    live: Any
    asked: tuple[str, ...]

    def rows(self) -> list[str]:
        """The servers whose rows were asked for."""
        return sorted(path.split("/")[-2] for path in self.asked if path.endswith("/authorization-servers"))

    def endpoints(self) -> dict[str, Any]:
        """Token endpoints of each MCP server's rows."""
        return {record.id: _endpoints(record.document["authorizationServers"]) for record in self.live.of("McpServer")}


def _endpoints(rows: Mapping[str, Any]) -> Iterable[str]:
    return sorted(row.get("tokenEndpoint", "") for row in rows.values())
