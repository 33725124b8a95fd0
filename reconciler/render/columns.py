"""Text in the columns of a terminal: how wide it is, where a line may end, and what is left out of a long value."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from reconciler.render.review import Piece

_CONTEXT = 12
"""So many characters of what both sides share stay beside a part that differs."""
_LEAST = 8
"""Cells that a part that differs gets, however narrow it is."""


def cells(text: str) -> int:
    """How many columns a text takes: two for wide letters, none for marks that combine."""
    return len(text) if text.isascii() else sum(_cells(ch) for ch in text)


def _cells(ch: str) -> int:
    if unicodedata.combining(ch):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def filled(text: str, width: int) -> str:
    """Text with blanks up to a width."""
    return text + " " * (width - cells(text))


def lines(text: str, width: int) -> Iterator[str]:
    """Text in lines of at most `width` columns, broken at blanks; one line where there is no width.

    A word that is longer than a line stands on one of its own: an address that was cut could not be copied.
    """
    if not width or cells(text) <= width:
        yield text
        return
    line, taken = "", 0
    for word in text.split(" "):
        wide = cells(word)
        if line and taken + 1 + wide > width:
            yield line
            line, taken = word, wide
        else:
            line, taken = (f"{line} {word}", taken + 1 + wide) if line else (word, wide)
    yield line


def clipped(text: str, width: int, more: str = "…") -> str:
    """Text of at most `width` columns, with a mark where something was left out."""
    if cells(text) <= width:
        return text
    room = width - len(more)
    taken = accumulate(_cells(ch) for ch in text)
    return "".join(ch for ch, wide in zip(text, taken, strict=True) if wide <= room) + more


def fitted(pieces: Sequence[Piece], width: int, more: str = "…") -> tuple[Piece, ...]:
    """A value of about `width` columns, in which what differs stays visible longest."""
    if sum(cells(piece.text) for piece in pieces) <= width:
        return tuple(pieces)
    place = next((number for number, piece in enumerate(pieces) if piece.changed), None)
    if place is None:
        return (Piece(clipped("".join(piece.text for piece in pieces), width, more)),)
    head, tail = ("".join(piece.text for piece in part) for part in (pieces[:place], pieces[place + 1 :]))
    differs = clipped(pieces[place].text, max(_LEAST, width - 2 * _CONTEXT), more)
    room = max(_CONTEXT, width - cells(differs))
    after = clipped(tail, max(_CONTEXT, room - cells(head)), more)
    before = _end(head, max(_CONTEXT, room - cells(after)), more)
    return tuple(piece for piece in (Piece(before), Piece(differs, changed=True), Piece(after)) if piece.text)


def _end(text: str, width: int, more: str) -> str:
    """The end of a text, with a mark where its beginning was left out."""
    return clipped(text[::-1], width, more[::-1])[::-1]
