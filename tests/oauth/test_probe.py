"""Many servers at once: issuers are shared, requests are few, what hangs or breaks stays with its server."""

import json
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.evidence import Ask, Reply, Tier, Unanswered
from reconciler.core.kind import Offer
from reconciler.core.url import host_of
from reconciler.oauth import Declared, HostFacts, Limits, Registration, Target
from reconciler.oauth.cache import Remembering
from reconciler.oauth.probe import Job, Probed, Run, probe
from tests.support.clock import VirtualClock
from tests.support.endpoint import NOT_FOUND, Seen, endpoint, reply, server_context
from tests.support.estate import NOW, RESOURCE, SERVER, served, transport

RUN = Run(Limits(tier=Tier.GET, token="f00d"), NOW)


def job(number: int, issuer: str, url: str) -> Job:
    registration = Registration(client_id="ours", secret=True, scopes=("a",))
    declared = Declared(f"AuthorizationServer.{host_of(issuer)}", "external", issuer, registration=registration)
    return Job(Target(f"McpServer.mcp-{number}", url, (declared,), frozenset({Offer.STS})))


def documents(url: str, issuer: str) -> dict[str, Any]:
    """What a server at a URL and its issuer publish, by URL."""
    origin = url.removesuffix("/mcp")
    return {
        f"{origin}{RESOURCE}": {"resource": url, "authorization_servers": [issuer], "scopes_supported": ["a"]},
        f"{issuer}{SERVER}": {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        },
    }


class World:
    """Answers without a network; hosts may hang until everybody else is done, or break the sender."""

    def __init__(self, hang: str = "", broken: str = "") -> None:
        self.hang, self.broken = hang, broken
        self.release = threading.Event()
        self.documents: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def send(self, ask: Ask, **_until: float) -> Reply:
        with self._lock:
            self.asked[ask.url] += 1
        host = host_of(ask.url)
        if host == self.broken:
            raise KeyError(host)
        if host == self.hang:
            self.release.wait(20)
            return Reply(ask.url, unanswered=Unanswered.TIMEOUT)
        found = self.documents.get(ask.url)
        headers = (("content-type", "application/json"),)
        if found is None:
            return Reply(ask.url, 400 if ask.url.endswith("/authorize") else 404, headers)
        return Reply(ask.url, 200, headers, json.dumps(found).encode())

    def jobs(self, servers: int, issuers: int) -> list[Job]:
        made = []
        for number in range(servers):
            issuer, url = f"https://as-{number % issuers}.test", f"https://mcp-{number}.test/mcp"
            self.documents.update(documents(url, issuer))
            made.append(job(number, issuer, url))
        return made


def facts(url: str) -> HostFacts:
    return HostFacts(host_of(url), 1, 0, (1, 0))


def run(world: World, jobs: list[Job]) -> list[Probed]:
    return list(probe(jobs, Remembering(world), facts, VirtualClock(0.0), RUN))


def test_an_issuer_is_asked_once_however_many_servers_it_protects() -> None:
    world = World()
    results = run(world, world.jobs(300, 15))
    assert [each.target.subject for each in results] == [f"McpServer.mcp-{number}" for number in range(300)]
    assert {each.conclusion and each.conclusion.ready for each in results} == {True}
    assert max(world.asked.values()) == 1
    assert world.asked.total() / 300 < 20


def test_a_host_that_hangs_keeps_nobody_else_waiting() -> None:
    world = World(hang="mcp-0.test")
    jobs = world.jobs(40, 4)
    ended: list[str] = []

    def look(url: str) -> HostFacts:
        ended.append(url)
        if len({each for each in ended if "//mcp-" in each}) == 39:
            world.release.set()
        return facts(url)

    results = list(probe(jobs, Remembering(world), look, VirtualClock(0.0), RUN))
    assert world.release.is_set()
    assert [each.conclusion and each.conclusion.ready for each in results].count(True) >= 39


@pytest.mark.parametrize("broken", ["mcp-1.test", "as-1.test"])
def test_a_fault_of_this_program_is_that_of_its_servers_only(broken: str) -> None:
    world = World(broken=broken)
    results = run(world, world.jobs(8, 2))
    faulty = {number for number, each in enumerate(results) if each.fault}
    assert faulty == ({1} if broken.startswith("mcp") else {1, 3, 5, 7})
    assert all(isinstance(results[number].fault, KeyError) for number in faulty)


def test_a_judge_that_fails_is_a_fault_of_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.oauth import probe as module

    for name in ("conclude", "issuers_of", "_endpoints"):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, lambda *_: 1 // 0)
            world = World()
            (result,) = run(world, world.jobs(1, 1))
            assert isinstance(result.fault, ZeroDivisionError), name


def test_the_offline_tier_asks_nobody() -> None:
    world = World()
    jobs = world.jobs(3, 1)
    offline = replace(RUN, limits=Limits(tier=Tier.OFFLINE))
    results = list(probe(jobs, world, facts, VirtualClock(0.0), offline))
    assert all(each.conclusion for each in results)
    assert world.asked.total() == 0


def test_a_server_that_nothing_is_declared_about_is_followed_to_few_issuers() -> None:
    world = World()
    (made,) = world.jobs(1, 1)
    issuers = [f"https://many-{number}.test" for number in range(50)]
    world.documents[f"https://mcp-0.test{RESOURCE}"]["authorization_servers"] = issuers
    (result,) = run(world, [replace(made, target=replace(made.target, servers=(), written=False))])
    assert result.conclusion is not None
    asked = {host_of(url) for url in world.asked} - {"mcp-0.test"}
    assert asked == {"many-0.test", "many-1.test", "many-2.test"}


def test_a_hundred_servers_over_tls_are_asked_a_few_times_each() -> None:
    names = "*.estate.test"

    def answer(request: Seen) -> Iterable[bytes]:
        host = str(request.header("host"))
        name, _, port = host.partition(":")
        kind, number = name.partition(".")[0].split("-")
        issuer = f"https://as-{int(number) % 5}.estate.test:{port}"
        known = documents(f"https://{host}/mcp", issuer if kind == "mcp" else f"https://{host}")
        found = known.get(f"https://{host}{request.target}")
        if request.target == "/authorize":
            return [reply(400, b"no client id", kind="text/plain")]
        return [served(found)] if found else [NOT_FOUND]

    with endpoint(answer, tls=server_context((names,))) as server, transport() as asking:
        jobs = [
            job(n, server.url(f"as-{n % 5}.estate.test", ""), server.url(f"mcp-{n}.estate.test", "/mcp"))
            for n in range(100)
        ]
        results = list(probe(jobs, Remembering(asking), asking.facts, VirtualClock(0.0), RUN))
        meter = asking.meter
    assert {each.conclusion and each.conclusion.ready for each in results} == {True}
    assert {request.method for request in server.seen} == {"GET"}
    assert meter.requests == len(server.seen) < 100 * 5
    assert Counter(f"{each.header('host')}{each.target}" for each in server.seen).most_common(1)[0][1] == 1
    assert server.connections < 150  # 105 hosts: a host is connected to once, hardly ever twice
