"""Every wrong file gives exactly its diagnostics, at exactly their places; every rule has such a file."""

from pathlib import Path

import pytest

from reconciler.core.diagnostic import Diagnostic
from reconciler.kinds import KINDS
from reconciler.manifests import RULES, load
from tests.manifests.faults import CONFIG_FAULTS, FAULTS, TREES, Fault


def brief(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    assert source is not None
    return f"{source.line}:{source.column} {diagnostic.code}"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.reason)
def test_a_wrong_file_gives_its_diagnostics_at_their_places(fault: Fault, loaded):
    diagnostics = [d for d in loaded(fault.text).diagnostics if d.is_error]
    assert tuple(map(brief, diagnostics)) == fault.expected
    assert {d.source.file for d in diagnostics} == {"registry.d/a.yaml"}


@pytest.mark.parametrize("code", TREES)
def test_a_wrong_tree_gives_its_diagnostic(code: str, tmp_path: Path):
    TREES[code](tmp_path)
    assert [d.code for d in load(tmp_path, ["registry.d"], {}, KINDS).diagnostics] == [code]


ELSEWHERE = {
    "ADP010": "render/test_adoption.py",
    "ADP011": "cli/test_import.py",
    "BSL003": "manifests/test_baseline.py",
    "BSL004": "manifests/test_baseline.py",
    "BSL005": "manifests/test_baseline.py",
    "CNF009": "cli/test_stale_causes.py",
    "CNF010": "cli/test_stale_causes.py",
    "POL005": "cli/test_policies.py",
    **dict.fromkeys(("POL001", "POL002", "POL003", "POL004", "POL006"), "policy/test_policies.py"),
    "YML015": "manifests/test_layout.py",
}
"""Rules of files that are no manifests, of layout, and of settings that a plan judges: where their case stands."""


def test_every_rule_has_a_case():
    expected = {where.split()[-1] for fault in (*FAULTS, *CONFIG_FAULTS) for where in fault.expected}
    tests = Path(__file__).parents[1]
    elsewhere = {code for code, file in ELSEWHERE.items() if code in (tests / file).read_text(encoding="utf-8")}
    assert {rule.code for rule in RULES} <= expected | set(TREES) | elsewhere


def test_every_code_is_defined_once():
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule):
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.fix.endswith(".")
    assert rule.example.strip()
