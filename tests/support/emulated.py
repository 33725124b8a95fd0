"""A generated world on the emulated organisation, behind the real backend, in virtual time.

Worlds are put into, and looked at in, the organisation's own tables, as somebody would who is not our client: neither
the backend nor a kind has a say in what was there or in what came of it.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

import httpx

from reconciler.backends.okta import OktaBackend, Settings
from reconciler.core.address import Address
from reconciler.emulator import agents, attachments, custom, custom_parts, operations, records, servers
from reconciler.emulator.app import create_app
from reconciler.emulator.custom_parts import POLICY, RULE, SCOPE, Shape
from reconciler.emulator.settings import Settings as EmulatorSettings
from reconciler.emulator.wire import Wire
from tests.support.clock import VirtualClock
from tests.support.memory_world import policy_raw, rule_raw, scope_raw
from tests.support.sight import Sight
from tests.support.worlds import Story

URL = "https://emulated.okta.test"
TOKEN = "local-development-token"
OPEN = {"rate-limit": "0", "concurrency-limit": "0", "max-servers": "0"}


class _Counted(Wire):
    """Counts requests by method; breaks where a fault is armed."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.seen = Counter[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen[request.method] += 1
        return super().handle_request(request)


class Emulated:
    """One organisation, one backend, one clock; emptied between worlds, since making it takes the time of ten."""

    def __init__(self, **switches: str) -> None:
        self.clock = VirtualClock()
        chosen = {**OPEN, **{name.replace("_", "-"): value for name, value in switches.items()}}
        self.app = create_app(
            EmulatorSettings(
                base_url=URL,
                api_token=TOKEN,
                switches=chosen,
                operation_delay=0,
                allow_loopback_http=True,
                clock=self.clock,
                sleep=self.clock.sleep,
            )
        )
        self.transport = _Counted(self.app)
        self.backend = OktaBackend(
            Settings(URL, f"SSWS {TOKEN}", readers=2, secrets=lambda secret: f"value of {secret.name}"),
            self.clock,
            self.transport,
        )
        self.ids: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.backend.__exit__()
        self.app.close()

    @property
    def writes(self) -> int:
        return sum(count for method, count in self.transport.seen.items() if method != "GET")

    def put(self, story: Story) -> None:
        """Empty the organisation and fill it with the live objects of a story."""
        self.ids = {}
        with self.app.organisation.store.write() as db:
            for table in ("mcp_servers", "operations", "log_events", "records"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM authorization_servers WHERE alias IS NULL")
            for live in story.custom:
                self.ids[live["id"]] = self._custom(db, live)
            for live in story.servers:
                self.ids[live["id"]] = self._server(db, live)

    def agent(self, name: str) -> str:
        """An active agent, as somebody made it in the console; gives its id."""
        with self.app.organisation.store.write() as db:
            draft = records.Draft({"profile": {"name": name}}, name=name)
            return records.add(db, self.clock.now(), agents.AGENT, draft).id

    def bindings(self, story: Story) -> dict[Address, str]:
        return {Address(kind, name): self.ids[record] for (kind, name), record in story.bindings.items()}

    def _custom(self, db: sqlite3.Connection, live: Mapping[str, Any]) -> str:
        now = self.clock.now()
        document = {"audiences": [live["audience"]]} | (
            {"description": live["description"]} if live["description"] else {}
        )
        server = custom_parts.create_custom(db, now, live["name"], document).id
        db.execute("UPDATE authorization_servers SET status=? WHERE id=?", (live["status"], server))
        for scope in live["scopes"]:
            said = {key: value for key, value in scope_raw(scope).items() if key != "name"}
            custom_parts.add(db, now, (server, server, SCOPE), Shape(scope["name"], {"optional": False, **said}))
        for policy in live["accessPolicies"]:
            said = {key: policy_raw(policy, 1)[key] for key in ("type", "description", "conditions")}
            made = custom_parts.add(db, now, (server, server, POLICY), Shape(policy["name"], said))
            for rule in policy["rules"]:
                said = {key: rule_raw(rule, 1)[key] for key in ("type", "conditions", "actions")}
                custom_parts.add(db, now, (server, made.id, RULE), Shape(rule["name"], said))
        return server

    def _server(self, db: sqlite3.Connection, live: Mapping[str, Any]) -> str:
        profile = {
            "resource_url": live["resourceUrl"],
            "display_name": live["displayName"],
            "description": live["description"],
            "discovery": servers.MANUAL,
        }
        server = servers.add(db, self.clock.now(), profile).id
        for row in live["rows"]:
            attachments.add(db, self.clock.now(), self._row(db, server, live["status"], row))
        if live["status"] == "PENDING" and live["rows"]:
            self._still_registering(db, server)
        db.execute("UPDATE mcp_servers SET status=? WHERE id=?", (live["status"], server))
        return server

    def _row(self, db: sqlite3.Connection, server: str, status: str, row: Mapping[str, Any]) -> attachments.Attachment:
        """Rows stand as the state of their server demands: unverified, found bad, or good."""
        stands = status if status in {"PENDING", "INVALID"} else "ACTIVE"
        if "custom" in row:
            own = self.ids[row["custom"]]
            off = custom.get(db, own).status != "ACTIVE"
            return attachments.new(server, "OKTA", own, status="INACTIVE" if off and stands == "ACTIVE" else stands)
        config = {key: row[key] for key in ("authorizationEndpoint", "tokenEndpoint")}
        config["grantTypesSupported"] = row["grantTypes"]
        row_id = attachments.identifiers.mint("eas")
        return attachments.new(server, "EXTERNAL", row_id, issuer=row["issuer"], config=config, status=stands)

    def _still_registering(self, db: sqlite3.Connection, server: str) -> None:
        """The registration ends by itself, half a minute from now."""
        operation = operations.schedule(self.app.organisation, db, operations.Order("register", server))
        db.execute("UPDATE operations SET due_at=due_at+30 WHERE id=?", (operation.id,))

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> Sight:
        """Read the tables themselves."""
        with self.app.organisation.store.read() as db:
            own = [row["id"] for row in db.execute("SELECT id FROM authorization_servers WHERE alias IS NULL")]
            registered = [row["id"] for row in db.execute("SELECT id FROM mcp_servers")]
            return Sight(
                {server: _see_custom(db, server) for server in own},
                {server: _see_server(db, server) for server in registered},
            )

    def look_again(self) -> None:
        """Refresh every MCP server, as the organisation's own timer would."""
        with httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url=URL) as outsider:
            said = outsider.post("/_emulator/refresh", json={}, headers={"Authorization": f"SSWS {TOKEN}"})
        assert said.status_code == httpx.codes.OK, said.text

    def statuses(self) -> dict[str, str]:
        """The status of every MCP server."""
        with self.app.organisation.store.read() as db:
            return {row["id"]: row["status"] for row in db.execute("SELECT id, status FROM mcp_servers")}

    def issuers(self) -> dict[str, set[str]]:
        """The issuers of the rows of every MCP server."""
        with self.app.organisation.store.read() as db:
            registered = [row["id"] for row in db.execute("SELECT id FROM mcp_servers")]
            return {one: {row.issuer or row.id for row in attachments.of_server(db, one)} for one in registered}


def _see_custom(db: sqlite3.Connection, server_id: str) -> dict[str, Any]:
    server = custom.get(db, server_id)
    return {
        "name": server.name,
        "audience": server.document["audiences"][0],
        "description": server.document.get("description"),
        "status": server.status,
        "scopes": {
            part.name: {
                key: part.document.get(key)
                for key in ("displayName", "description", "consent", "metadataPublish", "default")
            }
            for part in custom_parts.of(db, server_id, SCOPE)
            if not part.system
        },
        "policies": [
            {
                "name": part.name,
                "description": part.document["description"],
                "clients": set(part.document["conditions"]["clients"]["include"]),
                "rules": [_see_rule(rule) for rule in custom_parts.of(db, part.id, RULE)],
            }
            for part in custom_parts.of(db, server_id, POLICY)
        ],
    }


def _see_rule(rule: custom_parts.Part) -> dict[str, Any]:
    conditions = rule.document["conditions"]
    return {
        "name": rule.name,
        "grantTypes": set(conditions["grantTypes"]["include"]),
        "scopes": set(conditions["scopes"]["include"]),
        "minutes": rule.document["actions"]["token"]["accessTokenLifetimeMinutes"],
    }


def _see_server(db: sqlite3.Connection, server_id: str) -> dict[str, Any]:
    server = servers.get(db, server_id)
    return {
        "resourceUrl": server.resource_url,
        "status": server.status,
        "displayName": server.display_name,
        "description": server.description,
        "rows": [_see_row(row) for row in attachments.of_server(db, server_id)],
    }


def _see_row(row: attachments.Attachment) -> dict[str, Any]:
    if row.type == attachments.OKTA:
        return {"key": row.id, "facts": None}
    facts = (
        row.config["authorizationEndpoint"],
        row.config["tokenEndpoint"],
        set(row.config["grantTypesSupported"]),
    )
    return {"key": (row.issuer or "").removesuffix("/"), "facts": facts}
