"""A promotion: what was shown about two environments of one registry. Values only."""

from reconciler.core.diagnostic import Source
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Varied:
    """One text that is not the same in two environments, since it holds variables."""

    path: str
    variables: tuple[str, ...]
    before: str
    after: str
    source: Source


@dataclass(frozen=True, slots=True)
class Promotion:
    """The manifests at hand are what a run has applied in one environment; in the other only these texts differ."""

    from_environment: str
    to_environment: str
    run: int
    letter_by_letter: bool
    """Whether the run was made from exactly these manifests and settings; else object by object."""
    varied: tuple[Varied, ...]
