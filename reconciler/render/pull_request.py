"""A plan as the comment on a pull request: Markdown, riskiest first, never longer than its byte budget.

What does not fit is shortened from the end: full rows become single lines, single lines become names, names become a
count. What goes away and what is blocked is shortened last. A block is written whole or not at all, so no fence, table
or folded section is ever left open.
"""

from collections.abc import Iterator, Sequence

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.kind import Risk
from reconciler.core.noun import dataclass
from reconciler.render.markup import code, escape, fenced
from reconciler.render.review import Line, Review, Row, walk_words
from reconciler.render.words import SYMBOLS

LIMIT = 65_000
"""Bytes of UTF-8: what a comment may hold, with a margin."""
LEAST = 2_000
"""A smaller budget has no room for the summary."""
_OPEN_ITEMS = 20
"""So many items of a section stand open; more are folded."""
_PATHS = 8
"""So many paths are named where a row is a single line."""
_COUNTED, _NAME, _LINE, _FULL = range(4)
_SEPARATION = 2
_SECTION_BYTES = 120
"""Title, folding, and the line that counts what was left out."""


@dataclass(frozen=True, slots=True)
class _Item:
    """Something to show, in three sizes; `must` for what is shortened last."""

    section: str
    full: str
    line: str
    name: str
    must: bool = False

    def cost(self, size: int) -> int:
        """Bytes that it takes in one of the sizes, what separates it from the next included."""
        text = {_FULL: self.full, _LINE: self.line, _NAME: self.name, _COUNTED: ""}[size]
        return _bytes(text) + _SEPARATION if text else 0


def render(review: Review, command: str = "", limit: int = LIMIT) -> str:
    """Give the comment, at most `limit` bytes of UTF-8 (not below LEAST); a plan that changes nothing is two lines.

    `command` is what applies exactly this plan, for the reader to copy; by default what plans anew, and applies nothing
    else than this.
    """
    if not (review.changes or review.problems or review.orphans or review.notes):
        return f"**{escape(review.headline)}** {mark(review)}\n{_where(review)}\n"
    head, foot = _head(review), _foot(review, command)
    return head + _body(list(_items(review)), limit - _bytes(head) - _bytes(foot)) + foot


def mark(review: Review) -> str:
    """The invisible sign by which the comment of an environment is found again, to be updated in place."""
    return f"<!-- mcp-reconciler plan {escape(review.environment)} -->"


def _where(review: Review) -> str:
    return f"Environment {code(review.environment)}, organisation {code(review.organisation)}"


def _head(review: Review) -> str:
    verdict = "can be applied" if review.appliable else "cannot be applied"
    dangers = [(risk, len(review.of(risk))) for risk in reversed(Risk)]
    counts = ", ".join(f"{number} of {risk} risk" for risk, number in dangers if number)
    lines = [
        f"## {escape(review.headline)} {mark(review)}",
        "",
        f"{_where(review)}. This plan **{verdict}**{f'; {counts}' if counts else ''}.",
        "",
    ]
    return "\n".join(lines) + "\n"


def _foot(review: Review, command: str) -> str:
    lines = [text for line in review.memory for text in (escape(line), "")]
    if review.changes:
        lines += [f"Digest `{review.digest}`", ""]
    if review.changes and review.appliable:
        exact = command or f"reconciler apply --expect-digest {review.digest}"
        lines += ["Apply exactly this:", "", fenced([exact], "console"), ""]
    return "\n".join(lines)


# -- what is shown -------------------------------------------------------------------------------------------------


def _items(review: Review) -> Iterator[_Item]:
    """Everything between head and foot, in the order of reading, which is the order of importance."""
    for problem in review.problems:
        text = _note(problem)
        yield _Item("Problems", text, text, code(problem.subject or problem.code), must=True)
    for note in review.notes:
        text = _note(note)
        yield _Item("To know", text, text, code(note.subject or note.code))
    for row in review.rows:
        title = "Blocked" if row.stopped else f"{str(row.risk).capitalize()} risk"
        yield _Item(title, _full(row), _short(row), code(row.address), must=row.destroys or row.stopped)
    for orphan in review.orphans:
        text = f"{code(str(orphan.orphan_of))}: no document describes it any more; {code(orphan.key)} is left as it is"
        yield _Item("Orphans", f"- {text}", f"- {text}", code(str(orphan.orphan_of)))
    for item in review.unmanaged:
        text = f"{code(item.kind)} {code(item.key)}"
        yield _Item("Not managed here", f"- {text}", f"- {text}", text)


def _full(row: Row) -> str:
    lines = [f"#### {_title(row)}", ""]
    if row.lines:
        lines += [fenced([text for line in row.lines for text in _diff(line)], "diff"), ""]
    lines += [f"- {text}" for text in _facts(row)]
    return "\n".join(lines).rstrip()


def _short(row: Row) -> str:
    paths = ", ".join(code(line.path) for line in row.lines[:_PATHS])
    more = f" and {len(row.lines) - _PATHS} more" if len(row.lines) > _PATHS else ""
    return f"- {_title(row)}{f': {paths}{more}' if paths else ''}"


def _title(row: Row) -> str:
    place = f" at {code(str(row.source))}" if row.source else ""
    return f"`{SYMBOLS[row.action]}` {code(row.address)} {escape(row.reason)}{place}"


def _diff(line: Line) -> Iterator[str]:
    """A path as lines of a diff; of a set only the members that come and go."""
    aside = f"  # {line.whose}" if line.whose else ""
    if line.gone or line.come:
        yield from (f"- {line.path}: {member}{aside}" for member in line.gone)
        yield from (f"+ {line.path}: {member}{aside}" for member in line.come)
        return
    for sign, pieces in (("-", line.before), ("+", line.after)):
        if pieces:
            yield f"{sign} {line.path}: {''.join(piece.text for piece in pieces)}{aside}"


def _facts(row: Row) -> Iterator[str]:
    if row.previous:
        yield f"was {code(row.previous)}"
    if row.walks:
        yield escape(", then ".join(map(walk_words, row.walks)))
    if row.drift:
        yield escape(row.drift)
    if row.cuts:
        yield f"**cuts off** {', '.join(map(code, row.cuts))}"
    for danger in row.dangers:
        place = f" {code(danger.path)}" if danger.path else ""
        yield f"**{danger.code}**{place} {escape(danger.summary)}: {code(danger.detail)}"
    yield from (_note(note).removeprefix("- ") for note in row.notes)
    if row.readiness is not None:
        ready = {True: "ready", False: "**not ready**", None: "readiness not observed"}[row.readiness.ready]
        yield f"{ready}, seen from {code(row.readiness.vantage)}: {code(row.readiness.narrative)}"
        for finding in row.readiness.findings:
            yield f"{escape(finding.id)} {code(finding.subject)}: {code(finding.observed or str(finding.verdict))}"


def _note(note: Diagnostic) -> str:
    subject = f" {code(note.subject)}" if note.subject else ""
    place = f" at {code(str(note.source))}" if note.source else ""
    fix = f" {escape('Fix:')} {code(note.fix)}" if note.fix else ""
    return f"- **{escape(note.code)}**{subject}{place} {escape(note.summary)}: {code(note.detail)}{fix}"


# -- how it is shortened -------------------------------------------------------------------------------------------


def _body(items: Sequence[_Item], room: int) -> str:
    sections: dict[str, list[tuple[_Item, int]]] = {}
    for item, size in zip(items, _sizes(items, room), strict=True):
        sections.setdefault(item.section, []).append((item, size))
    return "".join(_section(title, found) for title, found in sections.items())


def _sizes(items: Sequence[_Item], room: int) -> list[int]:
    """Choose how each item is shown so that all of it fits: what must be seen first, then the rest, in order."""
    sizes = [_COUNTED] * len(items)
    left = room - _SECTION_BYTES * len({item.section for item in items})
    musts = [place for place, item in enumerate(items) if item.must]
    rest = [place for place, item in enumerate(items) if not item.must]
    for places, size in ((musts, _NAME), (musts, _LINE), (musts, _FULL), (rest, _LINE), (rest, _FULL)):
        for place in places:
            more = items[place].cost(size) - items[place].cost(sizes[place])
            if more <= left:
                left -= more
                sizes[place] = size
    return sizes


def _section(title: str, found: Sequence[tuple[_Item, int]]) -> str:
    """One section; folded when it is long and nothing in it has to be seen."""
    fulls = [item.full for item, size in found if size == _FULL]
    lines = [item.line for item, size in found if size == _LINE]
    names = [item.name for item, size in found if size == _NAME]
    uncounted = sum(size == _COUNTED for _item, size in found)
    if names:
        lines.append(f"- {', '.join(names)}")
    if uncounted:
        lines.append(f"- {uncounted} more, left out here")
    inner = "\n\n".join([*fulls, *(["\n".join(lines)] if lines else [])])
    if len(found) > _OPEN_ITEMS and not any(item.must for item, _size in found):
        return f"<details><summary>{title}: {len(found)}</summary>\n\n{inner}\n\n</details>\n\n"
    return f"### {title}: {len(found)}\n\n{inner}\n\n"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))
