"""How much of an organisation is read again: a word of the command line, which knows nothing of what was read."""

from enum import StrEnum


class Refresh(StrEnum):
    """What is read again although an earlier reading saw it."""

    AUTO = "auto"
    """What the lists show as moved, what the System Log names where it can be read, and what was read too long ago."""
    LOG = "log"
    """The same; everything where the System Log cannot tell what has changed."""
    FULL = "full"
    """Everything."""
