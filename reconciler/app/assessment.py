"""From what a probe found to what a plan is told: ready or not, why, and the findings that say so."""

from collections.abc import Iterator

from reconciler.core.evidence import Assessment, Finding, Gate, Tier, Verdict, Weight
from reconciler.oauth import CHECKS, Conclusion, Target, weight_of
from reconciler.oauth.debounce import SECURITY
from reconciler.oauth.probe import Probed

_OWN_METADATA = "PRM005"
"""A check that judges the server's own metadata: unknown when no answer was seen, skipped when there is none."""


def assess(probed: Probed, vantage: str) -> Assessment:
    """What a plan is told of a server: whether it is ready, why, and the findings that say so."""
    conclusion = probed.conclusion
    if conclusion is None:
        text = f"this program has a bug ({type(probed.fault).__name__}); please report it"
        return Assessment(None, text, vantage=vantage)
    ready, narrative = conclusion.ready, conclusion.verdicts.narrative
    if ready is False and conclusion.verdicts.connectable is not False:
        narrative = f"not ready because of {', '.join(conclusion.blocking)}"
    elif ready and _unseen(probed.target, conclusion):
        ready, narrative = None, f"{narrative}; but its own metadata could not be observed ({_OWN_METADATA})"
    return Assessment(ready, narrative, tuple(_telling(probed.target, conclusion, ready)), vantage)


def _unseen(target: Target, conclusion: Conclusion) -> bool:
    """Whether all that speaks for a server is what others say: it is declared ready, and nobody has looked."""
    return any(
        (each.id, each.subject, each.verdict) == (_OWN_METADATA, target.subject, Verdict.UNKNOWN)
        for each in conclusion.findings
    )


def _telling(target: Target, conclusion: Conclusion, ready: bool | None) -> Iterator[Finding]:  # noqa: FBT001 - three values
    """The findings behind an assessment: what blocks, what could not be observed, or what is left to warn of."""
    failed = [each for each in conclusion.findings if each.verdict is Verdict.FAIL]
    told = frozenset(blocking(conclusion, target)) if ready is False else frozenset()
    yield from (each for each in failed if each.id in SECURITY - told)
    if ready is False:
        yield from (each for code in blocking(conclusion, target) for each in failed if each.id == code)
    elif ready is None:
        unknown = (each for each in conclusion.findings if each.verdict is Verdict.UNKNOWN)
        yield from (each for each in unknown if weight_of(each) is Weight.ERROR and _could_tell(each))
    else:
        yield from (each for each in failed if weight_of(each) is Weight.WARNING)


def _could_tell(finding: Finding) -> bool:
    """Whether a GET could have decided about a capability; what only a higher tier asks is no news."""
    check = CHECKS[finding.id]
    return Tier.GET in check.tiers and bool(check.gates - {Gate.GENERAL})


def blocking(conclusion: Conclusion, target: Target) -> Iterator[str]:
    """What stands in the way, without what only bars a capability that the server does not ask for."""
    capabilities = [each for server in conclusion.verdicts.servers for each in server.capabilities]
    wanted = {check for each in capabilities if each.offer in target.requires for check in each.blocking}
    barred = {check for each in capabilities for check in each.blocking}
    for check in conclusion.blocking:
        if check in wanted or check not in barred or Gate.CONNECTABLE in CHECKS[check].gates:
            yield check
