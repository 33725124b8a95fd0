"""Checks and policies as JUnit XML, for dashboards of CI systems.

Of checks one suite a server, one case a check and subject; of policies one suite a policy, one case an object.
"""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import quoteattr

from reconciler.core.evidence import Finding, Verdict, Weight
from reconciler.core.ruling import Ruling
from reconciler.render.letter import Checks, Letter
from reconciler.render.probe import short
from reconciler.render.words import plain


def render(letters: Sequence[Letter], checks: Checks) -> str:
    """Give the report. Failures of error weight fail; lighter ones pass with a remark; unknown ones are skipped."""
    return _report(_suite(letter, checks) for letter in letters)


def rulings(found: Iterable[Ruling]) -> str:
    """Give the report of policies. What is waived is skipped, with who answers for it; warnings pass with a remark."""
    policies: dict[str, list[Ruling]] = {}
    for each in found:
        policies.setdefault(each.policy, []).append(each)
    return _report(_policy(name, each) for name, each in policies.items())


def _report(suites: Iterable[str]) -> str:
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>"]) + "\n"


def _policy(name: str, found: Sequence[Ruling]) -> str:
    cases = [
        f"    <testcase name={_attribute(each.subject or 'the plan')} classname={_attribute(name)}>"
        f"{_of_ruling(each)}</testcase>"
        for each in found
    ]
    skipped = sum(each.finding is not None and each.waiver is not None for each in found)
    return _counted(name, cases, failures=sum(each.fails for each in found), skipped=skipped)


def _of_ruling(ruling: Ruling) -> str:
    found = ruling.finding
    if found is None:
        return ""
    place = f" at {found.source}" if found.source else ""
    seen = f"{found.detail}{place}"
    if ruling.waiver:
        return f"<skipped message={_attribute(f'{ruling.waiver}. {seen}')}/>"
    told = f"{_text(f'Fix: {found.fix}')}" if found.fix else ""
    if found.is_error:
        return f"<failure type={_attribute(found.code)} message={_attribute(seen)}>{told}</failure>"
    return f"<system-out>{_text(f'warning: {found.code}: {seen}')} {told}</system-out>"


def _counted(name: str, cases: Sequence[str], *, failures: int, errors: int = 0, skipped: int = 0) -> str:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return "\n".join([f"  <testsuite name={_attribute(name)} {counts}>", *cases, "  </testsuite>"])


def _suite(letter: Letter, checks: Checks) -> str:
    cases = [_case(letter, finding, checks) for finding in letter.findings]
    if letter.fault:
        inner = f"<error message={_attribute(letter.fault)}/>"
        cases.append(f'    <testcase name="probe" classname={_attribute(letter.subject)}>{inner}</testcase>')
    failures = sum(_fails(letter, finding, checks) for finding in letter.findings)
    skipped = len(letter.of(Verdict.SKIP)) + len(letter.of(Verdict.UNKNOWN))
    errors = int(bool(letter.fault))
    return _counted(letter.subject, cases, failures=failures, errors=errors, skipped=skipped)


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
