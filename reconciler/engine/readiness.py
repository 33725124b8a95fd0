"""Readiness: what the checks of an object's endpoints mean for its activation."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.evidence import Assessment
from reconciler.core.noun import dataclass

NOT_CONNECTABLE = Rule(
    code="PLN020",
    summary="The readiness checks say that the object is not ready",
    why="Agents could not get a token for it. It is asked again right before its activation, and not activated then.",
    example="an MCP server whose metadata names an authorization server that offers neither XAA nor STS",
    fix="Follow the checks that stand in the way (`reconciler explain CODE`, `reconciler probe ADDRESS`).",
    severity=Severity.WARNING,
)
NOT_OBSERVED = Rule(
    code="PLN021",
    summary="Whether the object is ready could not be observed",
    why="What cannot be reached from here is not invalid: others may reach it. The setting `probe.unobserved` decides.",
    example="an MCP server behind a firewall that lets Okta in, and not the CI runner",
    fix="Look with `reconciler probe ADDRESS --explain-unknown`, from a place that can reach it.",
    severity=Severity.WARNING,
)
RULES = (NOT_CONNECTABLE, NOT_OBSERVED)


class Gate(StrEnum):
    """What readiness decides: nothing, an activation while it is performed, or the whole plan beforehand."""

    OFF = "off"
    ACTIVATE = "activate"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Strictness:
    """The gate, and whether what could not be observed counts as not ready."""

    gate: Gate = Gate.ACTIVATE
    refuses_unobserved: bool = False

    def refuses(self, assessment: Assessment) -> bool:
        """Whether an object of which this is known must not be activated."""
        if self.gate is Gate.OFF:
            return False
        return assessment.ready is False or (assessment.ready is None and self.refuses_unobserved)


def notes(assessment: Assessment, strictness: Strictness, subject: str) -> Iterator[Diagnostic]:
    """What a reviewer is told of an object that is to be activated; an error where the gate is the plan."""
    if assessment.ready is True or strictness.gate is Gate.OFF:
        return
    rule = NOT_OBSERVED if assessment.ready is None else NOT_CONNECTABLE
    found = rule.found(told(assessment), subject=subject)
    stops = strictness.gate is Gate.PLAN and strictness.refuses(assessment)
    yield replace(found, severity=Severity.ERROR) if stops else found


def told(assessment: Assessment) -> str:
    """The assessment in one sentence, with the place that it was seen from."""
    return f"Seen from {assessment.vantage}: {assessment.narrative.rstrip('.')}."
