"""Checks as JUnit XML, for dashboards of CI systems: one suite a server, one case a check and subject."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from reconciler.core.evidence import Finding, Verdict, Weight
from reconciler.render.letter import Checks, Letter
from reconciler.render.probe import short
from reconciler.render.words import plain


def render(letters: Sequence[Letter], checks: Checks) -> str:
    """Give the report. Failures of error weight fail; lighter ones pass with a remark; unknown ones are skipped."""
    suites = [_suite(letter, checks) for letter in letters]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>"]) + "\n"


def _suite(letter: Letter, checks: Checks) -> str:
    cases = [_case(letter, finding, checks) for finding in letter.findings]
    if letter.fault:
        inner = f"<error message={_attribute(letter.fault)}/>"
        cases.append(f'    <testcase name="probe" classname={_attribute(letter.subject)}>{inner}</testcase>')
    failures = sum(_fails(letter, finding, checks) for finding in letter.findings)
    skipped = len(letter.of(Verdict.SKIP)) + len(letter.of(Verdict.UNKNOWN))
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{int(bool(letter.fault))}" skipped="{skipped}"'
    return "\n".join([f"  <testsuite name={_attribute(letter.subject)} {counts}>", *cases, "  </testsuite>"])


def _case(letter: Letter, finding: Finding, checks: Checks) -> str:
    check = checks[finding.id]
    about = f" {finding.subject}" if finding.subject != letter.subject else ""
    head = (
        f"    <testcase name={_attribute(f'{finding.id} {check.name}{about}')} classname={_attribute(letter.subject)}"
    )
    inner = _inner(letter, finding, checks)
    return f"{head}>{inner}</testcase>" if inner else f"{head}/>"


def _inner(letter: Letter, finding: Finding, checks: Checks) -> str:
    check = checks[finding.id]
    seen = f"{finding.observed or check.summary}{f'; expected {finding.expected}' if finding.expected else ''}"
    match finding.verdict:
        case Verdict.PASS:
            return ""
        case Verdict.FAIL if _fails(letter, finding, checks):
            head = f"<failure type={_attribute(check.name)} message={_attribute(seen)}>"
            return f"{head}{_text(f'Fix: {check.fix}')}</failure>"
        case Verdict.FAIL:
            weight = letter.weight(finding, checks).name.lower()
            return f"<system-out>{_text(f'{weight}: {seen}. Fix: {check.fix}')}</system-out>"
        case _:
            return f"<skipped message={_attribute(f'{finding.verdict}: {finding.observed}')}/>"


def _fails(letter: Letter, finding: Finding, checks: Checks) -> bool:
    return finding.verdict is Verdict.FAIL and letter.weight(finding, checks) is Weight.ERROR


def _attribute(text: str) -> str:
    return quoteattr(short(text))


def _text(text: str) -> str:
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
