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


class LockHeld(ReconcilerError):
    """Another run is writing to the same organisation."""

    exit_code = 6
    rule = Rule(
        code="RUN006",
        summary="Another run holds the lock",
        why="Two applies that change one object at once would undo each other's work. Plans and drift never wait.",
        example="two merges in quick succession, each with its apply job",
        fix="Wait for it, or repeat with --lock-timeout=SECONDS. One that was killed blocks nobody beyond its lease.",
    )


class LeaseLost(LedgerError):
    """The right to write was taken over by somebody else; nothing more is sent."""

    exit_code = 6
    rule = Rule(
        code="RUN061",
        summary="The lock was taken over",
        why="A run that shows no sign of life until its lease ends, or whose lock was taken away, may not go on: "
        "somebody else may be writing by now.",
        example="a laptop that was asleep in the middle of an apply",
        fix="See who holds it with `reconciler state locks`; then resume the run, or plan anew.",
    )


class RunUnknown(ReconcilerError):
    """There is no such run, or none that could be resumed."""

    exit_code = 64
    rule = Rule(
        code="RUN068",
        summary="There is no such run",
        why="Runs are counted for each organisation; the ledger of another environment does not know this one's.",
        example="reconciler apply --resume 99",
        fix="See `reconciler history`.",
    )


class RunOver(ReconcilerError):
    """The run cannot be resumed: it is complete, or a later one has changed the world since."""

    exit_code = 4
    rule = Rule(
        code="RUN042",
        summary="The run is over",
        why="Resuming continues an approved plan from where it stood. A complete one has nothing left; after a later "
        "run the world is no longer the one that was approved.",
        example="reconciler apply --resume 3   # after run 4",
        fix="Plan again; what is done is not repeated.",
    )


class HistoryBroken(ReconcilerError):
    """The chain of the journal does not hold."""

    rule = Rule(
        code="RUN013",
        summary="The history was altered",
        why="Each line of the journal carries a hash over itself and the line before, so that none can be changed or "
        "taken out unnoticed; the list of runs and their plans are held against it.",
        example="a line that was deleted in the database",
        fix="Find out who could write to the ledger; compare with the logs of the pipeline and the organisation.",
    )
