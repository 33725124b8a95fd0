"""Planning: manifests and organisation in, plan out; and whether a saved plan still holds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from reconciler import __version__, ledger
from reconciler.app import baseline, envelope, evidence, guarding, organisations, policing
from reconciler.app.evidence import Asking
from reconciler.app.workspace import Workspace
from reconciler.core import errors
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.estimate import Estimate, estimate
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.plan import Create, Plan
from reconciler.core.ports import Cache, Reader
from reconciler.core.recall import Key, News
from reconciler.core.refresh import Refresh
from reconciler.core.resources import Desired, Live, Recalled, Record
from reconciler.core.ruling import Ruling
from reconciler.engine import guards, holding, planner, scope, staleness
from reconciler.engine.readiness import Gate
from reconciler.kinds import KINDS

_ASKING = Asking()
OWNERS_MOST = 500
"""Agents whose connections are read before a delete: about a quarter of an hour at Okta's smallest limit."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the warnings that the manifests gave on the way, and what of the organisation was only recalled."""

    plan: Plan
    warnings: tuple[Diagnostic, ...]
    recalled: Recalled
    estimate: Estimate
    """What an apply will take, at the rate limits that reading has met."""
    rulings: tuple[Ruling, ...] = ()
    """What each policy says of each thing that it is about; problems and notes of the plan hold what it found."""


def plan(
    workspace: Workspace,
    asking: Asking = _ASKING,
    refresh: Refresh | None = None,
    taken: Sequence[str] = (),
    origin: Path | None = None,
) -> Planned:
    """Compare the manifests with the organisation, and ask what would be activated whether it is ready.

    Drift that the baseline accepts is left as it is. Writes nothing but the memory of what was read, and an embedded
    organisation's own file. What an earlier run has read may stand for what is there as long as the plan does nothing
    about it; `refresh` overrides the settings. `taken` are the conflicting paths at which the manifests win.
    `origin` is the checkout whose policies judge, where that is another one.
    """
    guarding.demand_known_kinds(workspace)
    loaded, policies = policing.demand_both(workspace, origin)
    remembered = ledger.read(workspace.ledger, workspace.target.organisation)
    context = replace(guarding.context(workspace, remembered, taken), strictness=evidence.strictness(workspace, asking))
    found = _compare(workspace, loaded.desired, context, refresh)
    made, live = found.plan, found.live
    activated = [change.address for change in made.effective if planner.activates(change.steps)]
    if activated and context.strictness.gate is not Gate.OFF:
        bound = partial(scope.bind, loaded.desired, live, KINDS, remembered.bindings)
        seen = evidence.assess(workspace, loaded, activated, asking, lambda: bound().records)
        made = _plan(workspace, loaded.desired, replace(found.context, assessments=seen), live).plan
    guarding.demand_used(taken, made)
    bound_to = envelope.made(workspace, loaded.desired, policies.rulebook.digest)
    judged = policing.judge(workspace, policies, loaded.desired, made)
    made = replace(judged.plan, tool_version=__version__, envelope=bound_to)
    told = (*loaded.diagnostics, *found.missed, *judged.warnings)
    return Planned(made, told, live.recalled, estimate(made, found.limits), judged.rulings)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A first plan, what it was made of, and what could not be looked at."""

    plan: Plan
    live: Live
    context: planner.Context
    missed: tuple[Diagnostic, ...]
    limits: Mapping[str, tuple[int, int]]


def _compare(workspace: Workspace, wish: Desired, context: planner.Context, refresh: Refresh | None) -> _Compared:
    """Read what is there and compare, again where what is accepted or who uses what changes the plan."""
    remembered, entries = context.remembered, baseline.read(workspace).entries
    missed: tuple[Diagnostic, ...] = ()
    needed = scope.needed(wish, KINDS, remembered.bindings)
    memory = organisations.remembering(workspace, refresh)
    with organisations.connect(workspace, remembering=memory) as backend:
        live = backend.read(needed, scope.wanted(wish, KINDS, remembered.bindings))
        made, live = settled(backend, live, partial(_plan, workspace, wish, context))
        if accepted := baseline.accepted(entries, made.plan, remembered):
            context = replace(context, accepted=accepted)
            made = _plan(workspace, wish, context, live)
        if made.plan.deletes:
            bystanders, missed = _bystanders(backend)
            context = replace(context, bystanders=bystanders)
            made = _plan(workspace, wish, context, live)
        keep(memory.cache, made)
        return _Compared(made.plan, live, context, missed, backend.limits())


def _plan(workspace: Workspace, wish: Desired, context: planner.Context, live: Live) -> planner.Made:
    return planner.make(wish, live, KINDS, workspace.target, context)


def keep(cache: Cache, made: planner.Made) -> None:
    """Keep for later plans what this one has found settled, as far as that is new."""
    if made.settled:
        cache.keep(News(settled=made.settled))


def settled(reader: Reader, live: Live, make: Callable[[Live], planner.Made]) -> tuple[planner.Made, Live]:
    """Make a plan, and make it again until everything that it does something about was read in this run."""
    made = make(live)
    while leaning := _leaning(made.plan) & live.recalled.objects:
        known, live = live, reader.renew(KINDS, live, leaning)
        if (known.records, known.unreadable) != (live.records, live.unreadable):
            made = make(live)
    return made, live


def _leaning(made: Plan) -> frozenset[Key]:
    """The live objects that a plan does something about, or whose values it uses."""
    seen = {(witness.kind, witness.id) for witness in made.witnesses}
    return frozenset(seen | {(change.address.kind, change.record) for change in made.effective if change.record})


def _bystanders(backend: Reader) -> tuple[tuple[Record, ...], tuple[Diagnostic, ...]]:
    """Every live object that may hold on to another one. Read only when something is to be deleted.

    They are listed owner by owner, one request each; where there are very many owners, a warning says so instead.
    """
    kinds = holding.holding(KINDS)
    owners = sum(len(records) for records in backend.read(kinds, lambda _record: False).records.values())
    if owners > OWNERS_MOST:
        return (), (guards.NOT_LOOKED.found(f"It has {owners} agents, each with a list of its own."),)
    live = backend.read(kinds, lambda _record: True)
    return tuple(record for records in live.records.values() for record in records), ()


def demand_fresh(workspace: Workspace, saved: Plan, begun: Collection[Address] = frozenset()) -> None:
    """Refuse a plan whose objects have moved, or have come to be, since it was made; nothing is written.

    What a run has `begun` to change is no longer as it was, and need not be.
    """
    unknown = {step.address.kind for step in saved.steps} | {seen.kind for seen in saved.witnesses}
    if not unknown <= KINDS.keys():
        raise errors.PlanUnusable(f"It speaks of {', '.join(sorted(unknown - KINDS.keys()))}, which is no kind here.")
    witnesses = tuple(seen for seen in saved.witnesses if seen.address not in begun)
    creates = [step for step in saved.steps if isinstance(step, Create) and step.address not in begun]
    with organisations.connect(workspace) as backend:
        moved = list(
            staleness.moved(replace(saved, witnesses=witnesses), lambda seen: backend.find(KINDS[seen.kind], seen.id))
        )
        moved += staleness.appeared(saved, creates, KINDS, backend.read(*_neighbours(creates)))
    if moved:
        raise errors.PlanStale(" ".join(moved))


@dataclass(frozen=True, slots=True)
class Held:
    """What is to be applied in place of a saved plan: itself, or one that does the same where the world moved."""

    plan: Plan
    moved: str = ""
    """What moved, in sentences; empty where nothing did."""


def held(workspace: Workspace, saved: Plan, asking: Asking = _ASKING) -> Held:
    """Give a plan that does what a saved one would, when it is made of what is there now; nothing is written.

    Raises PlanDiffers, with how the two differ, where what would be done now is something else.
    """
    try:
        demand_fresh(workspace, saved)
    except errors.PlanUnusable:
        raise
    except errors.PlanStale as stale:
        from reconciler.engine.contrast import contrast

        now = _again(workspace, saved, asking)
        if differences := contrast(saved, now):
            raise errors.PlanDiffers(stale.detail, differences) from stale
        return Held(now, stale.detail)
    return Held(saved)


def _again(workspace: Workspace, saved: Plan, asking: Asking) -> Plan:
    """The plan of now, with the decisions of a saved one as far as there is something to decide."""
    try:
        return plan(workspace, asking, Refresh.FULL, saved.taken).plan
    except errors.UsageError:
        return plan(workspace, asking, Refresh.FULL).plan


def _neighbours(creates: Sequence[Create]) -> tuple[Kinds, Callable[[Record], bool]]:
    """The kinds that are to be created and those inside of which they live; of these, only what a document names."""
    names = {step.address.kind for step in creates}
    names |= {inside for name in names if (inside := KINDS[name].inside)}
    named = {value for step in creates for value in step.document.values() if isinstance(value, str)}
    return {name: kind for name, kind in KINDS.items() if name in names}, lambda record: record.id in named


def exit_code(made: Plan) -> int:
    """Give the exit code that a plan's problems call for; 0 without problems."""
    return guards.exit_code(made.problems)
