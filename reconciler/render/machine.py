"""Everything as JSON, for machines. Members are only ever added within one major version."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Document, pretty, without_none
from reconciler.core.errors import ReconcilerError
from reconciler.core.history import Lock, Run
from reconciler.core.result import Result, StepResult


def dump(value: Any) -> str:
    """Give the one text of a JSON document that this program prints."""
    return pretty(value)


def diagnostic(found: Diagnostic) -> Document:
    """Give a diagnostic as JSON values."""
    source = found.source
    return without_none(
        {
            "code": found.code,
            "severity": str(found.severity),
            "summary": found.summary,
            "detail": found.detail,
            "fix": found.fix or None,
            "subject": found.subject or None,
            "source": {"file": source.file, "line": source.line, "column": source.column} if source else None,
        }
    )


def diagnostics(found: Sequence[Diagnostic]) -> Document:
    """Give diagnostics with a verdict."""
    return {"valid": not any(item.is_error for item in found), "diagnostics": [diagnostic(item) for item in found]}


def error(stopped: ReconcilerError) -> Document:
    """Give what stopped a run."""
    return {"error": {**diagnostic(stopped.diagnostic), "exit_code": stopped.exit_code}}


def step_result(result: StepResult) -> Document:
    """Give one step's result."""
    return without_none(
        {
            "step": result.step.id,
            "address": str(result.step.address),
            "op": result.step.op,
            "outcome": str(result.outcome),
            "record": result.record,
            "note": result.note or None,
            "error": diagnostic(result.error.diagnostic) if result.error else None,
        }
    )


def result(performed: Result) -> Document:
    """Give what happened to all steps."""
    return {
        "ok": performed.ok,
        "exit_code": performed.exit_code,
        "run": performed.run or None,
        "resume": performed.resume or None,
        "steps": [step_result(item) for item in performed.steps],
    }


def rule(page: Rule) -> Document:
    """Give the page of a rule."""
    return {
        "code": page.code,
        "severity": str(page.severity),
        "summary": page.summary,
        "why": page.why,
        "example": page.example,
        "fix": page.fix,
    }


def run(found: Run) -> Document:
    """Give one run; times are in seconds since 1970."""
    return {field.name: getattr(found, field.name) for field in fields(found)}


def lock(held: Lock) -> Document:
    """Give one lock; times are in seconds since 1970."""
    return {field.name: getattr(held, field.name) for field in fields(held)}
