"""Puts a probe together: what may be asked, with which memory; and gives its results in the words of the renderers."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler import __version__
from reconciler.app.assessment import assess, blocking
from reconciler.app.organisations import SystemClock
from reconciler.app.workspace import STATE_FOLDER, Workspace
from reconciler.core.address import Address
from reconciler.core.errors import ReconcilerError
from reconciler.core.evidence import Assessment, Tier
from reconciler.core.noun import dataclass
from reconciler.manifests import OktaTarget, ProbeSettings
from reconciler.oauth import Limits, Lock, merge
from reconciler.oauth.addresses import Guard
from reconciler.oauth.cache import Remembering, Store
from reconciler.oauth.gate import WELL_KNOWN_PORTS, Policy, hosts
from reconciler.oauth.lockfile import load, save
from reconciler.oauth.manners import CONTACT, Manners
from reconciler.oauth.probe import Job, Probed, Run, probe
from reconciler.oauth.providers.load import load as load_providers
from reconciler.oauth.transport import AnonymousTransport
from reconciler.render.letter import Ability, Letter

_CACHE_FOLDER = "probe-cache"


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a probe was asked for on the command line."""

    tier: Tier = Tier.GET
    untrusted: bool = False
    allow_hosts: tuple[str, ...] = ()


def policy(settings: ProbeSettings, chosen: Chosen) -> Policy:
    """What may be asked. An untrusted run takes nothing from the file, and asks only hosts named by its caller."""
    if chosen.untrusted:
        return Policy(hosts=hosts(chosen.allow_hosts), untrusted=True)
    guard = Guard.of(settings.allow_private_ranges, allow_loopback=settings.allow_loopback)
    listed = (*(settings.allow_hosts or ()), *chosen.allow_hosts)
    return Policy(guard, WELL_KNOWN_PORTS | set(settings.allow_ports), hosts(listed) if listed else None)


@dataclass(frozen=True, slots=True)
class Prober:
    """Asks for any number of servers, from any thread, over one set of connections. An issuer is asked once."""

    transport: AnonymousTransport
    sender: Remembering
    run: Run
    vantage: str

    def probe(self, jobs: Sequence[Job]) -> Iterator[Probed]:
        return probe(jobs, self.sender, self.transport.facts, SystemClock(), self.run)

    def assess(self, jobs: Sequence[Job]) -> Mapping[Address, Assessment]:
        """Give what can be seen of the servers right now, by address."""
        return {Address.parse(each.target.subject): assess(each, self.vantage) for each in self.probe(jobs)}


@contextmanager
def prober(workspace: Workspace, chosen: Chosen, store: Store | None = None) -> Iterator[Prober]:
    """Open what a probe needs; without a store nothing but this run itself is remembered."""
    settings = workspace.config.probe
    with AnonymousTransport(policy(settings, chosen), SystemClock(), manners=_manners(workspace, chosen)) as asking:
        yield Prober(asking, Remembering(asking, store), _run(workspace, chosen), settings.vantage)


def run(workspace: Workspace, jobs: Sequence[Job], chosen: Chosen) -> Iterator[Probed]:
    """Probe the servers, and remember between runs what speaks for them."""
    store = _store(workspace, chosen)
    with prober(workspace, chosen, store) as asking:
        good: set[str] = set()
        bad: set[str] = set()
        for probed in asking.probe(jobs):
            is_ready = probed.conclusion is not None and probed.conclusion.ready is True
            (good if is_ready else bad).update(probed.documents)
            yield probed
        asking.sender.judged(bad, good=False)
        asking.sender.judged(good - bad, good=True)
    if store is not None:
        store.tidy()


def _store(workspace: Workspace, chosen: Chosen) -> Store | None:
    if chosen.untrusted or not workspace.config.probe.cache or chosen.tier is Tier.OFFLINE:
        return None
    return Store(workspace.root / STATE_FOLDER / _CACHE_FOLDER, time.time)


def _manners(workspace: Workspace, chosen: Chosen) -> Manners:
    settings = workspace.config.probe
    authorities = settings.ca_file if settings.ca_file and not chosen.untrusted else None
    file = workspace.root / authorities if authorities else None
    if file is not None and not file.is_file():
        raise ReconcilerError(f"The file of `probe.caFile`, {authorities}, is not there.", fix="Correct the path.")
    return Manners(contact=settings.contact or CONTACT, authorities=str(file) if file else "")


def _run(workspace: Workspace, chosen: Chosen) -> Run:
    limits = Limits(
        tier=chosen.tier,
        token=secrets.token_hex(8),
        follow_hints=not chosen.untrusted,
        version=__version__,
    )
    target = workspace.config.environments[workspace.environment].target
    return Run(
        limits,
        datetime.now(UTC),
        load(workspace.root),
        load_providers(),
        trusted=not chosen.untrusted,
        organisation=target.org_url if isinstance(target, OktaTarget) and not chosen.untrusted else None,
        vantage=workspace.config.probe.vantage,
    )


def remember(root: Path, results: Sequence[Probed]) -> bool:
    """Write what this run saw into the lock file; say whether that changed it."""
    lock = load(root) or Lock()
    for probed in results:
        lock = merge(lock, probed.pinned)
    return save(root, lock)


def letter(probed: Probed) -> Letter:
    """A result in the words of the renderers."""
    target, conclusion = probed.target, probed.conclusion
    if conclusion is None:
        fault = probed.fault
        text = f"this program has a bug ({type(fault).__name__}); please report it"
        return Letter(target.subject, target.url, target.source, fault=text, vantage=probed.vantage)
    abilities = (
        Ability(
            server.subject,
            server.issuer or "",
            each.offer,
            str(each.standing),
            each.usable,
            each.origin,
            each.reason,
            each.blocking,
        )
        for server in conclusion.verdicts.servers
        for each in server.capabilities
    )
    return Letter(
        target.subject,
        target.url,
        target.source,
        conclusion.verdicts.connectable,
        conclusion.ready,
        conclusion.verdicts.narrative,
        tuple(abilities),
        tuple(blocking(conclusion, target)),
        conclusion.findings,
        vantage=probed.vantage,
    )
