"""What happened to one step, and what happened to all."""

from enum import StrEnum

from reconciler.core.errors import NotReady, PartialApply, ReconcilerError
from reconciler.core.noun import dataclass
from reconciler.core.plan import Step


class Outcome(StrEnum):
    """How a step ended. BLOCKED: a step that it depended on did not succeed, so it was not tried.

    NOT_TRIED: the run ended before, because enough had failed. INTERRUPTED: somebody stopped the run before.
    """

    DONE = "done"
    ALREADY = "already"
    FAILED = "failed"
    BLOCKED = "blocked"
    NOT_TRIED = "not-tried"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class StepResult:
    """What happened to one step. `record` is the id of the object, where there is one; `note` tells the unplanned."""

    step: Step
    outcome: Outcome
    record: str | None = None
    error: ReconcilerError | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome in {Outcome.DONE, Outcome.ALREADY}


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to all steps of a plan."""

    steps: tuple[StepResult, ...]
    run: int = 0
    """The number under which the ledger knows it; 0 when nothing was written down."""

    @property
    def resume(self) -> str:
        """The command that goes on with what is left; empty when nothing is, or when going on alone would not help."""
        if self.ok or not self.run or self.exit_code == NotReady.exit_code:
            return ""
        return f"reconciler apply --resume {self.run}"

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def exit_code(self) -> int:
        """0 when all went well, 130 when interrupted; a lone kind of failure keeps its own code, else 7.

        When all that failed is readiness, that is the answer, whatever else was done: there is nothing to resume.
        """
        if self.ok:
            return 0
        if any(step.outcome is Outcome.INTERRUPTED for step in self.steps):
            return 130
        codes = {step.error.exit_code for step in self.steps if step.error}
        if codes == {NotReady.exit_code}:
            return NotReady.exit_code
        if any(step.ok for step in self.steps):
            return PartialApply.exit_code
        return codes.pop() if len(codes) == 1 else PartialApply.exit_code

    def count(self, outcome: Outcome) -> int:
        return sum(step.outcome is outcome for step in self.steps)
