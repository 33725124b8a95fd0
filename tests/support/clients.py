"""MCP servers that are OAuth clients, their keys and the links to them: put into an organisation, and looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.address import Address
from reconciler.core.resources import Desired
from reconciler.emulator import agents, attachments, delegation, mcp_clients, records
from reconciler.kinds.mcp_oauth_client.spec import thumbprint_of
from tests.support.build import agent, key, link, mcp, oauth_client, okta, wish
from tests.support.emulated import Emulated
from tests.support.worlds import Story

CUSTOM = {
    "id": "aus-1",
    "name": "Agents",
    "status": "ACTIVE",
    "description": None,
    "audience": "api://agents",
    "scopes": [],
    "accessPolicies": [],
}
AGENT = "Support assistant"
Keys = Mapping[int, str]
"""States of the keys of `build.EC_KEYS` by number."""
Links = Sequence[tuple[str, str]]
"""Type of token, and the server (`one` or `two`) of the client to which the agent's link leads."""


@dataclass(frozen=True)
class Clients:
    """Which of the two servers are clients and with which keys, and who delegates to them."""

    keys: Mapping[str, Keys] = field(default_factory=dict)
    links: Links = ()


@dataclass(frozen=True)
class ClientStory:
    """A world of two MCP servers, of which `client` and `link` describe some, and what it is to become."""

    before: Clients
    after: Clients
    absent: bool = False

    def desired(self) -> Desired:
        shown = self.before if self.absent else self.after
        [(server, keys)] = shown.keys.items()
        [(token, _)] = shown.links
        client = oauth_client(
            "client", mcpServer=server, keys=[key(n, state) for n, state in keys.items()], absent=self.absent
        )
        servers = [mcp(name, authorizationServers=["agents"]) for name in ("one", "two")]
        delegated = link("link", to="client", tokenType=token, absent=self.absent)
        return wish(okta(), *servers, agent(), client, delegated)


class World:
    """One organisation with two servers; emptied between stories."""

    def __init__(self, emulated: Emulated) -> None:
        self.emulated = emulated
        self._org = emulated.app.organisation
        self._clock = emulated.clock
        self.agent = ""
        self.is_hidden = self._org.switches["mcp-keys"] == "hidden"
        """Whether no call shows keys."""

    def put(self, story: ClientStory) -> Mapping[Address, str]:
        """Fill the organisation and the notebook of its client as an apply would have left them; give the bindings."""
        lives = tuple(
            {
                "id": name,
                "resourceUrl": f"https://{name}.example.com/mcp",
                "status": "ACTIVE",
                "displayName": None,
                "description": None,
                "rows": [{"custom": "aus-1"}],
            }
            for name in ("one", "two")
        )
        self.emulated.put(Story((), (CUSTOM,), lives))
        self.agent = self.emulated.agent(AGENT)
        bindings = {Address("AuthorizationServer", "agents"): self.emulated.ids["aus-1"]}
        bindings |= {Address("McpServer", name): self.emulated.ids[name] for name in ("one", "two")}
        clients = {server: self._client(server, keys) for server, keys in story.before.keys.items()}
        bindings |= {Address("McpOAuthClient", "client"): client for client in clients.values()}
        self._clock.sleep(10)  # by now links see the authorization server
        for token, server in story.before.links:
            bindings[Address("DelegationLink", "link")] = f"{clients[server]}/{self._link(clients[server], token)}"
        return bindings

    def _client(self, server: str, keys: Keys) -> str:
        server_id = self.emulated.ids[server]
        with self._org.store.write() as db:
            client = records.add(db, self._clock.now(), mcp_clients.CLIENT, records.Draft({}, server_id))
            noted = {}
            for number, state in keys.items():
                jwk = key(number)["publicKey"]
                draft = records.Draft(jwk, client.id, jwk["kid"], state.upper())
                made = records.add(db, self._clock.now(), mcp_clients.CLIENT_KEY, draft)
                noted[jwk["kid"]] = {"id": made.id, "status": state.upper(), "thumbprint": thumbprint_of(jwk)}
            mcp_clients.show(self._org, db, server_id)
        about = f"{server_id}/{client.id}"
        self.emulated.backend._driver.notebook.note(("McpOAuthClient", about), {"keys": noted})
        return about

    def _link(self, client: str, token: str) -> str:
        with self._org.store.write() as db:
            target = mcp_clients.orn(self._org, client.rpartition("/")[2])
            said = {
                "type": "OKTA_AUTHORIZATION_SERVER",
                "clientOrn": agents.orn(self._org, self.agent),
                "tokenType": token,
                "resourceOrn": target,
                "authorizationServerOrn": delegation.target(self._org, db, target),
            }
            name = " ".join((said["clientOrn"], token, target))
            return records.add(db, self._clock.now(), delegation.LINK, records.Draft(said, name=name)).id

    def remove_keys(self, *kids: str) -> None:
        """Remove keys as a person does in the console."""
        with self._org.store.write() as db:
            for one in records.every(db, mcp_clients.CLIENT_KEY):
                if one.name in kids:
                    records.remove(db, one.id)

    def look(self) -> Any:
        """What is there: keys by number and state of each client of each server, and links; duplicates and all."""
        names = {server: name for name, server in self.emulated.ids.items()}
        with self._org.store.read() as db:
            found = records.every(db, mcp_clients.CLIENT)
            clients = [
                (names[client.parent], sorted(map(_told, records.of(db, mcp_clients.CLIENT_KEY, client.id))))
                for client in found
            ]
            servers = {mcp_clients.orn(self._org, client.id): names[client.parent] for client in found}
            links = [
                (one.document["tokenType"], servers.get(one.document["resourceOrn"], "nobody"))
                for one in records.every(db, delegation.LINK)
            ]
            rows = sum(len(attachments.of_server(db, self.emulated.ids[name])) for name in ("one", "two"))
        return sorted(clients), sorted(links), rows


def _told(one: records.Record) -> tuple[int, str]:
    numbers = [n for n in range(3) if key(n)["publicKey"]["x"] == one.document["x"]]
    return numbers[0], one.status.lower()


def counted(seen: Any) -> tuple[int, int, int]:
    """How many clients, keys and links there are."""
    clients, links, _ = seen
    return len(clients), sum(len(keys) for _, keys in clients), len(links)


def truth(clients: Clients) -> Any:
    """What `look` gives when exactly this is there."""
    return sorted((server, sorted(keys.items())) for server, keys in clients.keys.items()), sorted(clients.links), 2
