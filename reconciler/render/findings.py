"""The results of a probe as JSON. Members are only ever added within one format version."""

from collections.abc import Sequence

from reconciler.core.document import Document
from reconciler.core.evidence import Finding, Verdict
from reconciler.render.letter import Ability, Checks, Letter, has_errors
from reconciler.render.shapes import Capability, Checked, Probed, ProbeResult, dumped


def document(letters: Sequence[Letter], checks: Checks) -> Document:
    """Give everything: verdicts, what each authorization server can do, and every finding with its evidence."""
    ok = not has_errors(letters, checks) and not any(letter.fault for letter in letters)
    return dumped(ProbeResult(ok, [_letter(letter, checks) for letter in letters]))


def _letter(letter: Letter, checks: Checks) -> Probed:
    return Probed(
        subject=letter.subject,
        url=letter.url,
        ready="unknown" if letter.ready is None else letter.ready,
        connectable="unknown" if letter.connectable is None else letter.connectable,
        narrative=letter.narrative,
        blocking=letter.blocking,
        authorization_servers=[_ability(ability) for ability in letter.abilities],
        findings=[_finding(finding, letter, checks) for finding in letter.findings],
        source=letter.source,
        vantage=letter.vantage or None,
        fault=letter.fault or None,
    )


def _ability(ability: Ability) -> Capability:
    return Capability(
        subject=ability.subject,
        issuer=ability.issuer,
        capability=ability.offer,
        standing=ability.standing,
        origin=ability.origin,
        reason=ability.reason,
        blocking=ability.blocking,
    )


def _finding(finding: Finding, letter: Letter, checks: Checks) -> Checked:
    check, failed = checks[finding.id], finding.verdict is Verdict.FAIL
    return Checked(
        id=finding.id,
        name=check.name,
        subject=finding.subject,
        outcome=finding.verdict,
        severity=letter.weight(finding, checks),
        gates=sorted(check.gates),
        origin=finding.origin,
        reference=check.reference,
        observed=finding.observed or None,
        expected=finding.expected or None,
        relation=finding.relation or None,
        fix=check.fix if failed else None,
        evidence=finding.evidence,
        source=(finding.source or letter.source) if failed else None,
    )
