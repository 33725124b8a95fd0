"""Which of the allowed names the author may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80
_MOST = 2_000


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Give the most similar name, or None when none is similar; upper and lower case count as equal.

    Bounded: hostile input may hold long names and many of them.
    """
    if len(name) > _LONGEST:
        return None
    close = [each for each in names if abs(len(each) - len(name)) <= max(3, len(name) // 2)]
    folded = {each.casefold(): each for each in reversed(close[:_MOST])}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.65)
    return folded[found[0]] if found else None
