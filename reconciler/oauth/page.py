"""The page of all checks, made from the table that runs them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from reconciler.core.evidence import Check, Gate, Tier, Weight

W = TypeVar("W", Gate, Tier)

_WEIGHTS = {Weight.ERROR: "error", Weight.WARNING: "warning", Weight.INFO: "note"}
_GATES = {Gate.XAA: "XAA", Gate.STS: "STS", Gate.CONNECTABLE: "connectable", Gate.GENERAL: "hygiene"}
_TIERS = {
    Tier.OFFLINE: "0 (asks nothing)",
    Tier.GET: "G (GET only)",
    Tier.POST: "P (POST without a secret)",
    Tier.CONTROL: "K (control plane)",
}
_HEAD = """# Readiness checks

Made by `make generate` from the table of checks. `reconciler explain ID` prints the same.

A check ends in pass, fail, skip (it does not apply) or unknown (it could not be observed, which is never a failure).
The weight is that of a failure; where a specification or the difference found demands it, a finding carries another.
Tiers say what a check needs: `0` nothing, `G` GET without a secret, `P` POST without a secret, `K` the control plane.

There are {count} checks. Under each stand the tests that spoil a world for it; names in parentheses are defects.
"""
_OVER_TLS = "tests/oauth/test_loopback.py"
_ASKING = frozenset({Tier.GET, Tier.POST})


def page(checks: Mapping[str, Check], tests: Mapping[str, str]) -> str:
    """Give Markdown of all checks; `tests` names for each id the tests that cover it."""
    head = _HEAD.format(count=len(checks))
    return "\n".join([head, *_table(checks), *(line for c in checks.values() for line in _section(c, tests))]) + "\n"


def covered_by(checks: Iterable[Check], tests: Mapping[str, str]) -> Mapping[str, str]:
    """Give for each id the tests that cover it, found in the text of test files by name; untested ids are left out.

    Those that spoil a world for it go before those that only name it. What asks an endpoint is proven over TLS, too.
    """
    ordered = sorted(tests.items())
    found: dict[str, str] = {}
    for check in checks:
        spoiling = [_spoiling(name, text, check.id) for name, text in ordered]
        naming = [f"`{name}`" for name, text in ordered if f'"{check.id}"' in text]
        files = [each for each in spoiling if each] or naming[:1]
        if files and check.tiers & _ASKING:
            files.append(f"over TLS: `{_OVER_TLS}`")
        found |= {check.id: ", ".join(files)} if files else {}
    return found


def _spoiling(name: str, text: str, code: str) -> str:
    """A file with the names of its defects for a check; the empty text when it has none."""
    calls = list(re.finditer(rf'defect\(\s*"{code}"', text))
    if not calls:
        return ""
    ends = (text.find("defect(", call.end()) for call in calls)
    bodies = (
        text[call.end() : end if end >= 0 else None].partition("\n]")[0] for call, end in zip(calls, ends, strict=True)
    )
    named = [match[1] for body in bodies if (match := re.search(r'\bname="([^"]+)"', body))]
    return f"`{name}`{f' ({chr(44).join(named)})' if named else ''}".replace(",", ", ")


def _table(checks: Mapping[str, Check]) -> Iterator[str]:
    yield "| ID | Name | Weight | Stands in the way of | Tier | Rule |"
    yield "|---|---|---|---|---|---|"
    for check in checks.values():
        link = f"[{check.id}](#{check.id.lower()}-{check.name})"
        tiers = " ".join(tier.value for tier in _in_order(_TIERS, check.tiers))
        gates = ", ".join(_GATES[gate] for gate in _in_order(_GATES, check.gates))
        yield f"| {link} | {check.name} | {_WEIGHTS[check.weight]} | {gates} | {tiers} | {_cell(check.summary)} |"


def _section(check: Check, tests: Mapping[str, str]) -> Iterator[str]:
    tiers = ", ".join(_TIERS[tier] for tier in _in_order(_TIERS, check.tiers))
    gates = ", ".join(_GATES[gate] for gate in _in_order(_GATES, check.gates))
    yield ""
    yield f"## {check.id} {check.name}"
    yield ""
    yield f"**{check.summary}.** {check.why}"
    yield ""
    yield f"- Weight: {_WEIGHTS[check.weight]}; stands in the way of: {gates}; tier: {tiers}"
    yield f"- Reference: {check.reference}"
    yield f"- Wrong: `{check.example}`"
    yield f"- Fix: {check.fix}"
    yield f"- Tests: {tests.get(check.id, 'none')}"


def _in_order(order: Mapping[W, str], found: frozenset[W]) -> list[W]:
    return [each for each in order if each in found]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
