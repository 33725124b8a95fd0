"""Where two plans part, as text: what was approved, and what would be done now."""

from collections.abc import Iterator, Sequence

from reconciler.core.difference import Difference, Side
from reconciler.core.plan import FieldChange
from reconciler.core.quantity import counted
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import plain, show

_MARKS = {Side.ADDED: "+", Side.GONE: "-", Side.CHANGED: "~"}
_TONES = {Side.ADDED: Tone.ADD, Side.GONE: Tone.REMOVE, Side.CHANGED: Tone.CHANGE}
NOTHING = "nothing"


def render(found: Sequence[Difference], palette: Palette = PLAIN) -> str:
    """Give the difference of two plans as text, ending with one line that counts."""
    lines = [line for each in found for line in _lines(each, palette)]
    numbers = ", ".join(f"{number} {side}" for side in Side if (number := sum(each.side is side for each in found)))
    return (
        "\n".join(["Approved plan and plan of now:", *lines, f"{counted(len(found), 'difference')}: {numbers}."]) + "\n"
    )


def _lines(each: Difference, palette: Palette) -> Iterator[str]:
    mark = palette.paint(f"{_MARKS[each.side]} {plain(each.address)}", _TONES[each.side])
    approved, now = plain(each.approved) or NOTHING, plain(each.now) or NOTHING
    yield f"{mark}  {now}" if approved == now else f"{mark}  approved: {approved}; now: {now}"
    for path in each.paths:
        yield f"    {plain(path.path)}"
        yield f"      approved: {_field(path.approved)}"
        yield f"      now:      {_field(path.now)}"


def _field(field: FieldChange | None) -> str:
    if field is None:
        return NOTHING
    match field.op:
        case "add":
            return f"add {show(field.after)}"
        case "remove":
            return f"remove {show(field.before)}"
        case _:
            return f"{show(field.before)} -> {show(field.after)}"
