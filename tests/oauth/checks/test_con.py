import pytest

from reconciler.core.kind import Offer
from reconciler.oauth import conclude
from tests.support.defects import declared, defect, facts, judge_world, more, prove, target
from tests.support.readiness import AGENTS, IDP, ISSUER, OKTA, SERVER, seen_by_okta, world


def only_okta(w):
    w.declared.pop(IDP)
    w.prm["authorization_servers"].pop(0)


def okta(**said):
    """What Okta calls the MCP server and lists for it."""

    def change(w):
        for name, value in said.items():
            setattr(w, name, value)

    return change


DEFECTS = [
    defect("CON001", facts(AGENTS, status="INVALID"), also="CON003", base=(only_okta,)),
    defect("CON001", target(requires=frozenset({Offer.STS})), base=(only_okta,), name="requires"),
    defect("CON002", lambda w: w.facts.pop(AGENTS), base=(only_okta,)),
    defect("CON003", facts(AGENTS, status="INACTIVE")),
    defect("CON004", okta(status="INVALID"), base=(seen_by_okta,), name="okta-says-no"),
    defect(
        "CON004",
        lambda w: w.prm.update(resource="https://x.example/mcp"),
        also="PRM005 PRM018 XAA009",
        base=(seen_by_okta,),
        name="we-say-no",
    ),
    defect("CON005", okta(listed=(ISSUER,)), base=(seen_by_okta,), name="missing"),
    defect("CON005", okta(listed=(ISSUER, OKTA, "https://old.example.com")), base=(seen_by_okta,), name="further"),
    defect("CON006", facts(IDP, token_endpoint="https://old.example.com/token"), base=(seen_by_okta,), name="token"),
    defect(
        "CON006",
        facts(IDP, authorization_endpoint="https://old.example.com/a"),
        base=(seen_by_okta,),
        name="authorization",
    ),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def test_without_evidence_nothing_is_decided():
    findings = judge_world(only_okta, more(issuers={}), declared(AGENTS, type="external", id=None), more(control=None))
    verdicts = {f.id: f.verdict for f in findings if f.id.startswith("CON") and f.subject == SERVER}
    assert verdicts == {"CON001": "unknown", "CON002": "skip", "CON004": "unknown", "CON005": "unknown"}


def con(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("CON0") and f.subject in {SERVER, IDP}}


def test_what_okta_says_is_compared_only_where_both_sides_have_something_to_say():
    unread = con()
    assert {unread[code].verdict for code in ("CON004", "CON005", "CON006")} == {"unknown"}
    assert con(seen_by_okta, okta(status="PENDING"))["CON004"].verdict == "skip"
    assert con(seen_by_okta, okta(listed=(f"{ISSUER}/", OKTA)))["CON005"].verdict == "pass"


def test_okta_may_say_no_where_we_do_and_the_difference_never_stands_in_the_way():
    both = con(okta(status="INVALID"), lambda w: w.prm.update(resource="https://x.example/mcp"))
    assert both["CON004"].verdict == "pass"
    assert "CON004" not in conclude(world(okta(status="INVALID")).observe()).blocking
