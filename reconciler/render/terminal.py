"""A plan and its result, for a person at a terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.estimate import Estimate
from reconciler.core.evidence import Assessment
from reconciler.core.kind import Risk
from reconciler.core.noun import dataclass
from reconciler.core.plan import Action, Plan, Transition
from reconciler.core.quantity import counted
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.render import columns
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.review import Danger, Line, Piece, Review, Row, is_old, review, walk_words
from reconciler.render.words import plain

T = TypeVar("T")
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
_LONG = 1.5
"""Minutes from which on they are counted."""
_UNMANAGED_SHOWN, _PATHS_SHOWN, _FINDINGS_SHOWN, _MEMBERS_SHOWN = 10, 12, 3, 4
_ROWS_SHOWN = 50
"""So many changes of one risk are shown, unless they are of high risk, destroy or are blocked: those are all shown."""
_INDENT = "    "
_NARROW = 24
"""Fewer columns than that cannot be read in."""


@dataclass(frozen=True, slots=True)
class _Page:
    """How a plan is written: for which terminal, and whether with everything."""

    palette: Palette
    detail: bool

    @property
    def width(self) -> int:
        return self.palette.width

    def paint(self, text: str, tone: Tone) -> str:
        return self.palette.paint(text, tone)

    def prose(self, text: str, tone: Tone, indent: str = "") -> Iterator[str]:
        """Sentences in lines, those after the first set in."""
        for number, line in enumerate(columns.lines(text, self._room(indent))):
            yield f"{indent}{'  ' if number else ''}{self.paint(line, tone)}"

    def coded(self, code: str, text: str, tone: Tone, indent: str) -> Iterator[str]:
        """Sentences after a code that has the tone."""
        first, *rest = columns.lines(f"{code} {text}", self._room(indent))
        yield f"{indent}{self.paint(code, tone)}{first.removeprefix(code)}"
        yield from (f"{indent}  {line}" for line in rest)

    def _room(self, indent: str) -> int:
        return self.width and max(_NARROW, self.width - len(indent) - 2)

    def shown(self, found: Sequence[T], most: int, what: str) -> tuple[Sequence[T], tuple[str, ...]]:
        """The first of many, and the line that counts the rest; all of them with `--detail`."""
        left = len(found) - most
        if self.detail or left <= 0:
            return found, ()
        return found[:most], (
            self.paint(f"{self.palette.more} {counted(left, what)} more; --detail shows all", Tone.FAINT),
        )


def render(plan: Plan, palette: Palette = PLAIN, *, detail: bool = False) -> str:
    """Give the plan as text: head, changes by risk, problems, what nobody manages, and one line that can be quoted.

    Without `detail`, long values, long lists of paths and long groups that are no danger are shortened, and say so.
    """
    return "\n".join(_review(review(plan), _Page(palette, detail))) + "\n"


def _review(plan: Review, page: _Page) -> Iterator[str]:
    where = f"Environment {plain(plan.environment)}, organisation {plain(plan.organisation)}"
    yield from page.prose(where, Tone.FAINT)
    yield ""
    groups = [(title, list(rows)) for title, rows in groupby(plan.rows, key=_group)]
    for title, rows in groups:
        yield from _rows(title if len(groups) > 1 else "", rows, plan, page)
    addresses = {row.address for row in plan.rows}
    apart = [problem for problem in plan.problems if problem.subject not in addresses]
    for found in (*apart, *plan.notes):
        yield from _note(found, page, "")
    if apart or plan.notes:
        yield ""
    yield from _nobodys(plan, page)
    for line in plan.memory:
        yield from page.prose(line, Tone.FAINT)
    yield from page.prose(plan.headline, Tone.STRONG)
    if plan.changes:
        yield page.paint(f"Digest {plan.digest}", Tone.FAINT)


def _group(row: Row) -> str:
    return "Blocked" if row.stopped else f"{str(row.risk).capitalize()} risk"


def _rows(title: str, rows: Sequence[Row], plan: Review, page: _Page) -> Iterator[str]:
    if title:
        yield page.paint(f"{title}: {len(rows)}", Tone.FAINT)
        yield ""
    most = len(rows) if any(row.stopped or row.destroys or row.risk is Risk.HIGH for row in rows) else _ROWS_SHOWN
    shown, more = page.shown(rows, most, "change")
    for row in shown:
        yield from _row(row, [found for found in plan.problems if found.subject == row.address], page)
        yield ""
    yield from (line for text in more for line in (text, ""))


def _row(row: Row, problems: Sequence[Diagnostic], page: _Page) -> Iterator[str]:
    yield from _head(row, page)
    if row.previous:
        yield f"{_INDENT}{page.paint(f'was {row.previous}', Tone.MOVE)}"
    lines, more = page.shown(row.lines, _PATHS_SHOWN, "path")
    paths = [columns.cells(plain(line.path)) for line in lines]
    width = max((wide for wide in paths if not page.width or wide <= page.width // 2), default=0)
    for line in lines:
        yield from _line(line, width, page)
    yield from (f"{_INDENT}{text}" for text in more)
    if row.drift:
        yield f"{_INDENT}{page.paint(row.drift, Tone.CAUTION)}"
    if row.walks:
        yield from page.prose(_walks(row, page.palette), Tone.MOVE, _INDENT)
    if row.cuts:
        yield from page.prose(f"cuts off {', '.join(row.cuts)}", Tone.CAUTION, _INDENT)
    dangers, more = page.shown(row.dangers, _FINDINGS_SHOWN, "risk")
    for danger in dangers:
        yield from page.coded(danger.code, _danger(danger), Tone.CAUTION, _INDENT)
    yield from (f"{_INDENT}{text}" for text in more)
    for note in (*problems, *row.notes):
        yield from _note(note, page, _INDENT)
    if row.readiness is not None:
        yield from _readiness(row.readiness, page)


def _head(row: Row, page: _Page) -> Iterator[str]:
    """What happens to what, and why; where it is written beside it, or below where that is too long."""
    symbol = page.palette.symbols[row.action]
    risk = "" if row.risk is Risk.LOW else f", {row.risk} risk"
    why, place = f"{row.reason}{risk}", plain(str(row.source)) if row.source else ""
    line = f"{page.paint(symbol, _TONES[row.action])} {page.paint(row.address, Tone.STRONG)}  "
    told = f"{why}  {place}".rstrip()
    if not page.width or columns.cells(f"{symbol} {row.address}  {told}") <= page.width:
        yield line + page.paint(told, Tone.FAINT)
        return
    yield line + page.paint(why, Tone.FAINT)
    yield from page.prose(place, Tone.FAINT, _INDENT) if place else ()


def _walks(row: Row, palette: Palette) -> str:
    return ", then ".join(walk_words(walk, palette.symbols, palette.arrow) for walk in row.walks)


def _danger(danger: Danger) -> str:
    path = f"{plain(danger.path)}: " if danger.path else ""
    return f"{path}{danger.summary}. {plain(danger.detail)}"


# -- one path ------------------------------------------------------------------------------------------------------

_OPS = {"add": Tone.ADD, "remove": Tone.REMOVE, "change": Tone.CHANGE}


def _line(line: Line, width: int, page: _Page) -> Iterator[str]:
    """One path with what is there and what shall be: on one line where that fits, else below it."""
    sign, path = page.palette.sign(line.op), columns.filled(plain(line.path), width)
    begun = f"{_INDENT}{page.paint(sign, _OPS[line.op])} {path}"
    text, taken = _members(line, page) if line.gone or line.come else _values(line, page)
    whose = f"  ({line.whose})" if line.whose else ""
    if not page.width or len(_INDENT) + len(sign) + columns.cells(path) + taken + len(whose) + 3 <= page.width:
        yield f"{begun}  {text}{page.paint(whose, Tone.CAUTION)}"
        return
    yield begun.rstrip()
    yield from (f"{_INDENT * 2}{part}" for part in _apart(line, page))
    if whose:
        yield from page.prose(whose.strip(), Tone.CAUTION, _INDENT * 2)


def _values(line: Line, page: _Page) -> tuple[str, int]:
    """Both sides of a path on one line, and the columns that it takes."""
    sides = [pieces for pieces in (line.before, line.after) if pieces]
    arrow = f" {page.palette.arrow} "
    taken = sum(columns.cells(piece.text) for pieces in sides for piece in pieces) + len(arrow) * (len(sides) - 1)
    return arrow.join(_value(pieces, page) for pieces in sides), taken


def _members(line: Line, page: _Page) -> tuple[str, int]:
    """What a set loses and gains, on one line."""
    found = [("remove", text) for text in line.gone] + [("add", text) for text in line.come]
    parts = [(op, f"{page.palette.sign(op)} {text}") for op, text in found]
    taken = sum(columns.cells(text) + 2 for _, text in parts) - 2
    return "  ".join(page.paint(text, _OPS[op]) for op, text in parts), taken


def _apart(line: Line, page: _Page) -> Iterator[str]:
    """Both sides of a path in lines of their own; shortened around what differs, unless everything is asked for."""
    for op, pieces in (("remove", line.before), ("add", line.after)):
        sign = page.palette.sign(op)
        room = page.width - 2 * len(_INDENT) - len(sign) - 1
        members = line.gone if op == "remove" else line.come
        if line.gone or line.come:
            shown, more = page.shown(members, _MEMBERS_SHOWN, "member")
            kept = shown if page.detail else [columns.clipped(text, room, page.palette.more) for text in shown]
            yield from (*(page.paint(f"{sign} {text}", _OPS[op]) for text in kept), *more)
        elif pieces:
            whole = pieces if page.detail else columns.fitted(pieces, room, page.palette.more)
            yield f"{page.paint(sign, _OPS[op])} {_value(whole, page)}"


def _value(pieces: Sequence[Piece], page: _Page) -> str:
    return "".join(page.paint(piece.text, Tone.STRONG) if piece.changed else piece.text for piece in pieces)


# -- findings ------------------------------------------------------------------------------------------------------


def _readiness(seen: Assessment, page: _Page) -> Iterator[str]:
    """What the endpoints said: one line when all is well, else the findings that speak against it."""
    if seen.ready:
        yield from page.prose(plain(f"ready, seen from {seen.vantage}: {seen.narrative}"), Tone.FAINT, _INDENT)
        return
    findings, more = page.shown(seen.findings, _FINDINGS_SHOWN, "finding")
    for finding in findings:
        expected = f", expected {finding.expected}" if finding.expected else ""
        text = plain(f"{finding.subject}: {finding.verdict}, {finding.observed or 'nothing'}{expected}")
        yield from page.coded(finding.id, text, Tone.CAUTION, f"{_INDENT}  ")
    yield from (f"{_INDENT}  {text}" for text in more)


def _note(note: Diagnostic, page: _Page, indent: str) -> Iterator[str]:
    subject = f"{plain(note.subject)}: " if note.subject and not indent else ""
    text = f"{subject}{note.summary}. {plain(note.detail)}"
    yield from page.coded(plain(note.code), text, Tone.TROUBLE if note.is_error else Tone.CAUTION, indent)
    if note.fix:
        yield from page.prose(plain(note.fix), Tone.FAINT, f"{indent}  ")


def _nobodys(plan: Review, page: _Page) -> Iterator[str]:
    for orphan in plan.orphans:
        text = (
            f"orphan {orphan.orphan_of}: no manifest describes it any more; {orphan.kind} {plain(orphan.id)} "
            f"({plain(orphan.key)}) is left as it is. To delete it, put the document back with "
            "`metadata.state: absent`."
        )
        yield from page.prose(text, Tone.CAUTION)
    if plan.unmanaged:
        most = len(plan.unmanaged) if page.detail else _UNMANAGED_SHOWN
        shown = ", ".join(f"{item.kind} {plain(item.key)}" for item in plan.unmanaged[:most])
        left = len(plan.unmanaged) - most
        more = f" and {left} more" if left > 0 else ""
        yield from page.prose(f"Not managed here: {shown}{more}.", Tone.FAINT)
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
