"""Drift: how the organisation differs from the manifests, who has to hear of it, and what somebody accepts.

Looks through a type without writes; what it writes itself is the memory of what was seen, and the baseline on request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from reconciler import __version__, ledger, manifests
from reconciler.app import baseline, evidence, guarding, organisations, planning
from reconciler.app.workspace import Workspace, desired
from reconciler.core import errors
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.document import Json
from reconciler.core.drift import (
    Acceptance,
    Category,
    Cause,
    Difference,
    Direction,
    Drift,
    Judged,
    Look,
    Standing,
)
from reconciler.core.evidence import Assessment
from reconciler.core.happening import Happening
from reconciler.core.lifecycle import State
from reconciler.core.noun import dataclass
from reconciler.core.plan import Plan, place
from reconciler.core.refresh import Refresh
from reconciler.core.remembered import Remembered, Sighting
from reconciler.core.resources import Live, Record
from reconciler.engine import drift, planner, scope
from reconciler.engine.attribution import actor_of
from reconciler.engine.guards import exit_code as of_problems
from reconciler.kinds import KINDS

if TYPE_CHECKING:
    from reconciler.backends.okta import OktaReader
    from reconciler.ledger.store import Ledger

ALARM = 2
_LOG_DAYS = 90
"""How long Okta keeps the System Log."""
_ASKED_MOST = 50
"""Objects of which the System Log is asked, a request each; with more, something bigger than an edit has happened."""
_HEARTBEAT = "drift"
_READINESS = ("readiness",)

NO_LOG = Rule(
    code="BSL006",
    summary="The System Log does not tell who made the changes",
    why="Drift is known without it; only names and times are missing.",
    example="an API token without the right to read the System Log",
    fix="Grant the scope okta.logs.read, or leave names out with --no-actors.",
    severity=Severity.WARNING,
)
PAST_DAY = Rule(
    code="BSL007",
    summary="The last day of an acceptance is past",
    why="It would accept nothing.",
    example="reconciler drift accept McpServer.jira.displayName --expires 2020-01-01 …",
    fix="Name a day to come, for example `--expires 90d`.",
)
RULES = (NO_LOG, PAST_DAY)


@dataclass(frozen=True, slots=True)
class Looking:
    """How somebody wants to look."""

    min_sightings: int = 1
    alarm_unmanaged: bool = False
    actors: bool = True
    probe: bool = False
    as_of: date | None = None
    """Judge acceptances as of this day; None: today."""
    file: str = manifests.BASELINE_FILE
    refresh: Refresh | None = None
    """How much is read anew; None: as the settings say."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms somebody accepts a difference."""

    owner: str
    reason: str
    expires: date


def look(workspace: Workspace, looking: Looking) -> Drift:
    """Compare, judge, and remember what was seen; a heartbeat is left even where all is well."""
    from reconciler.ledger.store import Ledger

    seen = _see(workspace, looking)
    topic = f"{_HEARTBEAT}:{workspace.environment}"
    with Ledger.open(workspace.ledger, workspace.target.organisation) as book:
        sightings = book.sight(topic, {each.path: each.mark for each in seen.differences})
        unripe = _unripe(book, seen.assessments) if looking.probe else frozenset[str]()
        found = _judged(workspace, looking, seen, _Row(sightings, unripe))
        beat = {_HEARTBEAT: "clean" if found.clean else "alarm"}
        previous = ledger.sightings(workspace.ledger, workspace.target.organisation, f"look:{topic}")
        book.sight(f"look:{topic}", beat)
    return replace(found, previous=_look(previous.get(_HEARTBEAT)))


def accept(workspace: Workspace, paths: Sequence[str], terms: Terms, file: str) -> tuple[Acceptance, ...]:
    """Write acceptances of differences that are there into the baseline; raise NotAccepted, and then write nothing."""
    from reconciler.manifests import accept as accepting
    from reconciler.manifests import write as writing

    known = baseline.read(workspace, file)
    seen = _see(workspace, Looking(file=file))
    judged, _ = drift.judge(seen.differences, drift.Tolerance(baseline.today()))
    there = {each.difference.path: each.difference for each in judged if each.standing is not Standing.PENDING}
    faults = [*_past(terms), *(_not_there(path, there) for path in paths if path not in there)]
    if faults:
        raise errors.NotAccepted(faults)
    entries = tuple(
        Acceptance(path, workspace.environment, terms.owner, terms.reason, terms.expires, there[path].live)
        for path in dict.fromkeys(paths)
    )
    writing.write(workspace.root, writing.NewText(file, known.text, accepting.accepting(known.text, entries)))
    return entries


def exit_code(found: Drift) -> int:
    """Give 2 when there is something to hear of, else the code of what kept the look from being whole, else 0."""
    return ALARM if found.alarms else of_problems(found.problems)


# -- looking -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look found, before anybody judged it."""

    plan: Plan
    live: Live
    differences: tuple[Difference, ...]
    warnings: tuple[Diagnostic, ...]
    records: Mapping[Address, Record]
    assessments: Mapping[Address, Assessment]


def _see(workspace: Workspace, looking: Looking) -> _Seen:
    loaded = desired(workspace)
    remembered = ledger.read(workspace.ledger, workspace.target.organisation)
    memory = organisations.remembering(workspace, looking.refresh)
    with organisations.look(workspace, remembering=memory) as organisation:
        kinds = scope.needed(loaded.desired, KINDS, remembered.bindings)
        live = organisation.read(kinds, scope.wanted(loaded.desired, KINDS, remembered.bindings))
        found, live = planning.settled(organisation, live, partial(_plan, workspace, loaded, remembered))
    planning.keep(memory.cache, found)
    made = found.plan
    records = scope.bind(loaded.desired, live, KINDS, remembered.bindings).records
    active = [address for address, record in records.items() if record.state is State.ACTIVE] if looking.probe else []
    ready = evidence.assess(workspace, loaded, active, evidence.Asking(), lambda: records) if active else {}
    differences = (*drift.differences(made, remembered), *_unready(ready, records, made))
    return _Seen(made, live, differences, loaded.diagnostics, records, ready)


def _plan(workspace: Workspace, loaded: manifests.Loaded, remembered: Remembered, live: Live) -> planner.Made:
    """The plan without acceptances, pruning and budgets: it tells everything that differs, whatever may be done."""
    moves = guarding.context(workspace, remembered, ()).moves
    return planner.make(loaded.desired, live, KINDS, workspace.target, planner.Context(remembered, moves=moves))


def _unready(
    ready: Mapping[Address, Assessment], records: Mapping[Address, Record], made: Plan
) -> Iterator[Difference]:
    """Servers that agents may reach, and whose endpoints say that they cannot."""
    sources = {change.address: change.source for change in made.changes}
    for address, assessment in sorted(ready.items()):
        if assessment.ready is False:
            yield Difference(
                place(address, _READINESS),
                Category.HEALTH,
                Direction.DIFFERS,
                address.kind,
                records[address].id,
                address,
                live="not ready",
                wished="ready",
                cause=Cause.ORGANISATION,
                source=sources.get(address),
            )


@dataclass(frozen=True, slots=True)
class _Row:
    """What was seen in a row, and the paths whose row is too short yet."""

    sightings: Mapping[str, Sighting]
    unripe: frozenset[str]


def _unripe(book: "Ledger", ready: Mapping[Address, Assessment]) -> frozenset[str]:
    """Note this look at the servers that are ACTIVE; give the paths of those that fail, and not for long enough."""
    from reconciler.oauth import debounce

    seen = {str(address): assessment for address, assessment in ready.items()}
    rows = book.sight(debounce.TOPIC, debounce.marks(seen))
    waiting = (a for a, each in ready.items() if not debounce.demoted(each, rows.get(str(a))))
    return frozenset(place(address, _READINESS) for address in waiting)


def _judged(workspace: Workspace, looking: Looking, seen: _Seen, row: _Row) -> Drift:
    sightings = row.sightings
    as_of = looking.as_of or baseline.today()
    tolerance = drift.Tolerance(
        today=as_of,
        accepted=baseline.read(workspace, looking.file).entries,
        counts={path: sighting.count for path, sighting in sightings.items()},
        min_sightings=looking.min_sightings,
        alarm_unmanaged=looking.alarm_unmanaged,
        unripe=row.unripe,
    )
    judged, unused = drift.judge(seen.differences, tolerance)
    judged = tuple(replace(each, first_seen=_first(each, sightings)) for each in judged)
    judged, notes = _with_actors(workspace, judged, seen) if looking.actors else (judged, ())
    return Drift(
        target=workspace.target,
        at=_iso(datetime.now(UTC).timestamp()),
        as_of=as_of,
        found=judged,
        coverage=drift.coverage(seen.plan, seen.live, KINDS),
        problems=drift.problems(seen.plan),
        warnings=(*seen.warnings, *notes, *drift.unused(unused)),
        unused=unused,
        assessments=seen.assessments,
        recalled=seen.live.recalled,
        tool_version=__version__,
    )


def _first(each: Judged, sightings: Mapping[str, Sighting]) -> str | None:
    found = sightings.get(each.difference.path)
    return _iso(found.first_seen) if found else None


def _look(found: Sighting | None) -> Look | None:
    return Look(_iso(found.last_seen), found.mark == "clean", found.count) if found else None


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# -- who it was ----------------------------------------------------------------------------------------------------


def _with_actors(
    workspace: Workspace, judged: tuple[Judged, ...], seen: _Seen
) -> tuple[tuple[Judged, ...], tuple[Diagnostic, ...]]:
    """Name who made what alarms, as far as the System Log can be read."""
    if not any(each.alarms and each.difference.record for each in judged):
        return judged, ()
    now = datetime.now(UTC)
    span = (_iso((now - timedelta(days=_LOG_DAYS)).timestamp()), _iso((now + timedelta(minutes=5)).timestamp()))
    try:
        with organisations.look(workspace) as organisation:
            ask = partial(_happened, organisation, span, seen, {})
            return tuple(replace(each, actor=actor_of(each.difference, ask(each))) for each in judged), ()
    except errors.RemoteError as error:
        return judged, (NO_LOG.found(error.detail),)


def _happened(
    organisation: "OktaReader",
    span: tuple[str, str],
    seen: _Seen,
    asked: dict[str, tuple[Happening, ...]],
    each: Judged,
) -> tuple[Happening, ...]:
    """The events about the object of a difference and about what it holds; each id is asked for once."""
    found = each.difference
    if not each.alarms or not found.record:
        return ()
    record = seen.records.get(found.address) if found.address else None
    ids = [found.record, *(_ids(record.facts) if record and found.category is Category.FIELD else ())]
    for one in ids:
        if one not in asked and len(asked) < _ASKED_MOST:
            asked[one] = organisation.happened(one, *span)
    return tuple(event for one in ids for event in asked.get(one, ()))


def _ids(facts: Json) -> Iterator[str]:
    """Ids of what an object holds, for example its rows."""
    parts = [item for value in facts.values() if isinstance(value, list) for item in value if isinstance(item, dict)]
    yield from (part["id"] for part in parts if isinstance(part.get("id"), str))


# -- accepting -----------------------------------------------------------------------------------------------------


def _past(terms: Terms) -> Iterator[Diagnostic]:
    if terms.expires < baseline.today():
        yield PAST_DAY.found(f"{terms.expires} was before today.")


def _not_there(path: str, there: Mapping[str, Difference]) -> Diagnostic:
    close = manifests.nearest(path, there)
    fix = f"Did you mean {close}?" if close else ""
    return drift.NO_DRIFT_THERE.found(f"Nothing differs at {path}, or only the manifest does.", fix=fix, subject=path)
