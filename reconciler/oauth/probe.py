"""The shell of the readiness checks: sends what the flows ask, shares what servers have in common, and concludes.

Every issuer is asked once a run, however many servers it protects. What was answered is let go as soon as a server is
judged, so memory does not grow with the number of servers.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from reconciler.core.evidence import Tier
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock
from reconciler.core.url import host_of
from reconciler.oauth import (
    NO_QUIRKS,
    Conclusion,
    Control,
    Declared,
    Fetched,
    HostFacts,
    IssuerEvidence,
    Limits,
    Lock,
    Observation,
    Providers,
    ServerEvidence,
    Target,
    Written,
    conclude,
    issuers_of,
    pin,
    prepare,
    probe_issuer,
    probe_server,
)
from reconciler.oauth.crew import Crew, Outcome, Sender
from reconciler.oauth.metadata import read_server
from reconciler.oauth.transport import SERVER_SECONDS

_MOST_UNDECLARED = 3
"""How many issuers are followed that only a server's own metadata names."""

LookUp = Callable[[str], HostFacts | None]
"""Says how the name in a URL resolves."""


@dataclass(frozen=True, slots=True)
class Job:
    """One MCP server to probe, with what only the loader knows about its document."""

    target: Target
    written: Written = field(default_factory=Written)
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What holds for all servers of a run.

    `organisation` is the issuer that signs identity assertions, when known; `vantage` names where the run asks from.
    """

    limits: Limits
    now: datetime
    lock: Lock | None = None
    providers: Providers = NO_QUIRKS
    trusted: bool = True
    organisation: str | None = None
    vantage: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came out for one server. `fault` is set, and the rest empty, when this program failed at it.

    `documents` are the URLs whose answers the conclusion rests on.
    """

    target: Target
    conclusion: Conclusion | None = None
    pinned: Lock = field(default_factory=Lock)
    documents: frozenset[str] = frozenset()
    fault: Exception | None = None
    vantage: str = ""


def probe(jobs: Sequence[Job], sender: Sender, look_up: LookUp, clock: Clock, run: Run) -> Iterator[Probed]:
    """Probe all servers at once; give the results in the order of the jobs, each as soon as those before it are known.

    Memory holds what is not handed over yet, so it does not grow with the number of servers unless one hangs.
    """
    with Crew(sender, clock, seconds=SERVER_SECONDS) as crew:
        survey = _Survey(crew, look_up, run)
        for number, job in enumerate(jobs):
            survey.begin(number, job)
        following = 0
        for _ in itertools.chain([None], crew.steps()):  # offline nothing is under way, and all is known
            while following in survey.results:
                yield survey.results.pop(following)
                following += 1


@dataclass(slots=True)
class _Server:
    """A job on its way: what is known, and how many answers are still to come."""

    number: int
    job: Job
    evidence: ServerEvidence | None = None
    declared: tuple[Declared, ...] = ()
    missing: int = 0
    crowded: bool = False
    """Whether its metadata names more issuers than are followed; then only those are judged either."""


@dataclass(slots=True)
class _Issuer:
    """An issuer of this run: its evidence once it is there, and who waits for it."""

    evidence: IssuerEvidence | None = None
    fault: Exception | None = None
    urls: tuple[str, ...] = ()
    done: bool = False
    waiting: list[Callable[[], None]] = field(default_factory=list)


class _Survey:
    """The state of a run; every method runs in the deciding thread of the crew."""

    def __init__(self, crew: Crew, look_up: LookUp, run: Run) -> None:
        self.results: dict[int, Probed] = {}
        self._crew = crew
        self._look_up = look_up
        self._run = run
        self._issuers: dict[str, _Issuer] = {}
        self._hosts: dict[str, HostFacts | None] = {}

    def begin(self, number: int, job: Job) -> None:
        server = _Server(number, job)
        if self._run.limits.tier is Tier.OFFLINE:
            self._conclude(server)
            return
        flow = probe_server(job.target, self._run.limits)
        self._crew.drive(flow, host_of(job.target.url), lambda outcome: self._answered(server, outcome))

    def _answered(self, server: _Server, outcome: Outcome[ServerEvidence]) -> None:
        if outcome.fault is not None:
            self._fail(server, outcome.fault)
            return
        server.evidence = outcome.value
        try:
            named = issuers_of(server.job.target, server.evidence)
            server.declared = _followed(server.job.target, named)
            server.crowded = len(server.declared) < len(named)
        except Exception as error:  # noqa: BLE001 - one server must not end the run of all others
            self._fail(server, error)
            return
        issuers = {each.issuer: each for each in server.declared if each.issuer}
        if self._run.organisation is not None:
            issuers.setdefault(self._run.organisation, Declared("organisation", "okta", self._run.organisation))
        server.missing = 1 + len(issuers)
        for declared in issuers.values():
            self._want(declared, lambda: self._one_less(server))
        self._resolve([server.job.target.url], lambda: self._one_less(server))

    def _one_less(self, server: _Server) -> None:
        server.missing -= 1
        if not server.missing:
            self._conclude(server)

    def _want(self, declared: Declared, then: Callable[[], None]) -> None:
        """Have an issuer asked, unless it was or is being asked."""
        issuer = str(declared.issuer)
        known = self._issuers.get(issuer)
        if known is not None and known.done:
            then()
        elif known is not None:
            known.waiting.append(then)
        else:
            self._issuers[issuer] = state = _Issuer(waiting=[then])
            flow = probe_issuer(declared, self._run.limits)
            self._crew.drive(
                flow, host_of(issuer), lambda outcome: self._issuer_answered(issuer, state, outcome), first=True
            )

    def _issuer_answered(self, issuer: str, state: _Issuer, outcome: Outcome[IssuerEvidence]) -> None:
        state.evidence, state.fault = outcome.value, outcome.fault
        try:
            state.urls = (issuer, *_endpoints(state.evidence))
        except Exception as error:  # noqa: BLE001 - as above
            state.fault = error
        self._resolve(state.urls, lambda: self._settle(state))

    @staticmethod
    def _settle(state: _Issuer) -> None:
        state.done = True
        for then in state.waiting:
            then()
        state.waiting.clear()

    def _resolve(self, urls: Iterable[str], then: Callable[[], None]) -> None:
        """Learn how hosts resolve, each once, away from the deciding thread."""
        unknown = {host: url for url in urls if (host := host_of(url)) and host not in self._hosts}
        if not unknown:
            then()
            return

        def learned(outcome: Outcome[dict[str, HostFacts | None]]) -> None:
            self._hosts.update(outcome.value or {})
            then()

        self._crew.call(lambda: {host: self._look_up(url) for host, url in unknown.items()}, learned)

    def _conclude(self, server: _Server) -> None:
        mine = {each.issuer: self._issuers[each.issuer] for each in server.declared if each.issuer}
        fault = next((state.fault for state in mine.values() if state.fault), None)
        if fault is not None:
            self._fail(server, fault)
            return
        observation = self._observation(server, {i: s.evidence for i, s in mine.items() if s.evidence}, mine)
        try:
            conclusion = conclude(observation)
            pinned = pin(observation, conclusion)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(server, error)
            return
        documents = frozenset(_documents(observation))
        self.results[server.number] = Probed(
            server.job.target, conclusion, pinned, documents, vantage=self._run.vantage
        )
        server.evidence = None

    def _observation(
        self, server: _Server, issuers: Mapping[str, IssuerEvidence], states: Mapping[str, _Issuer]
    ) -> Observation:
        urls = (server.job.target.url, *(url for state in states.values() for url in state.urls))
        facts = {host: self._hosts.get(host) for host in map(host_of, urls)}
        target = server.job.target
        return Observation(
            target=replace(target, servers=server.declared) if server.crowded else target,
            now=self._run.now,
            server=server.evidence,
            issuers=issuers,
            organisation=self._organisation(),
            hosts={host: known for host, known in facts.items() if known is not None},
            control=server.job.control,
            written=server.job.written,
            lock=self._run.lock,
            providers=self._run.providers,
            trusted=self._run.trusted,
        )

    def _organisation(self) -> IssuerEvidence | None:
        known = self._issuers.get(self._run.organisation or "")
        return known.evidence if known else None

    def _fail(self, server: _Server, fault: Exception) -> None:
        self.results[server.number] = Probed(server.job.target, fault=fault, vantage=self._run.vantage)


def _followed(target: Target, declared: tuple[Declared, ...]) -> tuple[Declared, ...]:
    """The authorization servers that are asked: all that are declared, few of those that metadata merely names."""
    return declared if target.servers else declared[:_MOST_UNDECLARED]


def _endpoints(evidence: IssuerEvidence | None) -> tuple[str, ...]:
    """The endpoints that an issuer's metadata names, whatever document it was found in."""
    metas = (read_server(doc.parsed.value) for doc in prepare.issuer_docs(evidence) if doc.usable and doc.parsed.value)
    return tuple(dict.fromkeys(url for meta in metas for url in meta.endpoints.values()))


def _documents(observation: Observation) -> Iterator[str]:
    fetched: list[Fetched] = [*(observation.server.documents if observation.server else ())]
    for evidence in observation.issuers.values():
        fetched += evidence.documents
        if evidence.jwks is not None:
            yield evidence.jwks.url
    yield from (each.reply.url for each in fetched)
