"""Drift, for a person at a terminal: what alarms first, then what is let pass, then how much is covered at all."""

from collections.abc import Iterator, Sequence

from reconciler.core.document import Json
from reconciler.core.drift import Acceptance, Category, Cause, Difference, Direction, Drift, Judged, Standing
from reconciler.core.quantity import counted
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import plain, show

_UNMANAGED_SHOWN = 10
_ABSENT = "(not there)"
DIRECTIONS = {
    Direction.EXTRA: "the organisation has more",
    Direction.LACKS: "the organisation lacks it",
    Direction.DIFFERS: "the two differ",
}
STANDINGS = {Standing.NEW: "new", Standing.CHANGED: "changed since accepted", Standing.EXPIRED: "accepted, expired"}


def render(found: Drift, palette: Palette = PLAIN) -> str:
    """Give what one look found as text, the verdict last."""
    return "\n".join(_lines(found, palette)) + "\n"


def _lines(found: Drift, palette: Palette) -> Iterator[str]:
    where = f"Environment {plain(found.target.environment)}, organisation {plain(found.target.organisation)}"
    yield palette.paint(where, Tone.FAINT)
    yield ""
    for each in found.alarms:
        yield from _alarm(each, palette)
        yield ""
    rest = [line for each in found.found for line in _quiet(each, palette)]
    yield from rest
    yield from _pending(found)
    yield from _unmanaged(found, palette)
    for problem in found.problems:
        yield f"{palette.paint(problem.code, Tone.TROUBLE)} {problem.summary}. {plain(problem.detail)}"
    if found.coverage:
        yield palette.paint(_coverage(found), Tone.FAINT)
    yield from _previous(found, palette)
    yield palette.paint(verdict(found), Tone.STRONG)


def verdict(found: Drift) -> str:
    """Give the last line: how much alarms, and how much is let pass."""
    passed = [counted(_count(found, standing), str(standing), str(standing)) for standing in _let_pass(found)]
    tail = f"; {', '.join(passed)}" if passed else ""
    if found.alarms:
        return f"Drift: {counted(len(found.alarms), 'difference')} to look at{tail}."
    if found.problems:
        return f"The look was not whole: {counted(len(found.problems), 'problem')}{tail}."
    return f"No drift{tail}."


def _let_pass(found: Drift) -> Sequence[Standing]:
    quiet = (Standing.ACCEPTED, Standing.UNCONFIRMED, Standing.PENDING)
    return [standing for standing in quiet if _count(found, standing)]


def _count(found: Drift, standing: Standing) -> int:
    return sum(each.standing is standing for each in found.found)


def _alarm(each: Judged, palette: Palette) -> Iterator[str]:
    what = each.difference
    mark = palette.paint("!", Tone.TROUBLE)
    both = ", and the manifest changed too" if what.cause is Cause.BOTH else ""
    told = f"{STANDINGS[each.standing]}: {DIRECTIONS[what.direction]}{both}"
    yield f"{mark} {palette.paint(plain(what.path), Tone.STRONG)}  {palette.paint(told, Tone.FAINT)}"
    yield f"    live      {value(what.live, what)}"
    if what.category is not Category.UNMANAGED:
        yield f"    manifest  {value(what.wished, what)}{_place(what)}"
    if what.cause is Cause.UNKNOWN and what.category is not Category.UNMANAGED:
        yield "    memory    nothing is remembered of it, so the manifest may have changed instead"
    if each.acceptance:
        yield f"    accepted  {value(each.acceptance.live, what)} until {_terms(each.acceptance)}"
    if each.actor:
        yield f"    by        {plain(each.actor.name)} at {plain(each.actor.at)}, {plain(each.actor.event)}"
    if each.sightings > 1:
        yield f"    seen      {each.sightings} times in a row since {each.first_seen}"


def _terms(entry: Acceptance) -> str:
    return f"{entry.expires} by {plain(entry.owner)}: {plain(entry.reason)}"


def value(value: Json, what: Difference) -> str:
    if value is None:
        return _ABSENT
    return plain(value) if what.category is not Category.FIELD and isinstance(value, str) else show(value)


def _place(what: Difference) -> str:
    return f"  {plain(str(what.source))}" if what.source else ""


def _quiet(each: Judged, palette: Palette) -> Iterator[str]:
    path = plain(each.difference.path)
    if each.standing is Standing.ACCEPTED and each.acceptance:
        yield palette.paint(f"accepted {path}  until {_terms(each.acceptance)}", Tone.FAINT)
    if each.standing is Standing.UNCONFIRMED:
        yield palette.paint(
            f"seen {counted(each.sightings, 'time')} in a row, not often enough to alarm: {path}", Tone.FAINT
        )


def _pending(found: Drift) -> Iterator[str]:
    count = _count(found, Standing.PENDING)
    if count:
        verb = "waits" if count == 1 else "wait"
        yield f"{counted(count, 'change')} of the manifests {verb} for an apply; see `reconciler plan`."


def _unmanaged(found: Drift, palette: Palette) -> Iterator[str]:
    noted = [each.difference for each in found.found if each.standing is Standing.NOTED]
    if noted:
        shown = ", ".join(f"{each.path} ({plain(str(each.live))})" for each in noted[:_UNMANAGED_SHOWN])
        more = f" and {len(noted) - _UNMANAGED_SHOWN} more" if len(noted) > _UNMANAGED_SHOWN else ""
        yield palette.paint(f"Not managed here: {plain(shown)}{more}.", Tone.FAINT)


def _coverage(found: Drift) -> str:
    parts = [f"{kind} {each.described} of {each.total}" for kind, each in found.coverage.items()]
    return f"Under management: {', '.join(parts)}."


def _previous(found: Drift, palette: Palette) -> Iterator[str]:
    last = found.previous
    if last:
        ended = "clean" if last.clean else "with drift"
        often = "once" if last.in_a_row == 1 else f"{last.in_a_row} times in a row"
        yield palette.paint(f"Last look: {last.at}, {ended} {often}.", Tone.FAINT)
