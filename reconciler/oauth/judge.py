"""Runs every check over what was observed; the one order of findings."""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.diagnostic import Source
from reconciler.core.evidence import Finding, Gate
from reconciler.oauth import checks
from reconciler.oauth.case import ServerCase
from reconciler.oauth.checks import CHECKS
from reconciler.oauth.checks.con import Settled
from reconciler.oauth.derive import is_error, settle
from reconciler.oauth.observation import Observation
from reconciler.oauth.prepare import prepare
from reconciler.oauth.verdict import Conclusion, Verdicts


def judge(observation: Observation) -> tuple[Finding, ...]:
    """Every check once for each subject that it is about: pass, fail, skip or unknown. Pure, and never raises."""
    return conclude(observation).findings


def conclude(observation: Observation) -> Conclusion:
    """Judge, derive the capabilities, and say whether the server is ready."""
    case = prepare(observation)
    found = tuple(_findings(case))
    verdicts = settle(case, found)
    target = observation.target
    settled = Settled(case, verdicts, False if _blocking(target.subject, found, verdicts) else verdicts.connectable)
    last = (_at(entry.find(target.subject, settled), target.source) for entry in checks.SETTLED)
    findings = _ordered(case, (*found, *last))
    blocking = _blocking(target.subject, findings, verdicts)
    return Conclusion(findings, verdicts, False if blocking else verdicts.connectable, blocking)


def _findings(case: ServerCase) -> Iterator[Finding]:
    target = case.target
    for entry in checks.SERVER:
        yield _at(entry.find(target.subject, case), target.source)
    for form in checks.SITE:
        yield _at(form.find(target.subject, case.site), target.source)
    for issuer in case.issuers:
        declared = issuer.declared
        for question in checks.ISSUER:
            yield _at(question.find(declared.subject, issuer), declared.source)
        for form in checks.SITE:
            yield _at(form.find(declared.subject, issuer.site), declared.source)


def _at(finding: Finding, source: Source | None) -> Finding:
    return finding if source is None else replace(finding, source=source)


def _ordered(case: ServerCase, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    subjects = [case.target.subject, *(issuer.declared.subject for issuer in case.issuers)]
    return tuple(sorted(findings, key=lambda f: (subjects.index(f.subject), checks.place(f.id))))


def _blocking(subject: str, findings: tuple[Finding, ...], verdicts: Verdicts) -> tuple[str, ...]:
    """What keeps the server from being ready: its own failures of gate C, and what blocks every capability."""
    own = [f.id for f in findings if f.subject == subject and is_error(f) and Gate.CONNECTABLE in CHECKS[f.id].gates]
    behind = [b for server in verdicts.servers for c in server.capabilities for b in c.blocking]
    return tuple(dict.fromkeys(own + (behind if verdicts.connectable is False else [])))
