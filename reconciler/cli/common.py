"""Where a command works and how it speaks, as one value."""

from pathlib import Path

from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Common:
    """Where to work and how to speak."""

    root: Path = Path()
    environment: str | None = None
    output: str = "human"
    colour: bool | None = None
    symbols: bool = True
    verbose: bool = False
    quiet: bool = False

    @property
    def json(self) -> bool:
        return self.output == "json"
