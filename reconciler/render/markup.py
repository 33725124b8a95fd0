"""Text in Markdown that cannot format, link, call somebody or leave its place."""

import re

from reconciler.render.words import plain

_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&#@$]")


def escape(text: str) -> str:
    """Our own text as it stands: every character with a meaning is written as its number.

    Not for text from outside: a mention or an issue number works in any text that is not a code span.
    """
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", plain(text))


def code(text: str) -> str:
    """Text from outside as a code span that it cannot leave."""
    shown = plain(text) or " "
    fence = "`" * (_longest_run(shown) + 1)
    inner = f" {shown} " if shown.startswith("`") or shown.endswith("`") else shown
    return f"{fence}{inner}{fence}"


def fenced(lines: list[str], language: str = "") -> str:
    """Lines as a code block that none of them can close."""
    shown = [plain(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in shown), 3)
    return "\n".join([f"{fence}{language}", *shown, fence])


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
