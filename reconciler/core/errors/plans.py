"""What stops a plan from being applied, or from coming true."""

from typing import TYPE_CHECKING

from reconciler.core.diagnostic import Rule
from reconciler.core.errors.root import ReconcilerError

if TYPE_CHECKING:
    from reconciler.core.difference import Difference


class PlanStale(ReconcilerError):
    """The world moved after the plan was made, or the plan is for another target, or the file was altered."""

    exit_code = 4
    rule = Rule(
        code="RUN004",
        summary="The plan no longer holds",
        why="Apply does exactly what was reviewed; when an object that the plan touches has changed since, it refuses "
        "before anything is written.",
        example="reconciler apply plan.json   # after somebody edited the object in the console",
        fix="Make a new plan, review it, apply that.",
    )


class PlanDiffers(PlanStale):
    """The world moved, and the plan that would be made now is another one than the approved."""

    rule = Rule(
        code="RUN043",
        summary="Another plan was approved",
        why="The organisation moved after the plan was made, so a plan was made anew; what it would do nobody has "
        "looked at. Had it been the same, it would have been applied.",
        example="reconciler apply plan.json   # after somebody edited a field that the plan changes",
        fix="Make a new plan, review how it differs, apply that.",
    )

    def __init__(self, detail: str, differences: "tuple[Difference, ...]") -> None:
        super().__init__(detail)
        self.differences = differences


class PlanUnusable(PlanStale):
    """A plan file that cannot be read, is of another format, or was altered."""

    rule = Rule(
        code="RUN041",
        summary="The plan file cannot be used",
        why="A saved plan is applied letter by letter, so it must be whole, of a format that this tool knows, and fit "
        "its own digest.",
        example="reconciler apply notes.txt",
        fix="Make a new plan with `reconciler plan --out plan.json`.",
    )


class Refused(ReconcilerError):
    """A guard said no: deletion not allowed, protection."""

    exit_code = 5
    rule = Rule(
        code="RUN005",
        summary="The plan was refused",
        why="Deleting what agents use is hard to undo, so it needs to be asked for by name or number.",
        example="reconciler apply plan.json   # a plan with deletes, without --allow-delete",
        fix="Check each deletion, then repeat with --allow-delete=N, N being their number.",
    )


class PlanHasProblems(Refused):
    """The plan names problems; it can be shown and saved, and not applied. Its code is the plan's."""

    rule = Rule(
        code="RUN051",
        summary="The plan has problems and cannot be applied",
        why="A plan is applied whole or not at all; one that could not be made whole may be read, not done.",
        example="reconciler apply   # a kind of object could not be read",
        fix="Solve the problems that the plan names, then plan again.",
    )

    def __init__(self, detail: str, exit_code: int) -> None:
        super().__init__(detail)
        self.exit_code = exit_code


class NotPromotable(Refused):
    """What is at hand is not what was applied in the environment that it is to be promoted from."""

    rule = Rule(
        code="RUN052",
        summary="More than variables differs",
        why="What was tried in one environment may go to the next; anything else that comes along was tried nowhere.",
        example="reconciler promote --from staging --to production   # with a change that staging has not seen",
        fix="Apply the same manifests in the first environment, look at them there, then promote.",
    )

    def __init__(self, detail: str, differences: tuple[str, ...], *, fix: str = "") -> None:
        super().__init__(detail, fix=fix)
        self.differences = differences


class PartialApply(ReconcilerError):
    """Some steps were done, some were not."""

    exit_code = 7
    rule = Rule(
        code="RUN007",
        summary="The plan was applied in part",
        why="A step failed; those that depended on it were not tried, independent ones were finished.",
        example="reconciler apply   # the metadata of one MCP server is unreachable",
        fix="Correct the cause, then plan and apply again; what is done is not repeated.",
    )


class NotReady(ReconcilerError):
    """An object is not fit to be activated."""

    exit_code = 9
    rule = Rule(
        code="RUN009",
        summary="The object is not ready",
        why="An MCP server is activated only in a run in which one of its authorization servers offered XAA or STS.",
        example="every authorization server of the MCP server is INVALID",
        fix="Read what stands in the way; correct it, then apply again.",
    )


class NotConverged(ReconcilerError):
    """The organisation accepted a write and then shows something else."""

    exit_code = 7
    rule = Rule(
        code="RUN071",
        summary="The organisation ignored or rewrote what was written",
        why="After each write the object is read back; a field that does not hold what was sent is reported by name.",
        example="a description that the organisation cuts to 100 characters",
        fix="Write the value that the organisation keeps, or remove the field from the manifest.",
    )


class Interrupted(ReconcilerError):
    """Ctrl-C or a termination signal."""

    exit_code = 130
    rule = Rule(
        code="RUN130",
        summary="The run was interrupted",
        why="The step in flight was finished, the rest was not begun.",
        example="Ctrl-C during apply",
        fix="Plan and apply again; what is done is not repeated.",
    )
