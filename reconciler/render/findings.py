"""The results of a probe as JSON. Members are only ever added within one format version."""

from collections.abc import Sequence
from dataclasses import asdict

from reconciler.core.diagnostic import Source
from reconciler.core.document import Document, without_none
from reconciler.core.evidence import Finding, Verdict
from reconciler.render.letter import Ability, Checks, Letter, has_errors

FORMAT = 1


def document(letters: Sequence[Letter], checks: Checks) -> Document:
    """Give everything: verdicts, what each authorization server can do, and every finding with its evidence."""
    return {
        "format_version": FORMAT,
        "ok": not has_errors(letters, checks) and not any(letter.fault for letter in letters),
        "servers": [_letter(letter, checks) for letter in letters],
    }


def _letter(letter: Letter, checks: Checks) -> Document:
    return without_none(
        {
            "subject": letter.subject,
            "url": letter.url,
            "source": _source(letter.source),
            "ready": "unknown" if letter.ready is None else letter.ready,
            "connectable": "unknown" if letter.connectable is None else letter.connectable,
            "narrative": letter.narrative,
            "vantage": letter.vantage or None,
            "blocking": list(letter.blocking),
            "authorization_servers": [_ability(ability) for ability in letter.abilities],
            "findings": [_finding(finding, letter, checks) for finding in letter.findings],
            "fault": letter.fault or None,
        }
    )


def _ability(ability: Ability) -> Document:
    return {
        "subject": ability.subject,
        "issuer": ability.issuer,
        "capability": str(ability.offer),
        "standing": ability.standing,
        "origin": str(ability.origin),
        "reason": ability.reason,
        "blocking": list(ability.blocking),
    }


def _finding(finding: Finding, letter: Letter, checks: Checks) -> Document:
    check = checks[finding.id]
    return without_none(
        {
            "id": finding.id,
            "name": check.name,
            "subject": finding.subject,
            "outcome": str(finding.verdict),
            "severity": str(letter.weight(finding, checks)),
            "gates": sorted(check.gates),
            "observed": finding.observed or None,
            "expected": finding.expected or None,
            "relation": finding.relation or None,
            "origin": str(finding.origin),
            "reference": check.reference,
            "fix": check.fix if finding.verdict is Verdict.FAIL else None,
            "evidence": asdict(finding.evidence) if finding.evidence else None,
            "source": _source(finding.source or letter.source) if finding.verdict is Verdict.FAIL else None,
        }
    )


def _source(source: Source | None) -> Document | None:
    return {"file": source.file, "line": source.line, "column": source.column} if source else None
