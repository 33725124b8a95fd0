"""Sections of the page of results that are measured by themselves: put in their place, and kept in a new page."""

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write(part: str) -> None:
    """Make a text that begins with its title the section of the page, in place of the one that it had."""
    RESULTS.write_text(_joined(RESULTS.read_text(encoding="utf-8"), part), encoding="utf-8")


def carried(old: str, new: str, titles: tuple[str, ...]) -> str:
    """Give a new page with the sections that the old one had, unless it has some of its own."""
    for title in titles:
        found = _section(title).search(old)
        if found is not None and title not in new:
            new = _joined(new, found[0])
    return new


def _section(title: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(title)}\n.*?(?=\n## |\Z)", re.DOTALL)


def _joined(page: str, part: str) -> str:
    """The page with a section before its notes."""
    bare = _section(part.strip().partition("\n")[0]).sub("", page).replace("\n\n\n", "\n\n")
    before, notes, after = bare.partition("## Notes\n")
    return f"{before.rstrip()}\n\n{part.strip()}\n\n{notes}{after}".rstrip() + "\n"
