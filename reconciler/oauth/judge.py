"""Runs every check over what was observed; the one order of findings."""

from reconciler.core.evidence import Finding
from reconciler.oauth.observation import Observation
from reconciler.oauth.verdict import Conclusion


def judge(observation: Observation) -> tuple[Finding, ...]:
    """Every check once for each subject that it is about: pass, fail, skip or unknown. Pure, and never raises."""
    raise NotImplementedError


def conclude(observation: Observation) -> Conclusion:
    """Judge, derive the capabilities, and say whether the server is ready."""
    raise NotImplementedError
