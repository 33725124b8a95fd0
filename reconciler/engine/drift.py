"""Drift: what a plan says about the organisation, sorted by who has to hear of it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.drift import Acceptance, Category, Cause, Coverage, Difference, Direction, Judged, Standing
from reconciler.core.kind import Kinds
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Action, Change, FieldChange, Origin, Plan, Reason, place
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Live
from reconciler.engine import guards, scope

UNUSED = Rule(
    code="BSL001",
    summary="Acceptance accepts nothing",
    why="What is accepted and no longer there would be accepted again without a word when it comes back.",
    example="an entry of reconciler.baseline.yaml for a difference that somebody has undone",
    fix="Remove the entry from reconciler.baseline.yaml.",
    severity=Severity.WARNING,
)
NO_DRIFT_THERE = Rule(
    code="BSL002",
    summary="There is no drift at this path",
    why="Only what differs now can be accepted, at the value that it has now.",
    example="reconciler drift accept McpServer.jira.displayNam --owner … --reason … --expires 90d",
    fix="Copy the path from the output of `reconciler drift`.",
)
RULES = (UNUSED, NO_DRIFT_THERE)

_CAUSES = {Origin.DRIFT: Cause.ORGANISATION, Origin.ACCEPTED: Cause.ORGANISATION, Origin.CONFLICT: Cause.BOTH}
_DIRECTIONS = {"add": Direction.LACKS, "remove": Direction.EXTRA, "change": Direction.DIFFERS}
_UNWHOLE = frozenset({guards.UNREADABLE.code, scope.AMBIGUOUS.code, scope.SHARED.code})
"""Problems of a plan that also keep a look from being whole; the others are about what may be done."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is let pass: acceptances as of a day, what was not seen often enough, and objects that nobody describes."""

    today: date
    accepted: Sequence[Acceptance] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """How often in a row each path was seen with the live value that it has now, this time included."""
    min_sightings: int = 1
    alarm_unmanaged: bool = False
    unripe: frozenset[str] = frozenset()
    """Paths that other rules than the count let wait: a working server is not called broken after one bad look."""


def differences(plan: Plan, remembered: Remembered) -> tuple[Difference, ...]:
    """Give every difference that a plan found between manifests and organisation, in a fixed order.

    The plan must have been made without acceptances, so that it tells everything.
    """
    found = [each for change in plan.changes for each in _of_change(change, remembered)]
    found += _borrowed(plan)
    found += [
        Difference(
            f"{each.kind}/{each.id}",
            Category.UNMANAGED,
            Direction.EXTRA,
            each.kind,
            each.id,
            each.orphan_of,
            live=each.key,
            cause=Cause.MANIFEST if each.orphan_of else Cause.UNKNOWN,
        )
        for each in plan.unmanaged
    ]
    return tuple(found)


def judge(found: Sequence[Difference], tolerance: Tolerance) -> tuple[tuple[Judged, ...], tuple[Acceptance, ...]]:
    """Say what becomes of each difference; and give the acceptances that none of them needs."""
    entries = {each.path: each for each in tolerance.accepted}
    judged = tuple(_judged(each, entries.get(each.path), tolerance) for each in found)
    used = {each.difference.path for each in judged if each.acceptance}
    return judged, tuple(each for each in tolerance.accepted if each.path not in used)


def coverage(plan: Plan, live: Live, kinds: Kinds) -> Mapping[str, Coverage]:
    """Give how much of each kind manifests describe, where an inventory of the kind is wanted."""
    strays = Counter(each.kind for each in plan.unmanaged)
    return {
        name: Coverage(len(live.of(name)) - strays[name], len(live.of(name)))
        for name, kind in kinds.items()
        if kind.lifecycle.moves and kind.inventoried and name in live.records
    }


def problems(plan: Plan) -> tuple[Diagnostic, ...]:
    """What kept a look from being whole."""
    return tuple(each for each in plan.problems if each.code in _UNWHOLE)


def unused(entries: Sequence[Acceptance]) -> Iterator[Diagnostic]:
    """Warn of acceptances that accept nothing."""
    for each in entries:
        fault = UNUSED.found(f"Nothing differs at {each.path}, or only the manifest does.", subject=each.path)
        yield fault.at(each.source) if each.source else fault


# -- what differs --------------------------------------------------------------------------------------------------


def _of_change(change: Change, remembered: Remembered) -> Iterator[Difference]:
    if change.goal is State.DELETED or change.action is Action.UNKNOWN:
        return  # a tombstone is work to do, and what could not be read is no difference
    if change.record is None:
        if change.reason is not Reason.AMBIGUOUS:
            yield _missing(change, remembered)
        return
    for each in change.fields:
        if each.origin is not Origin.CONVERGED:
            yield _field(change, each)
    if change.state is not change.goal:
        yield _state(change)


def _missing(change: Change, remembered: Remembered) -> Difference:
    """An object that is not there: taken away, if memory knows it; not made yet, if memory knows only others."""
    if change.address in remembered.bindings:
        cause = Cause.ORGANISATION
    else:
        cause = Cause.MANIFEST if remembered.bindings else Cause.UNKNOWN
    return Difference(
        str(change.address),
        Category.OBJECT,
        Direction.LACKS,
        change.address.kind,
        remembered.bindings.get(change.address),
        change.address,
        wished=str(change.goal),
        cause=cause,
        source=change.source,
    )


def _field(change: Change, found: FieldChange) -> Difference:
    pending = Cause.MANIFEST if change.remembered else Cause.UNKNOWN
    return Difference(
        place(change.address, found.path),
        Category.FIELD,
        _DIRECTIONS[found.op],
        change.address.kind,
        change.record,
        change.address,
        live=None if found.op == "add" else found.before,
        wished=None if found.op == "remove" else found.after,
        cause=_CAUSES.get(found.origin, pending),
        source=change.source,
    )


def _state(change: Change) -> Difference:
    invalid = change.state is State.INVALID
    pending = Cause.MANIFEST if change.state_origin is Origin.PENDING else Cause.UNKNOWN
    cause = Cause.ORGANISATION if invalid else _CAUSES.get(change.state_origin or Origin.PENDING, pending)
    return Difference(
        place(change.address, ("state",)),
        Category.HEALTH if invalid else Category.STATE,
        Direction.DIFFERS,
        change.address.kind,
        change.record,
        change.address,
        live=str(change.state),
        wished=str(change.goal),
        cause=cause,
        source=change.source,
    )


def _borrowed(plan: Plan) -> Iterator[Difference]:
    """Objects that somebody else owns, that manifests lean on, and that are gone."""
    for each in plan.problems:
        if each.code == guards.BORROWED_MISSING.code:
            address = Address.parse(each.subject)
            yield Difference(
                each.subject,
                Category.OBJECT,
                Direction.LACKS,
                address.kind,
                None,
                address,
                wished="present",
                cause=Cause.ORGANISATION,
                source=each.source,
            )


# -- what becomes of it --------------------------------------------------------------------------------------------


def _judged(found: Difference, entry: Acceptance | None, tolerance: Tolerance) -> Judged:
    count = tolerance.counts.get(found.path, 1)
    if _is_pending(found, entry):
        return Judged(found, Standing.PENDING, sightings=count)
    standing = _accepted(found, entry, tolerance.today) if entry else _unaccepted(found, tolerance)
    if standing is Standing.NEW and (count < tolerance.min_sightings or found.path in tolerance.unripe):
        standing = Standing.UNCONFIRMED
    return Judged(found, standing, entry, count)


def _is_pending(found: Difference, entry: Acceptance | None) -> bool:
    """Whether only the manifest made a difference.

    An object that is lacking may have been accepted while nothing was remembered. The first apply, which remembers all
    others, must not turn that into work to do.
    """
    if found.category is Category.OBJECT and entry is not None:
        return False
    return found.cause is Cause.MANIFEST and found.category is not Category.UNMANAGED


def _accepted(found: Difference, entry: Acceptance, today: date) -> Standing:
    if entry.live != found.live:
        return Standing.CHANGED
    return Standing.ACCEPTED if today <= entry.expires else Standing.EXPIRED


def _unaccepted(found: Difference, tolerance: Tolerance) -> Standing:
    if found.category is Category.UNMANAGED and not tolerance.alarm_unmanaged:
        return Standing.NOTED
    return Standing.NEW
