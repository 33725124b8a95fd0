"""Colour and symbols of a terminal, as a value; renderers ask for meaning, never for an escape sequence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    """How to write for one terminal: with colour or without, with symbols or their ASCII twins."""

    colour: bool = False
    symbols: Mapping[Action, str] = field(default_factory=lambda: SYMBOLS)

    def paint(self, text: str, tone: Tone) -> str:
        return f"\x1b[{_ANSI[tone]}m{text}\x1b[0m" if self.colour and text else text

    @property
    def arrow(self) -> str:
        return "->" if self.symbols is ASCII_SYMBOLS else "→"

    @property
    def dash(self) -> str:
        return "-" if self.symbols is ASCII_SYMBOLS else "—"


PLAIN = Palette()
ASCII = Palette(symbols=ASCII_SYMBOLS)
