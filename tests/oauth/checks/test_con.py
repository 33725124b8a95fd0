import pytest

from reconciler.core.kind import Offer
from tests.support.defects import declared, defect, facts, judge_world, more, prove, target
from tests.support.readiness import AGENTS, IDP, SERVER


def only_okta(w):
    w.declared.pop(IDP)
    w.prm["authorization_servers"].pop(0)


DEFECTS = [
    defect("CON001", facts(AGENTS, status="INVALID"), also="CON003", base=(only_okta,)),
    defect("CON001", target(requires=frozenset({Offer.STS})), base=(only_okta,), name="requires"),
    defect("CON002", lambda w: w.facts.pop(AGENTS), base=(only_okta,)),
    defect("CON003", facts(AGENTS, status="INACTIVE")),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def test_without_evidence_nothing_is_decided():
    findings = judge_world(only_okta, more(issuers={}), declared(AGENTS, type="external", id=None), more(control=None))
    verdicts = {f.id: f.verdict for f in findings if f.id.startswith("CON") and f.subject == SERVER}
    assert verdicts == {"CON001": "unknown", "CON002": "skip"}
