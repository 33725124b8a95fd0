"""Generated wishes of everything that may lean on MCP servers: clients, agents' connections, OAuth clients, links.

A world is what one wish has made of an empty organisation, so that any next wish is about objects that differ from it
in some ways. What is expected is read from the documents, in URLs and labels, since ids are the organisation's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from hypothesis import strategies as st

from reconciler.backends.memory import MemoryBackend
from reconciler.core.resources import Desired, Live
from reconciler.emulator import mcp_clients, records
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.engine.scope import Bindings
from reconciler.kinds import KINDS
from tests.support.build import STATIC, key, planned, raw_agent, remembered, resource
from tests.support.clock import VirtualClock
from tests.support.emulated import TOKEN, URL
from tests.support.worlds import JWT_BEARER, Document, maybe, written

SLOTS = ("s0", "s1")
STRANGER = "z"
"""The server of somebody else, and all that leans on it."""
STATES = ("active", "inactive")
MCP, STS = "IDENTITY_ASSERTION_MCP_SERVER", "STS_ACCESS_TOKEN"
PROFILE = "Support assistant"
KINDS_HERE = ("ClientApp", "ClientRegistration", "AgentConnection", "McpOAuthClient", "DelegationLink")
RESOURCES, PRINCIPALS = "/resource-servers/api/v1", "/workload-principals/api/v1"
HEADERS = {"Authorization": f"SSWS {TOKEN}"}
CALLBACK = "https://example.okta.com/oauth2/v1/sts/callback"
COMMON = (
    Document(
        "AuthorizationServer",
        "idp",
        {"type": "external", "issuer": "https://idp.example.com", "discovery": "static", "oauth": STATIC},
    ),
    Document(
        "AuthorizationServer",
        "agents",
        {
            "type": "okta",
            "displayName": "Agents",
            "audience": "api://agents",
            "accessPolicies": [{"name": "agents", "rules": [{"name": "xaa", "grantTypes": [JWT_BEARER]}]}],
        },
    ),
    Document("AiAgent", "support", {"profileName": PROFILE}),
)
Wish = tuple[Document, ...]


def wish_of(random: Random) -> Wish:
    """Two servers, and any of what may lean on each, there or to be deleted."""
    made = list(COMMON)
    for slot in SLOTS:
        made += _of_one_server(random, slot, random.choice(("", "moved.")))
    clients = [each.name for each in made if each.kind == "McpOAuthClient"]
    if len(clients) == len(SLOTS) and random.random() < 0.5:
        gone = any(each.absent for each in made if each.kind == "McpOAuthClient") or random.random() < 0.2
        one, other = random.sample(clients, 2)
        made.append(Document("DelegationLink", "between", {"from": {"oauthClient": one}, "to": other}, gone))
    return tuple(made)


def strangers(random: Random) -> Wish:
    """What somebody else has made by the same means, and no document of ours is about."""
    return tuple(each for each in _of_one_server(random, STRANGER, "") if not each.absent)


def _of_one_server(random: Random, name: str, prefix: str) -> list[Document]:
    url = f"https://{prefix}{name}.example.com/mcp"
    server = written(
        resourceUrl=url, authorizationServers=["idp", "agents"], description=maybe(random, ("Tickets", "Pages"))
    )
    made = [Document("McpServer", name, server)]
    there, client_there = (random.random() < 0.7 for _ in range(2))
    made += _registered(random, name, there)
    if random.random() < 0.7:
        xaa = {"type": MCP, "agent": "support", "mcpServer": name, "state": random.choice(STATES), **_narrowed(random)}
        made.append(Document("AgentConnection", f"xaa-{name}", xaa, random.random() < 0.3))
    if random.random() < 0.7:
        keys = [key(number) for number in random.sample(range(3), random.randint(1, 3))]
        client = {"mcpServer": name, "keys": keys}
        made.append(Document("McpOAuthClient", f"oauth-{name}", client, not client_there))
        if random.random() < 0.7:
            token = random.choice(("ACCESS_TOKEN", "ID_TOKEN"))
            link = {"from": {"agent": "support"}, "to": f"oauth-{name}", "tokenType": token}
            made.append(Document("DelegationLink", f"link-{name}", link, not client_there or random.random() < 0.2))
    return made


def _registered(random: Random, name: str, there: bool) -> list[Document]:  # noqa: FBT001
    """An app, a registration, and the connection that goes through it."""
    made = []
    app_there = random.random() < 0.7
    if random.random() < 0.7:
        app = {"label": f"App {name}", "redirectUris": [CALLBACK], "state": random.choice(STATES)}
        made.append(Document("ClientApp", f"app-{name}", app, not app_there))
    if random.random() < 0.7:
        by_app = bool(made) and app_there and random.random() < 0.5
        who = {"app": f"app-{name}"} if by_app else {"clientId": f"client-{random.choice('ab')}"}
        said = {"mcpServer": name, "authorizationServer": "idp", "clientSecret": {"fromEnv": "SECRET"}}
        said |= {"scopes": random.choice((["read"], ["read", "write"])), **who}
        made.append(Document("ClientRegistration", f"reg-{name}", said, not there))
        if random.random() < 0.6:
            sts = {"type": STS, "agent": "support", "clientRegistration": f"reg-{name}", **_narrowed(random)}
            made.append(Document("AgentConnection", f"sts-{name}", sts, not there or random.random() < 0.2))
    return made


def _narrowed(random: Random) -> dict[str, Any]:
    scopes = random.choice(([], ["read"], ["read", "write"]))
    return {"scopeCondition": random.choice(("INCLUDE_ONLY", "EXCLUDE")), "scopes": scopes} if scopes else {}


WISHES = st.integers(0, 9_999).map(lambda number: wish_of(Random(number)))
STRANGERS = st.integers(0, 99).map(lambda number: strangers(Random(number)))


def desired(documents: Sequence[Document]) -> Desired:
    made = [
        resource(each.kind, each.name, each.spec, absent=each.absent, line=n) for n, each in enumerate(documents, 1)
    ]
    return {each.address: each for each in sorted(made, key=lambda each: each.address)}


# -- worlds in memory ----------------------------------------------------------------------------------------------


def empty() -> MemoryBackend:
    """An organisation with one agent and nothing else."""
    return MemoryBackend([KINDS["AiAgent"].wire.record(raw_agent(name=PROFILE))])


def everything(backend: Any) -> Live:
    return backend.read(KINDS, lambda _record: True)


def applied(backend: Any, documents: Sequence[Document], bindings: Any, clock: Any = None) -> Any:
    """Bindings after an apply; None where the plan has problems, which then changes nothing."""
    plan = planned(desired(documents), everything(backend), bindings)
    if plan.problems:
        assert {problem.code for problem in plan.problems} <= {"PLN009", "PLN013"}
        return None
    results = list(run(plan, Performer(backend, KINDS, clock or VirtualClock()), Course(3)))
    assert [(result.step.id, result.error) for result in results if not result.ok] == []
    return remembered(bindings, plan, results)


@dataclass(frozen=True)
class Leaning:
    """A world that one wish, and somebody else, have made; the next wish; and what is remembered of the first one."""

    first: Wish
    beside: Wish
    documents: Wish
    forgets: bool

    def made(self, backend: Any, clock: Any = None) -> Bindings:
        """Make the world in an organisation that holds nothing but an agent; give which objects are ours."""
        bindings = applied(backend, (*self.first, *self.beside), {}, clock)
        assert bindings is not None, "nothing was there to be in the way"
        mine = {each.key for each in self.first}
        return {address: record for address, record in bindings.items() if (address.kind, address.name) in mine}

    def remembered(self, ours: Bindings) -> Bindings:
        return {} if self.forgets else ours

    def desired(self) -> Desired:
        return desired(self.documents)


LEANINGS = st.builds(Leaning, WISHES, STRANGERS, WISHES, st.booleans())


# -- what is wished, and what is there, in the same words ----------------------------------------------------------

Told = Mapping[str, set[Any]]


def expected(documents: Sequence[Document], only: Any = None) -> Told:
    """What there must be of each kind; of some documents only, by kind and name, where these are given."""
    specs = {each.key: each.spec for each in documents}
    found: dict[str, set[Any]] = {}

    def url(server: str) -> Any:
        return specs["McpServer", server]["resourceUrl"]

    def of_client(name: str) -> Any:
        return url(specs["McpOAuthClient", name]["mcpServer"])

    def seen(each: Document) -> Any:
        spec = each.spec
        match each.kind:
            case "ClientApp":
                return spec["label"], spec["state"].upper()
            case "ClientRegistration":
                who = specs["ClientApp", spec["app"]]["label"] if "app" in spec else spec["clientId"]
                return url(spec["mcpServer"]), who, tuple(sorted(spec["scopes"]))
            case "AgentConnection":
                by = spec if spec["type"] == MCP else specs["ClientRegistration", spec["clientRegistration"]]
                how = spec.get("scopeCondition", "ALL_SCOPES"), tuple(sorted(spec.get("scopes", ())))
                return spec["type"], url(by["mcpServer"]), *how, spec.get("state", "active").upper()
            case "McpOAuthClient":
                return url(spec["mcpServer"]), frozenset(each["publicKey"]["kid"] for each in spec["keys"])
            case _:
                whose = spec["from"].get("oauthClient")
                token = spec.get("tokenType", "ACCESS_TOKEN")
                return of_client(whose) if whose else PROFILE, of_client(spec["to"]), token

    for each in documents:
        if each.kind in KINDS_HERE and not each.absent and (only is None or each.key in only):
            found.setdefault(each.kind, set()).add(seen(each))
    return found


def there(live: Live) -> dict[str, set[Any]]:
    """The same, from the records; ids are told apart by what they belong to."""
    urls = {record.id: record.document["resourceUrl"] for record in live.of("McpServer")}
    labels = {record.facts["clientId"]: record.document["label"] for record in live.of("ClientApp")}
    urls |= {record.id: urls.get(record.document["mcpServer"]) for record in live.of("ClientRegistration")}
    urls |= {record.facts["orn"]: urls.get(record.document["mcpServer"]) for record in live.of("McpOAuthClient")}

    def seen(record: Any) -> Any:
        said = record.document
        match record.kind:
            case "ClientApp":
                return said["label"], str(record.state)
            case "ClientRegistration":
                return urls[record.id], labels.get(said["clientId"], said["clientId"]), tuple(said["scopes"])
            case "AgentConnection":
                scopes = tuple(said["scopes"])
                kind = said["connectionType"]
                return kind, urls.get(said["resource"]), said["scopeCondition"], scopes, str(record.state)
            case "McpOAuthClient":
                return urls.get(said["mcpServer"]), frozenset(said["keys"])
            case _:
                return urls.get(said["from"], PROFILE), urls.get(said["to"]), said["tokenType"]

    return {name: {seen(record) for record in live.of(name)} for name in KINDS_HERE}


def look(organisation: Any) -> dict[str, set[Any]]:
    """The same, from what the organisation says to somebody who is not our client; keys from its own table."""
    with httpx.Client(transport=httpx.WSGITransport(app=organisation.app), base_url=URL, headers=HEADERS) as http:

        def every(path: str) -> list[Any]:
            body = http.get(path, params={"limit": 200}).json()
            return body["data"] if isinstance(body, dict) else body

        servers = every(f"{RESOURCES}/mcp-servers")
        urls = {each["orn"]: each["resourceUrl"] for each in servers}
        clients = [(each["resourceUrl"], each["oauthClient"]) for each in servers if each.get("oauthClient")]
        urls |= {client["orn"]: url for url, client in clients}
        apps = [each for each in every("/api/v1/apps") if each["name"] == "oidc_client"]
        labels = {each["credentials"]["oauthClient"]["client_id"]: each["label"] for each in apps}
        settings = every(f"{RESOURCES}/client-auth-settings")
        urls |= {each["orn"]: urls[each["resourceServerOrn"]] for each in settings}
        [agent] = every(f"{PRINCIPALS}/ai-agents")
        links = every(f"{PRINCIPALS}/delegation-links")
        connections = every(f"{PRINCIPALS}/ai-agents/{agent['id']}/connections")

    def to(each: Any) -> Any:
        resource = each["resource"]
        return urls[resource.get("clientAuthSettings", resource)["orn"]]

    def scopes(each: Any) -> tuple[str, ...]:
        return () if each["scopeCondition"] == "ALL_SCOPES" else tuple(sorted(each["scopes"]))

    with organisation.app.organisation.store.read() as db:
        keys = {
            url: frozenset(key.document["kid"] for key in records.of(db, mcp_clients.CLIENT_KEY, client["clientId"]))
            for url, client in clients
        }
    return {
        "ClientApp": {(each["label"], each["status"]) for each in apps},
        "ClientRegistration": {
            (urls[each["orn"]], labels.get(each["clientId"], each["clientId"]), tuple(sorted(each["scopes"])))
            for each in settings
        },
        "AgentConnection": {
            (each["connectionType"], to(each), each["scopeCondition"], scopes(each), each["status"])
            for each in connections
        },
        "McpOAuthClient": set(keys.items()),
        "DelegationLink": {
            (
                urls.get(each["from"]["clientOrn"], PROFILE),
                urls[each["to"]["resourceOrn"]],
                each["from"]["tokenType"],
            )
            for each in links
        },
    }
