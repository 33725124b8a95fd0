"""When a server that is ACTIVE is called INVALID: not after one bad look, unless that look is about safety. Pure.

What stops an activation is one thing: a server that is not ready now is not activated now. What takes a working server
out of the report of healthy ones is another: networks hiccup, deployments take a minute. The ledger counts how often in
a row a server was seen to fail (`sight`); these functions say what to note, and what the count means.
"""

from collections.abc import Iterable, Mapping

from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.noun import dataclass
from reconciler.core.remembered import Sighting

TOPIC = "readiness"
"""The topic under which the ledger keeps these sightings."""
FAILING = "not-ready"
SECURITY = frozenset({"DRF002", "JWK003", "NET002"})
"""A repointed authorization server, a published private key, an address inside: one look is enough."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures in a row, over at least how many seconds, make a failure."""

    failures: int = 3
    seconds: float = 900.0


PATIENCE = Patience()


def marks(seen: Mapping[str, Assessment]) -> Mapping[str, str]:
    """Give what to note of this look, by subject.

    What is ready, or was not observed, is left out: it ends a row. A row is only of looks that saw a failure.
    """
    return {subject: FAILING for subject, each in seen.items() if each.ready is False}


def demoted(assessment: Assessment, sighting: Sighting | None, patience: Patience = PATIENCE) -> bool:
    """Whether an ACTIVE server is to be reported as INVALID, by this look and those of the ledger before it.

    `sighting` is what the ledger gave when this look was noted; None where nothing was noted.
    """
    if is_breach(assessment.findings):
        return True
    if assessment.ready is not False or sighting is None or sighting.mark != FAILING:
        return False
    return sighting.count >= patience.failures and sighting.last_seen - sighting.first_seen >= patience.seconds


def is_breach(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is a failure of the security class."""
    return any(each.id in SECURITY and each.verdict is Verdict.FAIL for each in findings)
