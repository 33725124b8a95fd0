"""The small vocabulary that all renderers share: symbols, values, plain text, counts."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.document import Json, Ref, is_visible
from reconciler.core.plan import Action, FieldChange, Origin

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.ACTIVATE: "▲",
    Action.DEACTIVATE: "▼",
    Action.REVALIDATE: "✔",
    Action.ADOPT: "=",
    Action.MOVE: ">",
    Action.FORGET: ".",
    Action.BLOCKED: "!",
    Action.UNKNOWN: "?",
    Action.NOOP: "·",
}
ASCII_SYMBOLS = SYMBOLS | {
    Action.REPLACE: "-/+",
    Action.ACTIVATE: "^",
    Action.DEACTIVATE: "v",
    Action.REVALIDATE: "*",
    Action.NOOP: "_",
}

VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.ACTIVATE: "to activate",
    Action.DEACTIVATE: "to deactivate",
    Action.REVALIDATE: "to revalidate",
    Action.ADOPT: "unchanged",
    Action.MOVE: "renamed",
    Action.FORGET: "forgotten",
    Action.BLOCKED: "blocked",
    Action.UNKNOWN: "unknown",
    Action.NOOP: "unchanged",
}

REASONS = {
    "missing": "not in the organisation",
    "fields-differ": "differs",
    "state-differs": "is in another state",
    "identity-changed": "its identity changed",
    "invalid": "the organisation calls it INVALID",
    "tombstone": "marked absent",
    "orphaned": "its document is gone",
    "renamed": "renamed, nothing else changes",
    "gone": "gone, and no manifest describes it",
    "protected": "protected",
    "held": "something else uses it",
    "no-route": "no legal route",
    "unreadable": "could not be read",
    "ambiguous": "more than one object fits",
    "conflict": "both sides changed it",
    "converged": "as wished",
    "accepted": "accepted as it is",
    "not-remembered": "not remembered",
    "remembered-otherwise": "remembered otherwise",
}
"""Why something happens, in words."""

_LONGEST = 240


_COMMAND = re.compile(r"##(?=\[)|(?:^|(?<=\s))::(?=[A-Za-z])")


def plain(text: str) -> str:
    """Text from outside as it may stand on a terminal: one line, everything invisible or direction-changing escaped.

    So is what the log of a CI job would take for a command: `##[...]` anywhere, `::name` where a line may begin.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(ch if is_visible(ch) else f"\\u{ord(ch):04x}" for ch in text)
    if "##[" in text or "::" in text:
        return _COMMAND.sub(lambda found: found[0][0] + f"\\u{ord(found[0][1]):04x}", text)
    return text


def show(value: Json) -> str:
    """One JSON value on one line, shortened when it is very long; a reference as what will be known after the apply."""
    return shortened(whole(value))


def whole(value: Json) -> str:
    """One JSON value on one line, however long it is."""
    ref = Ref.read(value)
    if ref is not None:
        return f"({ref.attribute} of {ref.address}, known after apply)"
    return plain(json.dumps(value, ensure_ascii=False, sort_keys=True))


def shortened(text: str, most: int = _LONGEST) -> str:
    """Text that is not endless."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def leaves(change: FieldChange) -> Iterator[FieldChange]:
    """A change as lines: an added or removed object becomes one line a member, so that nothing hides in a blob."""
    value = change.after if change.op == "add" else change.before
    if change.op == "change" or not isinstance(value, dict) or not value or Ref.read(value):
        yield change
        return
    for key, item in sorted(value.items()):
        last = change.last.get(key) if isinstance(change.last, dict) else None
        part = replace(
            change, path=(*change.path, key), last=last, **{"after" if change.op == "add" else "before": item}
        )
        yield from leaves(part)


def told(change: FieldChange) -> str:
    """Whose doing a difference is, in words; nothing for what the manifest changed."""
    was = "not there" if change.last is None else show(change.last)
    match change.origin:
        case Origin.DRIFT:
            return f"drift: was {was} when last applied"
        case Origin.CONFLICT:
            return f"conflict: was {was} when last applied"
        case Origin.ACCEPTED:
            return "accepted: stays as it is"
        case _:
            return ""
