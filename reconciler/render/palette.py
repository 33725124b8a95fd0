"""Colour and symbols of a terminal, as a value; renderers ask for meaning, never for an escape sequence."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from reconciler.core.noun import dataclass
from reconciler.core.plan import Action
from reconciler.render.words import ASCII_SYMBOLS, SYMBOLS


class Tone(StrEnum):
    """What a piece of text means."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    MOVE = "move"
    TROUBLE = "trouble"
    CAUTION = "caution"
    FAINT = "faint"
    STRONG = "strong"


_ANSI = {
    Tone.ADD: "32",
    Tone.CHANGE: "33",
    Tone.REMOVE: "31",
    Tone.MOVE: "36",
    Tone.TROUBLE: "1;31",
    Tone.CAUTION: "33",
    Tone.FAINT: "2",
    Tone.STRONG: "1",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """How to write for one terminal: with colour or without, in which signs, and how many columns wide (0: any)."""

    colour: bool = False
    symbols: Mapping[Action, str] = field(default_factory=lambda: SYMBOLS)
    width: int = 0

    def paint(self, text: str, tone: Tone) -> str:
        return f"\x1b[{_ANSI[tone]}m{text}\x1b[0m" if self.colour and text else text

    @property
    def in_words(self) -> bool:
        """Whether signs are read aloud, so that words stand in their place."""
        return self.symbols is WORDS

    @property
    def arrow(self) -> str:
        return "to" if self.in_words else "->" if self.symbols is ASCII_SYMBOLS else "→"

    @property
    def pointer(self) -> str:
        """What stands before a place in a file."""
        return "at" if self.in_words else self.arrow

    @property
    def dash(self) -> str:
        return "—" if self.symbols is SYMBOLS else "-"

    @property
    def more(self) -> str:
        """What stands where something was left out."""
        return "…" if self.symbols is SYMBOLS else "..."

    def sign(self, op: str) -> str:
        """The mark of a path that is added, changed or removed."""
        return op if self.in_words else {"add": "+", "remove": "-"}.get(op, "~")


WORDS: Mapping[Action, str] = {action: str(action) for action in Action}
"""The symbols of a person who listens."""

PLAIN = Palette()
ASCII = Palette(symbols=ASCII_SYMBOLS)
SPOKEN = Palette(symbols=WORDS)
