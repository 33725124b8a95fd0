"""What leans on MCP servers: from any world that one wish has made, the next wish comes true, and nothing else changes.

The world is looked at in the records themselves; what is wished is read from the specs, not from a kind's document.
"""

from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.backends.memory import MemoryBackend
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import (
    agent,
    app,
    connection,
    external,
    key,
    link,
    mcp,
    oauth_client,
    okta,
    planned,
    registration,
    remembered,
    wish,
)
from tests.support.clock import VirtualClock
from tests.support.steady import many

SLOTS = (0, 1)
STATES = ("active", "inactive")
MCP, STS = "IDENTITY_ASSERTION_MCP_SERVER", "STS_ACCESS_TOKEN"


def draw(random: Random) -> list[Any]:
    """A wish: two servers, and any of what may lean on each, there or to be deleted."""
    documents = [external(), okta(), agent()]
    for slot in SLOTS:
        documents += _of_one_server(random, f"s{slot}", random.choice(("", "moved.")))
    return documents


def _of_one_server(random: Random, name: str, prefix: str) -> list[Any]:
    url = f"https://{prefix}{name}.example.com/mcp"
    made = [mcp(name, resourceUrl=url, authorizationServers=["idp", "agents"])]
    app_there, there, client_there = (random.choice((True, True, False)) for _ in range(3))
    if random.random() < 0.7:
        made.append(app(f"app-{name}", state=random.choice(STATES), absent=not app_there))
    if random.random() < 0.7:
        by_app = len(made) > 1 and app_there and random.random() < 0.5
        who = {"app": f"app-{name}"} if by_app else {"clientId": f"client-{random.choice('ab')}"}
        said = {"mcpServer": name, "scopes": random.choice((["read"], ["read", "write"])), **who}
        made.append(registration(f"reg-{name}", absent=not there, **said))
        if random.random() < 0.6:
            sts = {"type": STS, "clientRegistration": f"reg-{name}", **_narrowed(random)}
            made.append(connection(f"sts-{name}", absent=not there or random.random() < 0.2, **sts))
    if random.random() < 0.7:
        xaa = {"mcpServer": name, "state": random.choice(STATES), **_narrowed(random)}
        made.append(connection(f"xaa-{name}", absent=random.random() < 0.3, **xaa))
    if random.random() < 0.7:
        keys = [key(number) for number in random.sample(range(3), random.randint(1, 3))]
        made.append(oauth_client(f"oauth-{name}", mcpServer=name, keys=keys, absent=not client_there))
        if random.random() < 0.7:
            token = random.choice(("ACCESS_TOKEN", "ID_TOKEN"))
            gone = not client_there or random.random() < 0.2
            made.append(link(f"link-{name}", to=f"oauth-{name}", tokenType=token, absent=gone))
    return made


def _narrowed(random: Random) -> dict[str, Any]:
    scopes = random.choice(([], ["read"], ["read", "write"]))
    return {"scopeCondition": random.choice(("INCLUDE_ONLY", "EXCLUDE")), "scopes": scopes} if scopes else {}


WISHES = st.integers(0, 9_999).map(lambda number: draw(Random(number)))


def expected(documents: list[Any], only: Any = None) -> dict[str, set[Any]]:
    """What there must be of each kind, said with URLs and labels; of some addresses only, where these are given."""
    specs = {str(each.address): each.spec for each in documents}
    found: dict[str, set[Any]] = {}

    def url(server: str) -> str:
        return specs[f"McpServer.{server}"].resource_url

    for each in documents:
        spec, name = each.spec, each.address.kind
        match name:
            case _ if each.absent or (only is not None and each.address not in only):
                continue
            case "ClientApp":
                seen = (spec.label, spec.state.upper())
            case "ClientRegistration":
                who = specs[f"ClientApp.{spec.app}"].label if spec.app else spec.client_id
                seen = (url(spec.mcp_server), who, tuple(sorted(spec.scopes)))
            case "AgentConnection":
                server = (
                    spec.mcp_server
                    if spec.type == MCP
                    else specs[f"ClientRegistration.{spec.client_registration}"].mcp_server
                )
                seen = (spec.type, url(server), spec.scope_condition, tuple(sorted(spec.scopes)), spec.state.upper())
            case "McpOAuthClient":
                seen = (url(spec.mcp_server), frozenset(each.public_key.kid for each in spec.keys))
            case "DelegationLink":
                seen = (url(specs[f"McpOAuthClient.{spec.to}"].mcp_server), spec.token_type)
            case _:
                continue
        found.setdefault(name, set()).add(seen)
    return found


def there(backend: MemoryBackend) -> dict[str, set[Any]]:
    """The same, from the records; ids are told apart by what they belong to."""
    live = backend.read(KINDS, lambda _record: True)
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
                return urls.get(said["to"]), said["tokenType"]

    kinds = ("ClientApp", "ClientRegistration", "AgentConnection", "McpOAuthClient", "DelegationLink")
    return {name: {seen(record) for record in live.of(name)} for name in kinds}


def applied(backend: MemoryBackend, documents: list[Any], bindings: Any) -> Any:
    """Bindings after an apply; None where the plan has problems, which then changes nothing."""
    desired = wish(*documents)
    plan = planned(desired, backend.read(KINDS, lambda _record: True), bindings)
    if plan.problems:
        assert {problem.code for problem in plan.problems} <= {"PLN009", "PLN013"}
        return None
    results = list(run(plan, Performer(backend, KINDS, VirtualClock()), Course(3)))
    assert [(result.step.id, result.error) for result in results if not result.ok] == []
    return remembered(bindings, plan, results)


@settings(max_examples=many(25))
@given(WISHES, WISHES, st.booleans())
def test_after_any_wish_the_next_one_comes_true_whole(first, second, forgets):
    backend = MemoryBackend()
    backend.create(KINDS["AiAgent"], {"profileName": "Support assistant"})
    bindings = applied(backend, first, {})
    assert bindings is not None, "nothing was there to be in the way"
    assert {name: seen for name, seen in there(backend).items() if seen} == expected(first)
    after = applied(backend, second, {} if forgets else bindings)
    assume(after is not None)
    found, wished = there(backend), expected(second)
    missing = {name: seen - found[name] for name, seen in wished.items() if seen - found[name]}
    assert missing == {}
    gone = expected(first, {each.address for each in second if each.absent})
    if not forgets:
        back = {name: (seen & found[name]) - wished.get(name, set()) for name, seen in gone.items()}
        assert not any(back.values()), back
    writes = backend.writes
    assert applied(backend, second, after) is not None
    assert backend.writes == writes
