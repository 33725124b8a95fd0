"""The review of a plan: what all renderers show, computed once from the plan. Values and words; no markup, no colour.

Terminal, pull request, HTML report and machine formats read this one value, so they can differ in form only.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.core import risk
from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.document import Json
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Risk
from reconciler.core.noun import dataclass
from reconciler.core.plan import Action, Change, Create, FieldChange, Origin, Plan, Reason, Step, Transition, Unmanaged
from reconciler.core.plan_file import digest
from reconciler.core.quantity import counted
from reconciler.core.risk import Hazard
from reconciler.render.words import REASONS, SYMBOLS, VERBS, leaves, shortened, show, told, whole

DESTROYS = frozenset({Action.DELETE, Action.REPLACE})
STOPPED = frozenset({Action.BLOCKED, Action.UNKNOWN})
_LONGEST, _CONTEXT = 240, 60
_SUMMARIES = {rule.code: rule.summary for rule in risk.RULES}
_SAID_BY_ACTION = {each.rule.code for each in (risk.CREATE, risk.REPLACE, risk.DELETE, risk.DEACTIVATE)}
_NAMED = 5
_MOVES = {"activate": Action.ACTIVATE, "deactivate": Action.DEACTIVATE, "revalidate": Action.REVALIDATE}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a value; `changed` where the other side of the change has something else there."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One path that differs, in words. `before` is empty for an addition, `after` for a removal.

    Of two lists that are sets, `gone` and `come` name the members that only one side has.
    """

    path: str
    op: str
    before: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on the walk of an object: a word (`create`, `update`, a state), or a move by its action."""

    word: str = ""
    move: Action | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps of one object as they happen; `old` for the object that is replaced."""

    hops: tuple[Hop, ...]
    old: bool = False


@dataclass(frozen=True, slots=True)
class Danger:
    """A rule of risk that a change breaks: its code, what it is about, and where and what it is here."""

    code: str
    summary: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One address: what happens to it, why, and everything that a reviewer has to know of it."""

    address: str
    kind: str
    action: Action
    reason: str
    risk: Risk
    source: Source | None
    lines: tuple[Line, ...]
    walks: tuple[Walk, ...]
    previous: str
    """The address that the object had before it was renamed; empty when it has its own."""
    drift: str
    cuts: tuple[str, ...]
    notes: tuple[Diagnostic, ...]
    readiness: Assessment | None
    needs: tuple[str, ...]
    """The addresses whose steps come first."""
    dangers: tuple[Danger, ...] = ()
    """What makes it worth a second look, besides what the action says."""

    @property
    def destroys(self) -> bool:
        return self.action in DESTROYS

    @property
    def stopped(self) -> bool:
        return self.action in STOPPED


@dataclass(frozen=True, slots=True)
class Review:
    """A plan as it is read: `rows` riskiest first, then in the order of the plan."""

    environment: str
    organisation: str
    headline: str
    digest: str
    appliable: bool
    changes: bool
    rows: tuple[Row, ...]
    problems: tuple[Diagnostic, ...]
    orphans: tuple[Unmanaged, ...]
    unmanaged: tuple[Unmanaged, ...]
    memory: tuple[str, ...]
    """What memory lacks, a sentence each."""
    drifted: int
    """How many rows are, at least in part, somebody else's doing."""
    notes: tuple[Diagnostic, ...] = ()
    """What is to be known of the plan as a whole."""

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What was found, problems first: each with its address, at the place where that is written."""
        noted = (_of(row, note) for row in self.rows for note in row.notes)
        written = {row.address: row for row in self.rows}
        problems = (
            _of(written[found.subject], found) if found.subject in written else found for found in self.problems
        )
        return (*problems, *noted, *self.notes)

    def of(self, risk: Risk) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.risk is risk and not row.stopped)


def _of(row: Row, found: Diagnostic) -> Diagnostic:
    return replace(found, subject=found.subject or row.address, source=found.source or row.source)


def review(plan: Plan) -> Review:
    """Compute what there is to show."""
    rows = [_row(change) for change in plan.effective]
    danger = list(Risk)
    ordered = sorted(rows, key=lambda row: (not row.stopped, -danger.index(row.risk)))
    return Review(
        environment=plan.target.environment,
        organisation=plan.target.organisation,
        headline=headline(plan),
        digest=digest(plan),
        appliable=not plan.problems,
        changes=bool(plan.effective),
        rows=tuple(ordered),
        problems=plan.problems,
        orphans=tuple(item for item in plan.unmanaged if item.orphan_of),
        unmanaged=tuple(item for item in plan.unmanaged if not item.orphan_of),
        memory=tuple(_memory(plan)),
        drifted=sum(bool(row.drift) or any(line.whose for line in row.lines) for row in rows),
        notes=plan.notes,
    )


def headline(plan: Plan) -> str:
    """Give the sentence that can be quoted: how many objects will be what, and whether that can be applied at all."""
    if plan.is_empty:
        unchanged = sum(_counts(change) for change in plan.changes)
        return f"No changes. {counted(unchanged, 'object is', 'objects are')} as the manifests say."
    said = (change for change in plan.changes if _counts(change))
    count = Counter[Action](Action.NOOP if change.action is Action.ADOPT else change.action for change in said)
    parts = [f"{count[action]} {VERBS[action]}" for action in Action if count[action]]
    barred = f" that cannot be applied ({counted(len(plan.problems), 'problem')})" if plan.problems else ""
    return f"Plan{barred}: {', '.join(parts) or 'nothing that can be done'}."


def _counts(change: Change) -> bool:
    """Whether a change is about an object that is, or is wished for."""
    return change.action is not Action.FORGET and (change.reason is not Reason.TOMBSTONE or bool(change.steps))


def _row(change: Change) -> Row:
    drifted = change.state_origin is Origin.DRIFT
    return Row(
        address=str(change.address),
        kind=change.address.kind,
        action=change.action,
        reason=REASONS[change.reason],
        risk=change.risk,
        source=change.source,
        lines=tuple(_line(leaf) for field in change.fields for leaf in leaves(field)),
        walks=tuple(_walks(change)),
        previous=str(change.previous or ""),
        drift=f"drift: was {change.goal} when last applied" if drifted else "",
        cuts=tuple(map(str, change.cuts)),
        notes=tuple(note for note in change.notes if not note.is_error),
        readiness=change.readiness,
        needs=tuple(sorted(_needs(change))),
        dangers=tuple(_danger(hazard) for hazard in change.hazards if hazard.code not in _SAID_BY_ACTION),
    )


def _danger(hazard: Hazard) -> Danger:
    return Danger(hazard.code, _SUMMARIES.get(hazard.code, hazard.code), hazard.path, hazard.detail)


def _needs(change: Change) -> set[str]:
    own = str(change.address)
    return {owner for step in change.steps for other in step.after if (owner := other.partition("/")[0]) != own}


def _line(change: FieldChange) -> Line:
    path, whose = ".".join(change.path), told(change)
    if change.op == "add":
        return Line(path, "add", after=(Piece(show(change.after)),), whose=whose)
    if change.op == "remove":
        return Line(path, "remove", before=(Piece(show(change.before)),), whose=whose)
    gone, come = _members(change.before, change.after)
    before, after = _pieces(whole(change.before), whole(change.after))
    return Line(path, "change", before, after, gone, come, whose)


def _members(before: Json, after: Json) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of two lists, what only one of them holds; nothing where they are no lists, or differ in order only."""
    if not isinstance(before, list) or not isinstance(after, list):
        return (), ()
    return tuple(show(item) for item in before if item not in after), tuple(
        show(item) for item in after if item not in before
    )


def _pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Mark the middle in which two values differ; what they begin and end with alike stays unmarked."""
    shortest = min(len(before), len(after))
    head = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    rest = shortest - head
    tail = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return _split(before, head, tail), _split(after, head, tail)


def _split(text: str, head: int, tail: int) -> tuple[Piece, ...]:
    end = len(text) - tail
    before, after = text[:head], text[end:]
    if len(text) > _LONGEST:  # what both sides share is left out first, so that a difference far inside is seen
        before = before if len(before) <= _CONTEXT else f"…{before[1 - _CONTEXT :]}"
        after = after if len(after) <= _CONTEXT else f"{after[: _CONTEXT - 1]}…"
    parts = (Piece(before), Piece(shortened(text[head:end]), changed=True), Piece(after))
    return tuple(part for part in parts if part.text)


def _walks(change: Change) -> Iterator[Walk]:
    for old, steps in groupby(change.steps, key=is_old):
        yield Walk(tuple(_hops(list(steps), change, old=old)), old)


def _hops(steps: Sequence[Step], change: Change, *, old: bool) -> Iterator[Hop]:
    moving = False
    for step in steps:
        match step:
            case Create():
                yield Hop("create")
            case Transition():
                if not moving:
                    yield Hop(str(step.source))
                moving = True
                yield Hop(move=_MOVES.get(step.verb))
                yield Hop(str(step.target))
            case _:
                yield Hop("update")
    if not old and len(steps) == 1 and isinstance(steps[0], Create) and change.goal:
        yield Hop(str(change.goal))


def walk_words(walk: Walk, symbols: Mapping[Action, str] = SYMBOLS, arrow: str = "→") -> str:
    """A walk on one line: `create INACTIVE ▲ ACTIVE`."""
    words = [hop.word or (symbols[hop.move] if hop.move else arrow) for hop in walk.hops]
    return " ".join(["old object", *words] if walk.old else words)


def is_old(step: Step) -> bool:
    """Whether a step is about the object that another one takes the place of."""
    return isinstance(step, Transition) and step.predecessor


def _memory(plan: Plan) -> Iterator[str]:
    """What memory lacks: that is also how a lost ledger shows."""
    new = sum(change.reason is Reason.NOT_REMEMBERED for change in plan.adopted)
    other = len(plan.adopted) - new
    if new:
        yield f"= {counted(new, 'object')} as the manifests say, not remembered yet: an apply writes that down."
    if other:
        yield f"= {counted(other, 'object')} as the manifests say, remembered otherwise: an apply writes that down."
    yield from _let_go([change for change in plan.adopted if change.notes])
    gone = sum(change.action is Action.FORGET for change in plan.changes)
    if gone:
        yield f". {counted(gone, 'object')} remembered, gone and not wished for: an apply forgets that."
    unknown = sum(bool(each.record and each.fields) and not each.remembered for each in plan.effective)
    if unknown:
        yield f"Nothing is remembered of {counted(unknown, 'object')} to change: what differs there may be drift."


def _let_go(adopted: Sequence[Change]) -> Iterator[str]:
    """What is said of objects that are as wished: a few of them by name."""
    for change in adopted[:_NAMED]:
        yield from (f"= {change.address}: {note.detail}" for note in change.notes)
    if len(adopted) > _NAMED:
        yield f"= The same of {counted(len(adopted) - _NAMED, 'object')} more."
