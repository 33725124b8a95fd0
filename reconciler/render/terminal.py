"""A plan and its result, for a person at a terminal."""

from collections.abc import Iterator, Sequence

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.estimate import Estimate
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Risk
from reconciler.core.plan import Action, Plan, Transition
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.review import Line, Piece, Review, Row, is_old, review, walk_words
from reconciler.render.words import counted, plain

_TONES = {
    Action.CREATE: Tone.ADD,
    Action.UPDATE: Tone.CHANGE,
    Action.REPLACE: Tone.REMOVE,
    Action.DELETE: Tone.REMOVE,
    Action.ACTIVATE: Tone.MOVE,
    Action.DEACTIVATE: Tone.CAUTION,
    Action.REVALIDATE: Tone.MOVE,
    Action.ADOPT: Tone.FAINT,
    Action.MOVE: Tone.MOVE,
    Action.FORGET: Tone.FAINT,
    Action.BLOCKED: Tone.TROUBLE,
    Action.UNKNOWN: Tone.TROUBLE,
    Action.NOOP: Tone.FAINT,
}
_UNMANAGED_SHOWN = 10
_LONG = 1.5
"""Minutes from which on they are counted."""


def render(plan: Plan, palette: Palette = PLAIN) -> str:
    """Give the plan as text: head, changes, problems, what nobody manages, and one line that can be quoted."""
    return "\n".join(_review(review(plan), palette)) + "\n"


def _review(plan: Review, palette: Palette) -> Iterator[str]:
    where = f"Environment {plain(plan.environment)}, organisation {plain(plan.organisation)}"
    yield palette.paint(where, Tone.FAINT)
    yield ""
    for row in plan.rows:
        yield from _row(row, palette)
        yield ""
    for problem in plan.problems:
        yield from _note(problem, palette, "")
    if plan.problems:
        yield ""
    yield from _nobodys(plan, palette)
    yield from (palette.paint(line, Tone.FAINT) for line in plan.memory)
    yield palette.paint(plan.headline, Tone.STRONG)
    if plan.changes:
        yield palette.paint(f"Digest {plan.digest}", Tone.FAINT)


def _row(row: Row, palette: Palette) -> Iterator[str]:
    symbol = palette.paint(palette.symbols[row.action], _TONES[row.action])
    name = palette.paint(row.address, Tone.STRONG)
    risk = "" if row.risk is Risk.LOW else f", {row.risk} risk"
    place = f"  {plain(str(row.source))}" if row.source else ""
    yield f"{symbol} {name}  {palette.paint(f'{row.reason}{risk}{place}', Tone.FAINT)}"
    if row.previous:
        yield f"    {palette.paint(f'was {row.previous}', Tone.MOVE)}"
    width = max((len(plain(line.path)) for line in row.lines), default=0)
    for line in row.lines:
        whose = f"  {palette.paint(f'({line.whose})', Tone.CAUTION)}" if line.whose else ""
        yield f"    {_line(line, width, palette)}{whose}"
    if row.drift:
        yield f"    {palette.paint(row.drift, Tone.CAUTION)}"
    if row.walks:
        yield f"    {palette.paint(_walks(row, palette), Tone.MOVE)}"
    if row.cuts:
        yield f"    {palette.paint('cuts off ' + ', '.join(row.cuts), Tone.CAUTION)}"
    for note in row.notes:
        yield from _note(note, palette, "    ")
    if row.readiness is not None:
        yield from _readiness(row.readiness, palette)


def _walks(row: Row, palette: Palette) -> str:
    return ", then ".join(walk_words(walk, palette.symbols, palette.arrow) for walk in row.walks)


def _line(line: Line, width: int, palette: Palette) -> str:
    """One path with what is there and what shall be, where they differ in stronger letters."""
    path = f"{plain(line.path):<{width}}"
    if not line.before:
        return f"{palette.paint('+', Tone.ADD)} {path}  {_value(line.after, palette)}"
    if not line.after:
        return f"{palette.paint('-', Tone.REMOVE)} {path}  {_value(line.before, palette)}"
    before, after = _value(line.before, palette), _value(line.after, palette)
    return f"{palette.paint('~', Tone.CHANGE)} {path}  {before} {palette.arrow} {after}"


def _value(pieces: Sequence[Piece], palette: Palette) -> str:
    return "".join(palette.paint(piece.text, Tone.STRONG) if piece.changed else piece.text for piece in pieces)


def _readiness(seen: Assessment, palette: Palette) -> Iterator[str]:
    """What the endpoints said: one line when all is well, else every finding that speaks against it."""
    if seen.ready:
        yield f"    {palette.paint(plain(f'ready, seen from {seen.vantage}: {seen.narrative}'), Tone.FAINT)}"
        return
    for finding in seen.findings:
        expected = f", expected {finding.expected}" if finding.expected else ""
        text = plain(f"{finding.subject}: {finding.verdict}, {finding.observed or 'nothing'}{expected}")
        yield f"      {palette.paint(finding.id, Tone.CAUTION)} {text}"


def _note(note: Diagnostic, palette: Palette, indent: str) -> Iterator[str]:
    tone = Tone.TROUBLE if note.is_error else Tone.CAUTION
    subject = f" {plain(note.subject)}:" if note.subject and not indent else ""
    yield f"{indent}{palette.paint(note.code, tone)}{subject} {note.summary}. {plain(note.detail)}"
    if note.fix:
        yield f"{indent}  {palette.paint(plain(note.fix), Tone.FAINT)}"


def _nobodys(plan: Review, palette: Palette) -> Iterator[str]:
    for orphan in plan.orphans:
        text = (
            f"{orphan.orphan_of}: no manifest describes it any more; {orphan.kind} {plain(orphan.id)} "
            f"({plain(orphan.key)}) is left as it is. To delete it, put the document back with "
            "`metadata.state: absent`."
        )
        yield palette.paint(f"orphan {text}", Tone.CAUTION)
    if plan.unmanaged:
        shown = ", ".join(f"{item.kind} {plain(item.key)}" for item in plan.unmanaged[:_UNMANAGED_SHOWN])
        left = len(plan.unmanaged) - _UNMANAGED_SHOWN
        more = f" and {left} more" if left > 0 else ""
        yield palette.paint(f"Not managed here: {shown}{more}.", Tone.FAINT)
    if plan.orphans or plan.unmanaged:
        yield ""


# -- what happened ------------------------------------------------------------

_OUTCOME_TONES = {
    Outcome.DONE: Tone.ADD,
    Outcome.ALREADY: Tone.FAINT,
    Outcome.FAILED: Tone.TROUBLE,
    Outcome.BLOCKED: Tone.CAUTION,
    Outcome.NOT_TRIED: Tone.CAUTION,
    Outcome.INTERRUPTED: Tone.CAUTION,
}


def effort(estimate: Estimate) -> str:
    """Give one line on what an apply will take; empty where no rate limit makes it long."""
    if not estimate.requests or estimate.minutes is None:
        return ""
    minutes = estimate.minutes
    long = f"about {counted(round(minutes), 'minute')}" if minutes >= _LONG else "less than a minute and a half"
    return (
        f"About {counted(estimate.requests, 'request')} to apply, {long} at {estimate.ours} of the "
        f"{estimate.limit} a minute that the organisation allows."
    )


def render_step(result: StepResult, palette: Palette = PLAIN) -> str:
    """Give one step's result as one line, or two when there is an error to read."""
    what = result.step.verb if isinstance(result.step, Transition) else result.step.op
    old = " (old object)" if is_old(result.step) else ""
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
    resume = f"\nTo go on with what is left: {result.resume}" if result.resume else ""
    return f"{verdict}: {counted(len(result.steps), 'step')}, {', '.join(parts)}.{resume}"
