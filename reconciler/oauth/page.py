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
"""


def page(checks: Mapping[str, Check], tests: Mapping[str, str]) -> str:
    """Markdown of all checks; `tests` names for each id the test that covers it."""
    return "\n".join([_HEAD, *_table(checks), *(line for c in checks.values() for line in _section(c, tests))]) + "\n"


def covered_by(ids: Iterable[str], tests: Mapping[str, str]) -> Mapping[str, str]:
    """For each id the first of the test files (text by name) that spoils a world for it, else the first to name it."""
    ordered = sorted(tests.items())
    found: dict[str, str] = {}
    for code in ids:
        spoiling = re.compile(rf'defect\(\s*"{code}"')
        names = [name for name, text in ordered if spoiling.search(text)]
        names += [name for name, text in ordered if f'"{code}"' in text]
        found |= {code: names[0]} if names else {}
    return found


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
    yield f"- Test: {f'`{tests[check.id]}`' if check.id in tests else 'none'}"


def _in_order(order: Mapping[W, str], found: frozenset[W]) -> list[W]:
    return [each for each in order if each in found]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
