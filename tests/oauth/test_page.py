from dataclasses import replace
from pathlib import Path

from reconciler.core.evidence import Check, Gate, Tier, Weight
from reconciler.oauth import CHECKS
from reconciler.oauth.page import covered_by, page

CHECK = Check(
    id="ABC001",
    name="some-name",
    summary="Either a|b",
    weight=Weight.ERROR,
    gates=frozenset({Gate.STS, Gate.XAA}),
    tiers=frozenset({Tier.CONTROL, Tier.OFFLINE}),
    reference="RFC 0",
    why="Because.",
    example="x",
    fix="Do.",
)


def test_a_row_and_a_section_for_each_check():
    text = page({"ABC001": CHECK}, {"ABC001": "`tests/a.py`"})
    assert "There are 1 checks." in text
    assert "| [ABC001](#abc001-some-name) | some-name | error | XAA, STS | 0 K | Either a\\|b |" in text
    assert "## ABC001 some-name\n\n**Either a|b.** Because.\n" in text
    assert "- Weight: error; stands in the way of: XAA, STS; tier: 0 (asks nothing), K (control plane)" in text
    assert "- Reference: RFC 0\n- Wrong: `x`\n- Fix: Do.\n- Tests: `tests/a.py`\n" in text
    assert "- Tests: none" in page({"ABC001": CHECK}, {})


def test_the_page_names_the_tests_of_every_check():
    lines = (Path(__file__).parents[2] / "docs/checks.md").read_text(encoding="utf-8").splitlines()
    tests = [line for line in lines if line.startswith("- Tests: ")]
    assert len(tests) == len(CHECKS) >= 157
    assert not [line for line in tests if "tests/oauth/" not in line]


def test_the_test_that_spoils_a_world_goes_before_one_that_names_the_id():
    spoilt = (
        'defect(\n "ABC001", x, name="odd"),\n defect("ABC001", y),\n defect("ABC009", name="not-mine")\n]\nname="no"'
    )
    tests = {"b.py": spoilt, "a.py": 'found["ABC001"], found["ABC002"]'}
    asking = replace(CHECK, id="ABC002", tiers=frozenset({Tier.GET}))
    assert covered_by([CHECK, asking, replace(CHECK, id="ABC003")], tests) == {
        "ABC001": "`b.py` (odd)",
        "ABC002": "`a.py`, over TLS: `tests/oauth/test_loopback.py`",
    }
