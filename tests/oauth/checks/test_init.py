"""Every row of the catalogue exists, says everything, and is proven by a defect of its own."""

import re
from pathlib import Path

import pytest

from reconciler.core.evidence import Gate, Tier
from reconciler.oauth import CHECKS, checks, conclude
from tests.support.defects import no_lock
from tests.support.readiness import URL as SERVER_URL
from tests.support.readiness import opened, reply, seen_by_okta, world

HERE = Path(__file__).parent
IDS = (HERE.parent / "catalogue_ids.txt").read_text(encoding="utf-8").split()


OURS = ("CON004", "CON005", "CON006")
"""Beyond the catalogue: what Okta detected, held against what is seen from here."""


def test_every_row_of_the_catalogue_is_there_and_no_other():
    assert len(IDS) == 157
    assert list(CHECKS) == sorted([*IDS, *OURS], key=checks.place)


@pytest.mark.parametrize("code", CHECKS)
def test_a_row_says_everything(code):
    check = CHECKS[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)
    assert all((check.summary, check.reference, check.example))
    assert not check.summary.endswith(".")
    assert check.why.endswith((".", "?"))
    assert check.fix.endswith(".")
    assert check.gates
    assert check.tiers


def test_names_are_unique_within_a_family():
    names = [(code[:3], check.name) for code, check in CHECKS.items()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", [code for code in CHECKS if code not in {"STS009", "STS010"}])
def test_a_row_has_a_defect_of_its_own(code):
    """STS009 and STS010 explain something that looks like a fault and is none: they never fail."""
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")]
    assert any(f'defect("{code}"' in text or f'defect(\n        "{code}"' in text for text in texts)


def passing(*changes):
    return {f.id for f in conclude(world(*changes, no_lock).observe()).findings if f.verdict == "pass"}


def two_refusals(w):
    opened(w)
    w.replies["hostile"] = reply(SERVER_URL, 401, www_authenticate=w.challenge)


def listed(w):
    w.more["trusted"] = False
    w.written = type(w.written)(hosts=frozenset({"mcp.example.com", "idp.example.com", "example.okta.com"}))


def test_in_a_world_without_fault_every_check_passes_somewhere():
    right = conclude(world(seen_by_okta).observe())
    assert {f.verdict for f in right.findings} == {"pass", "skip"}
    assert right.ready
    found = (
        {f.id for f in right.findings if f.verdict == "pass"}
        | passing(opened)
        | passing(two_refusals)
        | passing(listed)
    )
    assert set(CHECKS) - found == set()


def test_a_check_is_found_once_for_each_subject():
    findings = conclude(world().observe()).findings
    pairs = [(f.subject, f.id) for f in findings]
    assert len(set(pairs)) == len(pairs)


def test_what_posts_or_needs_the_organisation_is_marked_so():
    posting = {code[:3] for code, check in CHECKS.items() if Tier.POST in check.tiers}
    assert posting == {"MCP", "WWA", "END"}
    assert {code for code, check in CHECKS.items() if Tier.CONTROL in check.tiers} == {
        "WWA010",
        "XAA014",
        "XAA015",
        "STS005",
        "STS009",
        "CON003",
        "CON004",
        "CON005",
        "CON006",
    }
    assert {code for code, check in CHECKS.items() if check.gates == {Gate.GENERAL, Gate.XAA}} == set()
