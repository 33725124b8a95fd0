"""Failed checks as SARIF 2.1.0, for code scanning: each result at its line of the manifest."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from reconciler.core.diagnostic import Source
from reconciler.core.document import Document
from reconciler.core.evidence import Check, Finding, Verdict, Weight
from reconciler.render.letter import Checks, Issue, Letter
from reconciler.render.probe import issue_words, short
from reconciler.render.words import plain

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Weight.ERROR: "error", Weight.WARNING: "warning", Weight.INFO: "note"}


def document(letters: Sequence[Letter], checks: Checks, version: str, *, explain_unknown: bool = False) -> Document:
    """Give the log: one rule a check that is mentioned, one result a failure; unknown ones as open questions."""
    results = [each for letter in letters for each in _results(letter, checks, explain_unknown=explain_unknown)]
    named = sorted({str(result["ruleId"]) for result in results})
    driver = {
        "name": "mcp-reconciler",
        "version": version,
        "rules": [_rule(checks[check]) for check in named],
    }
    faults = [{"level": "error", "message": {"text": short(letter.fault)}} for letter in letters if letter.fault]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not faults, "toolExecutionNotifications": faults}],
        "results": [{**result, "ruleIndex": named.index(str(result["ruleId"]))} for result in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> Document:
    return {
        "id": check.id,
        "name": check.name,
        "shortDescription": {"text": f"{check.summary}."},
        "fullDescription": {"text": check.why},
        "help": {"text": f"{check.fix} ({check.reference})"},
        "defaultConfiguration": {"level": _LEVELS[check.weight]},
    }


def _results(letter: Letter, checks: Checks, *, explain_unknown: bool) -> Iterator[dict[str, Any]]:
    for issue in letter.failures(checks):
        yield {"kind": "fail", "level": _LEVELS[issue.weight], **_of_issue(issue, letter)}
    for finding in letter.of(Verdict.UNKNOWN) if explain_unknown else ():
        text = f"Not observed: {finding.observed or 'nothing was seen'}"
        yield {"kind": "open", "level": "none", **_result(finding, letter, text, finding.source or letter.source)}


def _of_issue(issue: Issue, letter: Letter) -> dict[str, Any]:
    text = f"{', '.join(issue.subjects)}: {issue_words(issue).rstrip('.')}. Fix: {issue.check.fix}"
    return _result(issue.finding, letter, text, issue.source)


def _result(finding: Finding, letter: Letter, text: str, source: Source | None) -> dict[str, Any]:
    mark = hashlib.sha256(f"{finding.id}\n{letter.subject}\n{finding.subject}".encode(errors="replace")).hexdigest()
    return {
        "ruleId": finding.id,
        "message": {"text": plain(text)},
        "locations": [_location(finding, letter, source)],
        "partialFingerprints": {"checkAndSubject/v1": mark},
    }


def _location(finding: Finding, letter: Letter, source: Source | None) -> Document:
    logical = [{"fullyQualifiedName": short(name)} for name in dict.fromkeys((letter.subject, finding.subject))]
    if source is None:
        return {"logicalLocations": logical}
    region = {"startLine": max(1, source.line), "startColumn": max(1, source.column)}
    place = {"artifactLocation": {"uri": quote(source.file, safe="/")}, "region": region}
    return {"physicalLocation": place, "logicalLocations": logical}
