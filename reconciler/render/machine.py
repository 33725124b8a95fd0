"""Everything as JSON, for machines. Members are only ever added within one major version."""

from collections.abc import Sequence
from typing import Any

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import Document, pretty
from reconciler.core.errors import PlanDiffers, ReconcilerError
from reconciler.core.result import Result, StepResult
from reconciler.render.shapes import ApplyResult, Fault, StepEnd, Stop, Stopped, Validation, dumped


def dump(value: Any) -> str:
    """Give the one text of a JSON document that this program prints."""
    return pretty(value)


def fault(found: Diagnostic) -> Fault:
    """Give a diagnostic as it is published."""
    return Fault(**_members(found))


def diagnostic(found: Diagnostic) -> Document:
    """Give a diagnostic as JSON values."""
    return dumped(fault(found))


def _members(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": found.severity,
        "summary": found.summary,
        "detail": found.detail,
        "fix": found.fix or None,
        "subject": found.subject or None,
        "source": found.source,
    }


def diagnostics(found: Sequence[Diagnostic], files: int | None = None, documents: int | None = None) -> Document:
    """Give diagnostics with a verdict; and how much was looked at, where that is known."""
    valid = not any(item.is_error for item in found)
    return dumped(Validation(valid, [fault(item) for item in found], files, documents))


def error(stopped: ReconcilerError) -> Document:
    """Give what stopped a run."""
    differences = stopped.differences if isinstance(stopped, PlanDiffers) else None
    return dumped(Stopped(Stop(**_members(stopped.diagnostic), exit_code=stopped.exit_code), differences))


def step_result(result: StepResult) -> StepEnd:
    """Give one step's result."""
    return StepEnd(
        step=result.step.id,
        address=str(result.step.address),
        op=result.step.op,
        outcome=result.outcome,
        record=result.record,
        note=result.note or None,
        error=fault(result.error.diagnostic) if result.error else None,
    )


def result(performed: Result) -> Document:
    """Give what happened to all steps."""
    return {
        "run": None,
        "resume": None,
        **dumped(
            ApplyResult(
                ok=performed.ok,
                exit_code=performed.exit_code,
                steps=[step_result(item) for item in performed.steps],
                run=performed.run or None,
                resume=performed.resume or None,
            )
        ),
    }
