"""What the organisation itself says has happened to an object."""

from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the System Log about an object: what it was, when (ISO 8601), whose doing, and what it changed."""

    event: str
    at: str
    actor: str
    changed: frozenset[str] = frozenset()
    """Members that it names as changed; empty where it does not say."""
