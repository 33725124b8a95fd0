"""A look for drift as Markdown: what alarms first, what is let pass folded away, never longer than a comment may be.

Nothing from outside can format, link or call somebody. What does not fit is counted, from the end.
"""

from collections.abc import Iterator, Sequence

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.drift import Acceptance, Actor, Category, Cause, Difference, Drift, Judged, Standing
from reconciler.render.drift import DIRECTIONS, STANDINGS, value, verdict
from reconciler.render.markup import code, escape

LIMIT = 65_000
"""Bytes of UTF-8: what a comment may hold, with a margin."""
_RESERVE = 600
"""Bytes for the lines that count what was left out, and for what closes a folded section."""
_QUIET = {
    Standing.ACCEPTED: "Accepted",
    Standing.UNCONFIRMED: "Not seen often enough to alarm",
    Standing.PENDING: "Waiting for an apply",
    Standing.NOTED: "Not managed here",
}


def render(found: Drift, limit: int = LIMIT) -> str:
    """Give the report, at most `limit` bytes of UTF-8 (not below 2,000); a clean look is two lines and the coverage."""
    where = f"Environment {code(found.target.environment)}, organisation {code(found.target.organisation)}"
    text = f"**{escape(verdict(found))}**\n{where}\n"
    text += _coverage(found)
    for title, items, folded in _sections(found):
        text += _section(title, items, limit - len(text.encode()) - _RESERVE, folded=folded)
    return text


def _coverage(found: Drift) -> str:
    parts = [f"{kind} {each.described} of {each.total}" for kind, each in found.coverage.items()]
    return f"Under management: {escape(', '.join(parts))}\n" if parts else ""


def _sections(found: Drift) -> Iterator[tuple[str, Sequence[str], bool]]:
    """Title, items and whether they are folded away, in the order of importance; only what has items."""
    problems = [problem(each) for each in found.problems]
    if problems:
        yield "What kept the look from being whole", problems, False
    if found.alarms:
        yield "To look at", [_alarm(each) for each in found.alarms], False
    for standing, title in _QUIET.items():
        quiet = [_quiet(each) for each in found.found if each.standing is standing]
        if quiet:
            yield title, quiet, True


def _section(title: str, items: Sequence[str], room: int, *, folded: bool) -> str:
    inner = "\n".join(fitting(items, room))
    if folded:
        return f"\n<details><summary>{title}: {len(items)}</summary>\n\n{inner}\n\n</details>\n"
    return f"\n### {title}: {len(items)}\n\n{inner}\n"


def fitting(items: Sequence[str], room: int) -> list[str]:
    """Give as many items as fit into so many bytes of UTF-8, and a line that counts the others."""
    shown: list[str] = []
    for item in items:
        room -= len(item.encode()) + 1
        if room < 0:
            return [*shown, f"- {len(items) - len(shown)} more, left out here"]
        shown.append(item)
    return shown


def problem(found: Diagnostic) -> str:
    """Give the item of what kept a look from being whole."""
    return f"- **{escape(found.code)}** {escape(found.summary)}: {code(found.detail)}"


def done_by(actor: Actor) -> str:
    """Give the item below a difference that says who made it, when and by what."""
    return f"  - by {code(actor.name)} at {code(actor.at)}, {code(actor.event)}"


def _alarm(each: Judged) -> str:
    what = each.difference
    both = ", and the manifest changed too" if what.cause is Cause.BOTH else ""
    lines = [f"- {code(what.path)} {STANDINGS[each.standing]}: {DIRECTIONS[what.direction]}{both}"]
    lines.append(f"  - live {code(value(what.live, what))}")
    if what.category is not Category.UNMANAGED:
        lines.append(f"  - manifest {code(value(what.wished, what))}{place(what)}")
    if each.acceptance:
        lines.append(f"  - accepted {_terms(each.acceptance)}")
    if each.actor:
        lines.append(done_by(each.actor))
    return "\n".join(lines)


def _quiet(each: Judged) -> str:
    terms = f" {_terms(each.acceptance)}" if each.acceptance else ""
    return f"- {code(each.difference.path)}{terms}"


def _terms(entry: Acceptance) -> str:
    return f"until {entry.expires} by {code(entry.owner)}: {code(entry.reason)}"


def place(what: Difference) -> str:
    """Give where the manifest says otherwise, as the end of an item; empty where that is not known."""
    return f" at {code(str(what.source))}" if what.source else ""
