"""What stops a run on the side of its own memory: the ledger, and the lock that it keeps for writers."""

from reconciler.core.diagnostic import Rule
from reconciler.core.errors.root import ReconcilerError


class LedgerError(ReconcilerError):
    """The ledger cannot be opened, read or written. An apply that meets this sends nothing more."""

    rule = Rule(
        code="RUN011",
        summary="The ledger cannot be used",
        why="Nothing is sent before it is written down, so that a run can be resumed after being killed at any moment.",
        example="reconciler apply   # on a full disk, or with a damaged .reconciler/ledger.sqlite",
        fix="Mend what the detail names. A damaged file may be moved away: every object is found again by its key.",
    )


class LedgerNewer(LedgerError):
    """The ledger was written by a newer version of this tool."""

    rule = Rule(
        code="RUN012",
        summary="The ledger is newer than this tool",
        why="A newer version has changed what the tables mean; an older one would misread them or write over them.",
        example="one job of a pipeline upgraded, another not",
        fix="Use the version that wrote it, or a newer one.",
    )
