"""A plan that asks no organisation: manifests against other manifests, as if an organisation held exactly those.

For the pull request of a stranger. Of what is planned only the manifests count; the environment, the settings, the
policies and the hosts that may be asked come from the manifests that are compared with, those of the base branch.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reconciler import __version__, manifests
from reconciler.app import evidence, guarding, policing
from reconciler.app.evidence import Asking
from reconciler.app.organisations import SystemClock
from reconciler.app.planning import Planned
from reconciler.app.workspace import Workspace, desired, open_workspace
from reconciler.core.address import Address
from reconciler.core.estimate import estimate
from reconciler.core.noun import dataclass
from reconciler.core.plan import Change, Plan, Target, Transition
from reconciler.core.remembered import Applied, Remembered
from reconciler.core.resources import Desired, Live
from reconciler.engine import planner, scope
from reconciler.engine.apply import run
from reconciler.engine.perform import Performer
from reconciler.engine.readiness import Gate
from reconciler.kinds import KINDS


@dataclass(frozen=True, slots=True)
class _World:
    """An organisation that holds what some manifests say, and what an apply of them would remember."""

    live: Live
    remembered: Remembered
    unmade: frozenset[Address]
    """What cannot be made up, since somebody else owns it or what it needs."""


def plan(workspace: Workspace, base: Path, asking: Asking) -> Planned:
    """Compare the manifests with those of the folder `base`. No organisation is asked, no secret or ledger read.

    Of a stranger's manifests (`asking.untrusted`), only hosts are asked that `base` names. Raises ConfigurationInvalid
    for faults of either side.
    """
    loaded, policies = policing.demand_both(workspace, base)
    trusted = _trusted(base, workspace.environment)
    before = desired(trusted).desired
    target = Target(workspace.environment, "manifests", "none; as the base branch describes it")
    world = _imagined(before, target)
    context = guarding.context(trusted, world.remembered, ())
    asking = replace(asking, allow_hosts=(*asking.allow_hosts, *sorted(_hosts(trusted, before))))
    context = replace(context, strictness=evidence.strictness(trusted, asking))
    made = planner.make_plan(loaded.desired, world.live, KINDS, target, context)
    activated = [change.address for change in made.changes if planner.activates(change.steps)]
    if activated and context.strictness.gate is not Gate.OFF:
        bound = scope.bind(loaded.desired, world.live, KINDS, world.remembered.bindings).records
        seen = evidence.assess(trusted, loaded, activated, asking, lambda: bound)
        made = planner.make_plan(loaded.desired, world.live, KINDS, target, replace(context, assessments=seen))
    same = frozenset(each for each in world.unmade if loaded.desired.get(each) == before.get(each))
    judged = policing.judge(trusted, policies, loaded.desired, _without(made, same))
    made = replace(judged.plan, tool_version=__version__)
    told = (*loaded.diagnostics, *judged.warnings)
    return Planned(made, told, world.live.recalled, estimate(made, {}), judged.rulings)


def _trusted(base: Path, environment: str) -> Workspace:
    """The base, with an organisation that has no endpoints and a ledger that is not there.

    Readiness is asked for unless the base says otherwise, as it would be before an apply to a real organisation.
    """
    found = open_workspace(base, None)
    known = found.config.environments
    chosen = environment if environment in known else found.environment
    gate = found.config.probe.gate
    if gate is None and isinstance(known[chosen].target, manifests.OktaTarget):
        gate = "activate"
    here = known[chosen].model_copy(update={"target": manifests.EmbeddedTarget(type="embedded")})
    settings = {
        "ledger": None,
        "environments": {**known, chosen: here},
        "probe": found.config.probe.model_copy(update={"gate": gate}),
    }
    return replace(found, config=found.config.model_copy(update=settings), environment=chosen)


def _imagined(wish: Desired, target: Target) -> _World:
    """Apply the manifests to an organisation in memory, which finds every server ready."""
    from reconciler.backends.memory import MemoryBackend

    backend = MemoryBackend()

    def planned() -> Plan:
        return planner.make_plan(wish, backend.read(KINDS, _everything), KINDS, target, planner.Context())

    for _ in run(planned(), Performer(backend, KINDS, SystemClock())):
        pass
    for step in planned().steps:
        if isinstance(step, Transition) and step.record:
            backend.move(KINDS[step.address.kind], step.record, step.verb, step.target)
    again = planned()
    applied = {
        each.address: Applied(
            each.record, each.document or {}, each.goal, each.protected, KINDS[each.address.kind].version
        )
        for each in again.changes
        if each.record and each.goal
    }
    unmade = {Address.parse(each.subject) for each in again.problems} | {each.address for each in again.effective}
    bindings = {address: each.record for address, each in applied.items()}
    return _World(backend.read(KINDS, _everything), Remembered(bindings, applied), frozenset(unmade))


def _everything(_record: Any) -> bool:
    return True


def _without(made: Plan, unmade: frozenset[Address]) -> Plan:
    """Leave out what the base could not make either and nobody changed: nothing can be said of it from here."""
    names = {str(address) for address in unmade}

    def silent(change: Change) -> bool:
        return change.address in unmade

    return replace(
        made,
        changes=tuple(change for change in made.changes if not silent(change)),
        problems=tuple(problem for problem in made.problems if problem.subject not in names),
    )


def _hosts(workspace: Workspace, wish: Desired) -> Iterator[str]:
    """The hosts that manifests and settings name."""
    yield from workspace.config.probe.allow_hosts or ()
    for resource in wish.values():
        for text in _texts(resource.spec.model_dump(mode="json")):
            if text.startswith("https://") and (host := _host(text)):
                yield host


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
