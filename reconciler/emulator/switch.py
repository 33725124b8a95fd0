"""One open question and its answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice: closed (`values`) or a whole number of at least zero (`values` empty)."""

    name: str
    default: str
    description: str
    row: str
    values: tuple[str, ...] = ()

    def accepts(self, value: str) -> bool:
        if self.values:
            return value in self.values
        return value.isascii() and value.isdigit() and len(value) < 10  # noqa: PLR2004  # fits any use as seconds or count
