"""A plan and its result, for a person at a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import assert_never

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Risk
from reconciler.core.plan import Action, Change, Create, FieldChange, Origin, Plan, Reason, Step, Transition, Unmanaged
from reconciler.core.plan_file import digest
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import VERBS, counted, leaves, plain, show, told

_TONES = {
    Action.CREATE: Tone.ADD,
    Action.UPDATE: Tone.CHANGE,
    Action.REPLACE: Tone.REMOVE,
    Action.DELETE: Tone.REMOVE,
    Action.ACTIVATE: Tone.MOVE,
    Action.DEACTIVATE: Tone.CAUTION,
    Action.REVALIDATE: Tone.MOVE,
    Action.ADOPT: Tone.FAINT,
    Action.BLOCKED: Tone.TROUBLE,
    Action.UNKNOWN: Tone.TROUBLE,
    Action.NOOP: Tone.FAINT,
}
_REASONS = {
    "missing": "not in the organisation",
    "fields-differ": "differs",
    "state-differs": "is in another state",
    "identity-changed": "its identity changed",
    "invalid": "the organisation calls it INVALID",
    "tombstone": "marked absent",
    "protected": "protected",
    "held": "something else uses it",
    "no-route": "no legal route",
    "unreadable": "could not be read",
    "ambiguous": "more than one object fits",
    "conflict": "both sides changed it",
    "converged": "as wished",
    "not-remembered": "not remembered",
    "remembered-otherwise": "remembered otherwise",
}
_UNMANAGED_SHOWN = 10


def render(plan: Plan, palette: Palette = PLAIN) -> str:
    """Give the plan as text: head, changes, problems, what nobody manages, and one line that can be quoted."""
    return "\n".join(_plan(plan, palette)) + "\n"


def _plan(plan: Plan, palette: Palette) -> Iterator[str]:
    target = plan.target
    where = f"Environment {plain(target.environment)}, organisation {plain(target.organisation)}"
    yield palette.paint(where, Tone.FAINT)
    yield ""
    for change in plan.effective:
        yield from _change(change, palette)
        yield ""
    for problem in plan.problems:
        yield from _note(problem, palette, "")
    if plan.problems:
        yield ""
    yield from _unmanaged(plan.unmanaged, palette)
    yield from (palette.paint(line, Tone.FAINT) for line in _memory(plan))
    yield palette.paint(summary(plan), Tone.STRONG)
    if plan.effective:
        yield palette.paint(f"Digest {digest(plan)}", Tone.FAINT)


def summary(plan: Plan) -> str:
    """Give the last line: how many objects will be what."""
    if plan.is_empty:
        unchanged = sum(change.reason is not Reason.TOMBSTONE for change in plan.changes)
        return f"No changes. {counted(unchanged, 'object is', 'objects are')} as the manifests say."
    said = (change for change in plan.changes if change.reason is not Reason.TOMBSTONE or change.steps)
    count = Counter[Action](Action.NOOP if change.action is Action.ADOPT else change.action for change in said)
    parts = [f"{count[action]} {VERBS[action]}" for action in Action if count[action]]
    return f"Plan: {', '.join(parts) or 'nothing that can be done'}."


def _change(change: Change, palette: Palette) -> Iterator[str]:
    symbol = palette.paint(palette.symbols[change.action], _TONES[change.action])
    name = palette.paint(str(change.address), Tone.STRONG)
    risk = "" if change.risk is Risk.LOW else f", {change.risk} risk"
    place = f"  {plain(str(change.source))}" if change.source else ""
    yield f"{symbol} {name}  {palette.paint(f'{_REASONS[change.reason]}{risk}{place}', Tone.FAINT)}"
    lines = [leaf for field in change.fields for leaf in leaves(field)]
    width = max((len(_dotted(leaf)) for leaf in lines), default=0)
    for leaf in lines:
        whose = told(leaf)
        yield f"    {_field(leaf, width, palette)}" + (
            f"  {palette.paint(f'({whose})', Tone.CAUTION)}" if whose else ""
        )
    if change.state_origin is Origin.DRIFT:
        yield f"    {palette.paint(f'drift: was {change.goal} when last applied', Tone.CAUTION)}"
    if change.steps:
        yield f"    {palette.paint(_route(change, palette), Tone.MOVE)}"
    if change.cuts:
        yield f"    {palette.paint('cuts off ' + ', '.join(map(str, change.cuts)), Tone.CAUTION)}"
    for note in change.notes:
        if not note.is_error:
            yield from _note(note, palette, "    ")
    if change.readiness is not None:
        yield from _readiness(change.readiness, palette)


def _readiness(seen: Assessment, palette: Palette) -> Iterator[str]:
    """What the endpoints said: one line when all is well, else every finding that speaks against it."""
    if seen.ready:
        yield f"    {palette.paint(plain(f'ready, seen from {seen.vantage}: {seen.narrative}'), Tone.FAINT)}"
        return
    for finding in seen.findings:
        expected = f", expected {finding.expected}" if finding.expected else ""
        text = plain(f"{finding.subject}: {finding.verdict}, {finding.observed or 'nothing'}{expected}")
        yield f"      {palette.paint(finding.id, Tone.CAUTION)} {text}"


def _memory(plan: Plan) -> Iterator[str]:
    """What memory lacks, in a line each: that is also how a lost ledger shows."""
    new = sum(change.reason is Reason.NOT_REMEMBERED for change in plan.adopted)
    other = len(plan.adopted) - new
    if new:
        yield f"= {counted(new, 'object')} as the manifests say, not remembered yet: an apply writes that down."
    if other:
        yield f"= {counted(other, 'object')} as the manifests say, remembered otherwise: an apply writes that down."
    unknown = sum(bool(each.record and each.fields) and not each.remembered for each in plan.effective)
    if unknown:
        yield f"Nothing is remembered of {counted(unknown, 'object')} to change: what differs there may be drift."


def _dotted(change: FieldChange) -> str:
    return plain(".".join(change.path))


def _field(change: FieldChange, width: int, palette: Palette) -> str:
    path = f"{_dotted(change):<{width}}"
    match change.op:
        case "add":
            return f"{palette.paint('+', Tone.ADD)} {path}  {show(change.after)}"
        case "remove":
            return f"{palette.paint('-', Tone.REMOVE)} {path}  {show(change.before)}"
        case "change":
            arrow = palette.arrow
            return f"{palette.paint('~', Tone.CHANGE)} {path}  {show(change.before)} {arrow} {show(change.after)}"
        case _:
            assert_never(change.op)


def _route(change: Change, palette: Palette) -> str:
    """The steps as a walk: `create INACTIVE ▲ ACTIVE`, and what happens to a predecessor, as it happens."""
    return ", then ".join(_walk(list(steps), change, palette) for _, steps in groupby(change.steps, key=_is_old))


def _walk(steps: Sequence[Step], change: Change, palette: Palette) -> str:
    words: list[str] = []
    for step in steps:
        match step:
            case Create():
                words.append("create")
            case Transition():
                first = not any(isinstance(earlier, Transition) for earlier in steps[: steps.index(step)])
                words += [str(step.source)] if first else []
                words += [_mark(step, palette), str(step.target)]
            case _:
                words.append("update")
    if _is_old(steps[0]):
        words.insert(0, "old object")
    elif len(steps) == 1 and isinstance(steps[0], Create) and change.goal:
        words.append(str(change.goal))
    return " ".join(words)


def _mark(step: Transition, palette: Palette) -> str:
    marks = {
        "activate": Action.ACTIVATE,
        "deactivate": Action.DEACTIVATE,
        "revalidate": Action.REVALIDATE,
    }
    action = marks.get(step.verb)
    return palette.symbols[action] if action else palette.arrow


def _is_old(step: Step) -> bool:
    return isinstance(step, Transition) and "/old-" in step.id


def _note(note: Diagnostic, palette: Palette, indent: str) -> Iterator[str]:
    tone = Tone.TROUBLE if note.is_error else Tone.CAUTION
    subject = f" {plain(note.subject)}:" if note.subject and not indent else ""
    yield f"{indent}{palette.paint(note.code, tone)}{subject} {note.summary}. {plain(note.detail)}"
    if note.fix:
        yield f"{indent}  {palette.paint(plain(note.fix), Tone.FAINT)}"


def _unmanaged(unmanaged: Sequence[Unmanaged], palette: Palette) -> Iterator[str]:
    orphans = [item for item in unmanaged if item.orphan_of]
    for orphan in orphans:
        text = (
            f"{orphan.orphan_of}: no manifest describes it any more; {orphan.kind} {plain(orphan.id)} "
            f"({plain(orphan.key)}) is left as it is. To delete it, put the document back with "
            "`metadata.state: absent`."
        )
        yield palette.paint(f"orphan {text}", Tone.CAUTION)
    others = [item for item in unmanaged if not item.orphan_of]
    if others:
        shown = ", ".join(f"{item.kind} {plain(item.key)}" for item in others[:_UNMANAGED_SHOWN])
        more = f" and {len(others) - _UNMANAGED_SHOWN} more" if len(others) > _UNMANAGED_SHOWN else ""
        yield palette.paint(f"Not managed here: {shown}{more}.", Tone.FAINT)
    if unmanaged:
        yield ""


# -- what happened ------------------------------------------------------------

_OUTCOME_TONES = {
    Outcome.DONE: Tone.ADD,
    Outcome.ALREADY: Tone.FAINT,
    Outcome.FAILED: Tone.TROUBLE,
    Outcome.BLOCKED: Tone.CAUTION,
    Outcome.INTERRUPTED: Tone.CAUTION,
}


def render_step(result: StepResult, palette: Palette = PLAIN) -> str:
    """Give one step's result as one line, or two when there is an error to read."""
    what = result.step.verb if isinstance(result.step, Transition) else result.step.op
    old = " (old object)" if _is_old(result.step) else ""
    note = f"  {palette.paint(plain(result.note), Tone.CAUTION)}" if result.note else ""
    outcome = palette.paint(f"{result.outcome:<11}", _OUTCOME_TONES[result.outcome])
    line = f"{outcome} {result.step.address}  {what}{old}{note}"
    if result.error:
        fault = result.error.diagnostic
        line += f"\n            {palette.paint(fault.code, Tone.TROUBLE)} {fault.summary}. {plain(fault.detail)}"
        line += f"\n            {palette.paint(plain(fault.fix), Tone.FAINT)}"
    return line


def render_result(result: Result) -> str:
    """Give the last line of an apply."""
    if not result.steps:
        return "Nothing to do."
    counts = [(outcome, result.count(outcome)) for outcome in Outcome]
    parts = [f"{number} {outcome}" for outcome, number in counts if number]
    verdict = "Applied" if result.ok else "Not everything was applied"
    return f"{verdict}: {counted(len(result.steps), 'step')}, {', '.join(parts)}."
