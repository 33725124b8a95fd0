"""Findings as SARIF 2.1.0, for code scanning: each result at its line of the manifest.

Diagnostics of manifests, findings of a plan and verdicts of policies are one shape, and so are their results. Failed
checks of a probe are the other source. Columns count code points, as ours do.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.core.document import Document
from reconciler.core.evidence import Check, Finding, Verdict, Weight
from reconciler.core.noun import dataclass
from reconciler.render.letter import Checks, Letter
from reconciler.render.probe import issue_words, short
from reconciler.render.words import plain

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Weight.ERROR: "error", Weight.WARNING: "warning", Weight.INFO: "note"}
_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning"}


@dataclass(frozen=True, slots=True)
class _Found:
    """One result: what rule, how bad, what to read, about whom, and where it is written."""

    rule: str
    level: str
    text: str
    subjects: tuple[str, ...]
    source: Source | None
    key: str
    """What stays the same as long as it is the same finding, besides the rule."""
    kind: Literal["fail", "open"] = "fail"


@dataclass(frozen=True, slots=True)
class Scan:
    """What made the log: the version of this program, and where the project lies in its repository (`sub/folder/`)."""

    version: str
    prefix: str = ""


def diagnostics(found: Iterable[Diagnostic], rules: Mapping[str, Rule], scan: Scan) -> Document:
    """Give the log of diagnostics; a rule that is not in `rules` is described by what was found."""
    given = list(found)
    described = {each.code: _of_diagnostic(each, rules.get(each.code)) for each in given}
    return _log([_told(each) for each in given], described, scan)


def document(letters: Sequence[Letter], checks: Checks, scan: Scan, *, explain_unknown: bool = False) -> Document:
    """Give the log of a probe: one rule a check that is mentioned, one result a failure; unknown ones on demand."""
    found = [each for letter in letters for each in _results(letter, checks, explain_unknown=explain_unknown)]
    described = {each.rule: _of_check(checks[each.rule]) for each in found}
    return _log(found, described, scan, [short(letter.fault) for letter in letters if letter.fault])


# -- the log -------------------------------------------------------------------------------------------------------


def _log(
    found: Sequence[_Found], described: Mapping[str, Document], scan: Scan, faults: Sequence[str] = ()
) -> Document:
    named = sorted(described)
    place = {rule: number for number, rule in enumerate(named)}
    notes = [{"level": "error", "message": {"text": fault}} for fault in faults]
    run = {
        "tool": {"driver": {"name": "mcp-reconciler", "version": scan.version, "rules": [described[n] for n in named]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": [_result(each, place[each.rule], scan.prefix) for each in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(found: _Found, rule: int, prefix: str) -> Document:
    mark = hashlib.sha256(f"{found.rule}\n{found.key}".encode(errors="backslashreplace")).hexdigest()
    return {
        "kind": found.kind,
        "level": found.level,
        "ruleId": found.rule,
        "ruleIndex": rule,
        "message": {"text": found.text},
        "locations": [_location(found, prefix)],
        "partialFingerprints": {"checkAndSubject/v1": mark},
    }


def _location(found: _Found, prefix: str) -> Document:
    logical = [{"fullyQualifiedName": short(name)} for name in dict.fromkeys(found.subjects)]
    named = {"logicalLocations": logical} if logical else {}
    if found.source is None:
        return named
    where: Document = {"artifactLocation": {"uri": _uri(f"{prefix}{found.source.file}")}}
    if found.source.line:
        where["region"] = {"startLine": found.source.line, "startColumn": max(1, found.source.column)}
    return {"physicalLocation": where, **named}


def _uri(file: str) -> str:
    """A relative reference (RFC 3986 section 4.2): every byte of a name that means something in a URI is escaped."""
    return quote(file.lstrip("/"), safe="/", errors="backslashreplace")


# -- what is found -------------------------------------------------------------------------------------------------


def _told(found: Diagnostic) -> _Found:
    subjects = (found.subject,) if found.subject else ()
    fix = f" Fix: {plain(found.fix)}" if found.fix else ""
    return _Found(
        rule=found.code,
        level=_SEVERITIES[found.severity],
        text=f"{plain(found.detail)}{fix}",
        subjects=subjects,
        source=found.source,
        key="\n".join((found.subject, found.source.file if found.source else "", ".".join(map(str, found.path)))),
    )


def _of_diagnostic(found: Diagnostic, rule: Rule | None) -> Document:
    severity = rule.severity if rule else found.severity
    return {
        "id": found.code,
        "shortDescription": {"text": f"{plain(rule.summary if rule else found.summary)}."},
        "fullDescription": {"text": plain(rule.why if rule else found.summary)},
        "help": {"text": plain(rule.fix if rule else found.fix or found.summary)},
        "defaultConfiguration": {"level": _SEVERITIES[severity]},
    }


def _of_check(check: Check) -> Document:
    return {
        "id": check.id,
        "name": check.name,
        "shortDescription": {"text": f"{check.summary}."},
        "fullDescription": {"text": check.why},
        "help": {"text": f"{check.fix} ({check.reference})"},
        "defaultConfiguration": {"level": _LEVELS[check.weight]},
    }


def _results(letter: Letter, checks: Checks, *, explain_unknown: bool) -> Iterator[_Found]:
    for issue in letter.failures(checks):
        text = f"{', '.join(issue.subjects)}: {issue_words(issue).rstrip('.')}. Fix: {issue.check.fix}"
        yield _of_finding(issue.finding, letter, text, _LEVELS[issue.weight])
    for finding in letter.of(Verdict.UNKNOWN) if explain_unknown else ():
        yield _of_finding(finding, letter, f"Not observed: {finding.observed or 'nothing was seen'}", "none")


def _of_finding(finding: Finding, letter: Letter, text: str, level: str) -> _Found:
    return _Found(
        rule=finding.id,
        level=level,
        text=plain(text),
        subjects=(letter.subject, finding.subject),
        source=finding.source or letter.source,
        key=f"{letter.subject}\n{finding.subject}",
        kind="open" if level == "none" else "fail",
    )
