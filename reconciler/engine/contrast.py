"""Contrast: whether two plans would do the same, and if not, where they part."""

from collections.abc import Iterator

from reconciler.core import plan_file
from reconciler.core.difference import Difference, PathDifference, Side
from reconciler.core.plan import Change, FieldChange, Origin, Plan, Transition


def contrast(approved: Plan, now: Plan) -> tuple[Difference, ...]:
    """Give every address with which two plans would do something else, sorted; nothing where they do the same.

    What they lean on may differ: an object that moved where neither plan has anything to do with it. Problems count.
    """
    was, here = ({str(c.address): c for c in plan.effective} for plan in (approved, now))
    found = [
        _one(address, was.get(address), here.get(address))
        for address in sorted({*was, *here})
        if not _same(was.get(address), here.get(address))
    ]
    return (*found, *_problems(approved, now))


def _same(one: Change | None, other: Change | None) -> bool:
    return one is not None and other is not None and plan_file.meaning(one) == plan_file.meaning(other)


def _one(address: str, approved: Change | None, now: Change | None) -> Difference:
    side = Side.ADDED if approved is None else Side.GONE if now is None else Side.CHANGED
    return Difference(address, side, _words(approved), _words(now), tuple(_paths(approved, now)))


def _words(change: Change | None) -> str:
    """What a plan does with an object, less the paths: `update` or `deactivate: ACTIVE, INACTIVE`."""
    if change is None:
        return ""
    moves = [step for step in change.steps if isinstance(step, Transition)]
    states = [*(str(step.source) for step in moves[:1]), *(str(step.target) for step in moves)]
    return f"{change.action}: {', '.join(states)}" if states else str(change.action)


def _paths(approved: Change | None, now: Change | None) -> Iterator[PathDifference]:
    was, here = _fields(approved), _fields(now)
    for path in sorted({*was, *here}):
        one, other = was.get(path), here.get(path)
        if one is None or other is None or (one.op, one.before, one.after) != (other.op, other.before, other.after):
            yield PathDifference(".".join(path), one, other)


def _fields(change: Change | None) -> dict[tuple[str, ...], FieldChange]:
    fields = change.fields if change else ()
    return {field.path: field for field in fields if field.origin is not Origin.ACCEPTED}


def _problems(approved: Plan, now: Plan) -> Iterator[Difference]:
    """Problems that only one of the plans has."""
    was, here = ({(p.code, p.subject) for p in plan.problems} for plan in (approved, now))
    for code, subject in sorted(was ^ here):
        side = Side.GONE if (code, subject) in was else Side.ADDED
        word = f"problem {code}"
        before, after = (word, "") if side is Side.GONE else ("", word)
        yield Difference(subject or "plan", side, before, after)
