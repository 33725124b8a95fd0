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
    text = page({"ABC001": CHECK}, {"ABC001": "tests/a.py"})
    assert "| [ABC001](#abc001-some-name) | some-name | error | XAA, STS | 0 K | Either a\\|b |" in text
    assert "## ABC001 some-name\n\n**Either a|b.** Because.\n" in text
    assert "- Weight: error; stands in the way of: XAA, STS; tier: 0 (asks nothing), K (control plane)" in text
    assert "- Reference: RFC 0\n- Wrong: `x`\n- Fix: Do.\n- Test: `tests/a.py`\n" in text
    assert "- Test: none" in page({"ABC001": CHECK}, {})


def test_the_page_in_the_repository_is_current():
    root = Path(__file__).parents[2]
    files = (root / "tests/oauth/checks").glob("test_*.py")
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}
    tests = covered_by(CHECKS, texts)
    assert tests.keys() == CHECKS.keys()
    assert (root / "docs/checks.md").read_text(encoding="utf-8") == page(CHECKS, tests)


def test_the_test_that_spoils_a_world_goes_before_one_that_names_the_id():
    tests = {"b.py": 'defect(\n "ABC001", x)', "a.py": 'found["ABC001"], found["ABC002"]'}
    assert covered_by(["ABC001", "ABC002", "ABC003"], tests) == {"ABC001": "b.py", "ABC002": "a.py"}
