"""One of everything that is shown, with one text from outside in every place that may hold one."""

from datetime import date

from reconciler.core.address import Address
from reconciler.core.adoption import Adopted, Proposal
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.difference import Difference as Parting
from reconciler.core.difference import PathDifference, Side
from reconciler.core.drift import (
    Acceptance,
    Actor,
    Category,
    Cause,
    Coverage,
    Difference,
    Direction,
    Drift,
    Judged,
    Look,
    Standing,
)
from reconciler.core.errors import PlanStale
from reconciler.core.evidence import Assessment, Check, Evidence, Finding, Gate, Origin, Tier, Verdict, Weight
from reconciler.core.history import Line, Lock, Run, line
from reconciler.core.kind import Offer, Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, Create, FieldChange, Plan, Reason, Target, Transition, Unmanaged
from reconciler.core.policy import Case, Exemption, Over, Policy, Rulebook
from reconciler.core.promotion import Promotion, Varied
from reconciler.core.resources import Record
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.core.risk import Hazard
from reconciler.core.ruling import Ruling, Waiver
from reconciler.render.letter import Ability, Letter

TARGET = Target("production", "okta", "https://acme.okta.com")
SERVER, CORP = Address("McpServer", "jira"), Address("AuthorizationServer", "corp")
CHECKS = {
    code: Check(
        id=code,
        name=f"{code.lower()}-name",
        summary=f"Rule {code}",
        weight=weight,
        gates=frozenset({Gate.CONNECTABLE}),
        tiers=frozenset({Tier.GET}),
        reference="RFC 1",
        why="Because.",
        example="x",
        fix=f"Repair {code}.",
    )
    for code, weight in (("PRM001", Weight.ERROR), ("NET006", Weight.WARNING), ("NET013", Weight.INFO))
}


def plan(said: str = "Tickets") -> Plan:
    """A plan with one of everything that a report can show."""
    made = Create(f"{CORP}/create", CORP, {}, State.ACTIVE)
    raised = Transition(
        f"{SERVER}/activate", SERVER, "ems1", "activate", State.INACTIVE, State.ACTIVE, after=(made.id,)
    )
    gone = Address("McpServer", "old")
    deleted = Transition(f"{gone}/delete", gone, "ems2", "delete", State.INACTIVE, State.DELETED)
    warning = Diagnostic("PLN006", "A new id", said, said, Severity.WARNING, said, source=Source(said, 1, 1))
    problem = Diagnostic("PLN004", "Protected", said, said, subject=said)
    seen = Assessment(False, said, (Finding("PRM005", said, Verdict.FAIL, said, said),), said)  # noqa: FBT003
    fields = (
        FieldChange(("description",), "change", f"old {said}", f"new {said}"),
        FieldChange(("scopes",), "change", ["a", said], ["a", "b"]),
        FieldChange((said,), "add", after=said),
    )
    changes = (
        Change(CORP, Action.CREATE, Reason.MISSING, Risk.MEDIUM, steps=(made,), goal=State.ACTIVE),
        Change(
            SERVER,
            Action.UPDATE,
            Reason.FIELDS_DIFFER,
            fields=fields,
            steps=(raised,),
            notes=(warning,),
            readiness=seen,
            source=Source(said, 3, 1),
            hazards=(Hazard("RSK003", Risk.HIGH, said, said), Hazard("RSK030", Risk.LOW, "", said)),
        ),
        Change(gone, Action.DELETE, Reason.TOMBSTONE, Risk.HIGH, steps=(deleted,), cuts=(SERVER,)),
        Change(Address("McpServer", "held"), Action.BLOCKED, Reason.PROTECTED),
    )
    strays = (
        Unmanaged("McpServer", "ems3", said, State.ACTIVE, Address("McpServer", "b")),
        Unmanaged("McpServer", "ems4", said, State.ACTIVE),
    )
    return Plan(TARGET, changes, (problem,), unmanaged=strays)


def diagnostics(said: str = "Tickets") -> tuple[Diagnostic, ...]:
    """Faults with the text in each member that holds text from outside, at a place and without one."""
    return (
        Diagnostic("YML001", "Wrong", said, said, subject=said, path=(said,), source=Source(said, 2, 5)),
        Diagnostic("YML002", "Odd", said, said, Severity.WARNING, said, source=Source(said)),
        Diagnostic("RUN001", "Stopped", said),
    )


def letters(said: str = "Tickets") -> tuple[Letter, ...]:
    """What a probe found out about a server, about one that nobody knows, and about one that could not be judged."""
    full = Letter(
        said,
        said,
        Source(said, 3, 1),
        connectable=False,
        ready=False,
        narrative=said,
        abilities=(Ability(said, said, Offer.XAA, "no", usable=False, origin=Origin.LIVE, reason=said),),
        blocking=("PRM001",),
        findings=(
            Finding("PRM001", said, Verdict.FAIL, said, said, said, evidence=Evidence(said, 404, said, 3, "aa")),
            Finding("NET006", str(SERVER), Verdict.FAIL, said, said, source=Source(said, 9, 2)),
            Finding("NET013", said, Verdict.SKIP, said),
            Finding("NET006", said, Verdict.UNKNOWN, said),
            Finding("NET013", said, Verdict.PASS),
        ),
        vantage=said,
    )
    return (full, Letter("https://u", "https://u"), Letter(said, said, fault=said))


def rulings(said: str = "Tickets") -> tuple[Ruling, ...]:
    """One of each way in which a policy may end."""
    error, warning, _ = diagnostics(said)
    waiver = Waiver(said, said, date(2026, 12, 1))
    return (
        Ruling(said, said, said, error),
        Ruling(said, said, said, error, waiver),
        Ruling(said, said, said, warning),
        Ruling(said, said, said),
        Ruling("other", said, "", error),
    )


def drift(said: str = "Tickets") -> Drift:
    """A look with one of every standing."""
    field = Difference(
        f"{SERVER}.{said}",
        Category.FIELD,
        Direction.DIFFERS,
        "McpServer",
        "ems1",
        SERVER,
        said,
        [said],
        Cause.BOTH,
        Source(said, 3, 1),
    )
    gone = Difference("McpServer.wiki", Category.OBJECT, Direction.LACKS, "McpServer", None, wished="ACTIVE")
    stray = Difference(f"McpServer/{said}", Category.UNMANAGED, Direction.EXTRA, "McpServer", "ems9", live=said)
    entry = Acceptance(field.path, said, said, said, date(2027, 6, 30), said)
    problem, warning, _ = diagnostics(said)
    return Drift(
        Target(said, "okta", said),
        "2026-11-25T10:00:00Z",
        date(2026, 11, 25),
        (
            Judged(field, Standing.EXPIRED, entry, 3, "2026-11-25T08:00:00Z", Actor(said, said, said)),
            Judged(gone, Standing.NEW),
            Judged(field, Standing.ACCEPTED, entry),
            Judged(field, Standing.UNCONFIRMED, sightings=1),
            Judged(field, Standing.PENDING),
            Judged(stray, Standing.NOTED),
        ),
        {"McpServer": Coverage(3, 4)},
        (problem,),
        (warning,),
        (entry,),
        Look("2026-11-25T09:00:00Z", clean=True, in_a_row=12),
        {SERVER: Assessment(False, said, (Finding("PRM001", said, Verdict.FAIL, said),), said)},  # noqa: FBT003
    )


def result(said: str = "Tickets") -> Result:
    """An apply that did one step, failed at the next, and did not try the last."""
    step = Create(f"{CORP}/create", CORP, {}, State.ACTIVE)
    return Result(
        (
            StepResult(step, Outcome.DONE, said, note=said),
            StepResult(step, Outcome.FAILED, error=PlanStale(said, fix=said, subject=said)),
            StepResult(step, Outcome.BLOCKED),
        ),
        3,
    )


def rulebook(said: str = "Tickets") -> Rulebook:
    """A policy with everything that may stand in one, and an exception from it."""
    policy = Policy(
        "named",
        said,
        Over.OBJECT,
        Severity.ERROR,
        said,
        when=said,
        message=said,
        kinds=(said,),
        environments=(said,),
        why=said,
        fix=said,
        cases=(Case(said, holds=True, given={}, environment=said),),
        source=Source(said, 1, 1),
    )
    exemption = Exemption("w", "named", (said,), Waiver(said, said, date(2027, 6, 30)), source=Source(said, 9, 1))
    return Rulebook({"named": policy}, (exemption,))


def proposal(said: str = "Tickets") -> Proposal:
    """Documents for what is there, with a secret that somebody has to put in its place."""
    spec = {"displayName": said, "clientSecret": {"fromEnv": said, "generation": 1}}
    record = Record("McpServer", said, said, State.ACTIVE, {"displayName": said})
    documents = (Adopted(SERVER, spec, record), Adopted(CORP, {"issuer": said}))
    return Proposal(documents, diagnostics(said), {SERVER: said, CORP: said}, plan(said))


def promotion(said: str = "Tickets") -> Promotion:
    """What variables make differ."""
    varied = Varied(said, (said,), said, said, Source(said, 3, 1))
    return Promotion(said, said, 7, letter_by_letter=True, varied=(varied,))


def differences(said: str = "Tickets") -> tuple[Parting, ...]:
    """Two plans that part in every way."""
    change = FieldChange((said,), "change", said, f"{said}!")
    paths = (
        PathDifference(said, change, FieldChange((said,), "add", after=said)),
        PathDifference("b", FieldChange(("b",), "remove", before=said), None),
    )
    return (
        Parting(said, Side.CHANGED, said, said, paths),
        Parting(said, Side.GONE, said),
        Parting(said, Side.ADDED, now=said),
    )


def run(said: str = "Tickets") -> tuple[Run, tuple[Line, ...]]:
    """A run and its lines."""
    lines = (
        {"phase": "begun", "actor": said},
        {"phase": "intent", "step": said, "method": said, "path": said},
        {"phase": "answered", "step": said, "status": 201, "request": said, "operation": said, "record": said},
        {"phase": "failed", "step": said, "code": said},
        {"phase": "over", "outcome": said},
    )
    told = tuple(line({"seq": number, "run": 7, "at": 1.0, **body}) for number, body in enumerate(lines))
    return Run(7, said, said, said, said, said, 1.0, None, said), told


def by_hand(said: str = "Tickets") -> tuple[Line, ...]:
    """What people have changed by hand."""
    moved = {"operation": "state mv", "actor": said, "address": said, "to": said, "record": said}
    freed = {"operation": "state unlock", "actor": said, "lock": 3, "of": 7, "holder": said}
    return tuple(line({"seq": 1, "run": 0, "at": 1.0, "phase": "by hand", **each}) for each in (moved, freed))


def lock(said: str = "Tickets") -> Lock:
    """A lock that somebody holds."""
    return Lock(said, 12, said, "apply", 7, 1.0, 2.0, 3.0)


def remembered(said: str = "Tickets") -> dict[str, dict[str, object]]:
    """What is remembered of two addresses."""
    return {said: {"record": said, "goal": said, "protected": True, "document": {"a": said}}, "b": {"record": said}}
