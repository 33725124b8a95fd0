"""Drift as an issue: what alarms, for whoever has to decide. It tells no time, so it changes with the drift only."""

from collections.abc import Iterator

from reconciler.core.document import Json
from reconciler.core.drift import Category, Difference, Direction, Drift, Judged, Standing
from reconciler.render.drift import verdict
from reconciler.render.markup import code, escape
from reconciler.render.words import counted, show

_ADVICE = (
    "For each of them: let the next apply restore the manifest, write the live value into the manifest, or accept it "
    "for a while with `reconciler drift accept PATH --owner … --reason … --expires 90d`."
)
_MOST = 60_000
"""Bytes of UTF-8 for the differences; GitHub takes 65,536 in all."""
_DIRECTIONS = {
    Direction.EXTRA: "the organisation has more",
    Direction.LACKS: "the organisation lacks it",
    Direction.DIFFERS: "the two differ",
}
_STANDINGS = {Standing.NEW: "new", Standing.CHANGED: "changed since accepted", Standing.EXPIRED: "accepted, expired"}


def title(found: Drift) -> str:
    """Give the title of the issue. Environment names have no character with a meaning."""
    number = len(found.alarms) or len(found.problems)
    what = counted(number, "difference") if found.alarms else counted(number, "problem")
    return f"Drift in {found.target.environment}: {'none' if found.clean else what}"


def body(found: Drift) -> str:
    """Give the text of the issue; what does not fit is counted."""
    lines = [f"Environment {code(found.target.environment)}, organisation {code(found.target.organisation)}", ""]
    lines += [f"**{escape(verdict(found))}**", ""]
    lines += _fitting(list(_items(found)))
    if found.alarms:
        lines += ["", _ADVICE]
    return "\n".join(lines).rstrip() + "\n"


def _fitting(items: list[str]) -> list[str]:
    room = _MOST
    shown: list[str] = []
    for item in items:
        room -= len(item.encode("utf-8")) + 1
        if room < 0:
            return [*shown, f"- {len(items) - len(shown)} more, left out here"]
        shown.append(item)
    return shown


def _items(found: Drift) -> Iterator[str]:
    for each in found.alarms:
        yield _item(each)
    for problem in found.problems:
        yield f"- **{escape(problem.code)}** {escape(problem.summary)}: {code(problem.detail)}"


def _item(each: Judged) -> str:
    what = each.difference
    lines = [f"- {code(what.path)} ({_STANDINGS[each.standing]}: {_DIRECTIONS[what.direction]})"]
    lines.append(f"  - live: {_value(what.live, what)}")
    if what.category is not Category.UNMANAGED:
        place = f" at {code(str(what.source))}" if what.source else ""
        lines.append(f"  - manifest: {_value(what.wished, what)}{place}")
    if each.acceptance:
        lines.append(f"  - accepted until {each.acceptance.expires} by {code(each.acceptance.owner)}")
    if each.actor:
        lines.append(f"  - by {code(each.actor.name)} at {code(each.actor.at)}, {code(each.actor.event)}")
    return "\n".join(lines)


def _value(value: Json, what: Difference) -> str:
    if value is None:
        return "not there"
    return code(value if what.category is not Category.FIELD and isinstance(value, str) else show(value))
