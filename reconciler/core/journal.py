"""The journal of a run: what is written down before and after something is sent. Values only, and no writing."""

from enum import StrEnum

from reconciler.core.noun import dataclass


class Phase(StrEnum):
    """What a line of the journal says.

    A run is BEGUN, or RESUMED after it was cut off, and OVER. A write of a step is an INTENT before it is sent, then
    ANSWERED, and ENDED where an operation was followed. A step is VERIFIED or FAILED. What people change BY_HAND is of
    no run.
    """

    BEGUN = "begun"
    RESUMED = "resumed"
    INTENT = "intent"
    ANSWERED = "answered"
    ENDED = "ended"
    VERIFIED = "verified"
    FAILED = "failed"
    OVER = "over"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Told:
    """An organisation's answer to a write. `request` is its id of the request, `operation` where to follow what it does
    by itself, `record` the id that the answer names; empty where there is none. `status` 0: it refused.
    """

    status: int
    request: str = ""
    operation: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier part of the run left of a step that it did not finish.

    `begun`: something was, or may have been, sent. `doubtful`: of the last write no answer is known. `unanswered`: of
    some write none is, be it the last one or one before. `operation`: one that was not seen to end. `record`: the
    object of the step's first write, where an answer named it. `further`: there was another write after the first one,
    so that the operation, and what it names, is that one's. `named`: every id that an answer to a write of the step
    named.
    """

    begun: bool = False
    doubtful: bool = False
    unanswered: bool = False
    operation: str = ""
    record: str = ""
    further: bool = False
    named: frozenset[str] = frozenset()


class Unwritten:
    """The journal of a run that nobody will resume: for tests, and where a backend only reads."""

    def watcher(self, step: str) -> "Unwritten":
        del step
        return self

    def past(self, step: str) -> Past:
        del step
        return Past()

    def sends(self, method: str, path: str) -> None:
        """Let it be sent."""

    def answered(self, told: Told) -> None:
        """Forget it."""

    def ended(self, record: str) -> None:
        """Forget it."""
