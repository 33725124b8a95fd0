"""Drift as an issue: what alarms, for whoever has to decide. It tells no time, so it changes with the drift only."""

from reconciler.core.document import Json
from reconciler.core.drift import Category, Difference, Drift, Judged
from reconciler.core.quantity import counted
from reconciler.render import drift_comment
from reconciler.render.drift import DIRECTIONS, STANDINGS, verdict
from reconciler.render.markup import code, escape
from reconciler.render.words import show

_ADVICE = (
    "For each of them: let the next apply restore the manifest, write the live value into the manifest, or accept it "
    "for a while with `reconciler drift accept PATH --owner … --reason … --expires 90d`."
)
_MOST = 60_000
"""Bytes of UTF-8 for the differences; GitHub takes 65,536 in all."""


def title(found: Drift) -> str:
    """Give the title of the issue. Environment names have no character with a meaning."""
    number = len(found.alarms) or len(found.problems)
    what = counted(number, "difference") if found.alarms else counted(number, "problem")
    return f"Drift in {found.target.environment}: {'none' if found.clean else what}"


def body(found: Drift) -> str:
    """Give the text of the issue; what does not fit is counted."""
    lines = [f"Environment {code(found.target.environment)}, organisation {code(found.target.organisation)}", ""]
    lines += [f"**{escape(verdict(found))}**", ""]
    items = [*map(_item, found.alarms), *map(drift_comment.problem, found.problems)]
    lines += drift_comment.fitting(items, _MOST)
    if found.alarms:
        lines += ["", _ADVICE]
    return "\n".join(lines).rstrip() + "\n"


def _item(each: Judged) -> str:
    what = each.difference
    lines = [f"- {code(what.path)} ({STANDINGS[each.standing]}: {DIRECTIONS[what.direction]})"]
    lines.append(f"  - live: {_value(what.live, what)}")
    if what.category is not Category.UNMANAGED:
        lines.append(f"  - manifest: {_value(what.wished, what)}{drift_comment.place(what)}")
    if each.acceptance:
        lines.append(f"  - accepted until {each.acceptance.expires} by {code(each.acceptance.owner)}")
    if each.actor:
        lines.append(drift_comment.done_by(each.actor))
    return "\n".join(lines)


def _value(value: Json, what: Difference) -> str:
    if value is None:
        return "not there"
    return code(value if what.category is not Category.FIELD and isinstance(value, str) else show(value))
