"""What an apply tells while it runs: one value an event. No file, no clock."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from reconciler.core.diagnostic import Severity
from reconciler.core.document import Document
from reconciler.core.noun import dataclass
from reconciler.core.plan import AddressText, Step
from reconciler.core.result import Outcome, Result, StepResult

FORMAT_VERSION = "1.0"
Op = Literal["create", "update", "transition"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has begun, or goes on with the steps that an earlier part of it has not `done`."""

    environment: str
    organisation: str
    digest: str
    steps: int
    done: int = 0
    type: Literal["run-started"] = "run-started"


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Nothing has been sent for the step yet."""

    step: str
    address: AddressText
    op: Op
    type: Literal["step-started"] = "step-started"


@dataclass(frozen=True, slots=True)
class StepSent:
    """A write of the step is in the journal and goes out now; a step may send several."""

    step: str
    method: str
    path: str
    type: Literal["step-sent"] = "step-sent"


@dataclass(frozen=True, slots=True)
class StepDone:
    """The step is proven; `record` is the id of its object."""

    step: str
    address: AddressText
    op: Op
    outcome: Outcome
    record: str = ""
    note: str = ""
    type: Literal["step-done"] = "step-done"


@dataclass(frozen=True, slots=True)
class StepFailed:
    """The step did not succeed; what it has sent may have happened."""

    step: str
    address: AddressText
    op: Op
    outcome: Outcome
    code: str
    severity: Severity
    detail: str
    fix: str = ""
    record: str = ""
    type: Literal["step-failed"] = "step-failed"


@dataclass(frozen=True, slots=True)
class StepBlocked:
    """The step was not tried: another one failed, enough had failed, or the run was stopped."""

    step: str
    address: AddressText
    op: Op
    outcome: Outcome
    type: Literal["step-blocked"] = "step-blocked"


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last line. `code` names what stopped the run as a whole, where something did; `steps` counts outcomes."""

    ok: bool
    exit_code: int
    steps: dict[Outcome, int]
    resume: str = ""
    code: str = ""
    type: Literal["run-ended"] = "run-ended"


Event = RunStarted | StepStarted | StepSent | StepDone | StepFailed | StepBlocked | RunEnded
Tell = Callable[[Event], None]
"""Takes each event as it happens, from any thread; never raises."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file. `seq` counts from 1 without gaps, `at` is ISO 8601 in UTC."""

    seq: int
    at: str
    run: int
    event: Annotated[Event, Field(discriminator="type")]
    format_version: Annotated[str, Field(pattern=r"^1\.[0-9]+$")] = FORMAT_VERSION


def started(step: Step) -> StepStarted:
    """The event of a step that is begun."""
    return StepStarted(step.id, step.address, step.op)


def ended(result: StepResult) -> Event:
    """The event of a step that has ended."""
    step = result.step
    if result.ok:
        return StepDone(step.id, step.address, step.op, result.outcome, result.record or "", result.note)
    if result.error is None:
        return StepBlocked(step.id, step.address, step.op, result.outcome)
    found = result.error.diagnostic
    return StepFailed(
        step=step.id,
        address=step.address,
        op=step.op,
        outcome=result.outcome,
        code=found.code,
        severity=found.severity,
        detail=found.detail,
        fix=found.fix,
        record=result.record or "",
    )


def over(result: Result, exit_code: int | None = None, code: str = "") -> RunEnded:
    """The event of a run that has ended; with `code` and its exit code where it was stopped as a whole."""
    steps = {outcome: number for outcome in Outcome if (number := result.count(outcome))}
    return RunEnded(
        ok=result.ok and not code,
        exit_code=result.exit_code if exit_code is None else exit_code,
        steps=steps,
        resume=result.resume,
        code=code,
    )


@cache
def _adapter() -> TypeAdapter[Line]:
    return TypeAdapter(Line)


def to_document(line: Line) -> Document:
    """Give a line as JSON values."""
    made: Document = _adapter().dump_python(line, mode="json")
    return made


def schema() -> Document:
    """The JSON Schema (draft 2020-12) of one line of `apply --events`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mcp-reconciler:schema:event:1",
        **_adapter().json_schema(mode="serialization"),
        "title": "Event",
    }
