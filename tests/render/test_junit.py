"""JUnit of policies: one suite a policy, and a waiver says who answers for what."""

import xml.etree.ElementTree as ET

from reconciler.render import junit
from tests.support import spoilt
from tests.support.judges import demand_junit


def test_policies_are_suites_that_count_what_they_say():
    text = junit.rulings(spoilt.rulings())
    demand_junit(text)
    suites = ET.fromstring(text)
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("skipped")) for s in suites] == [
        ("Tickets", "4", "1", "1"),
        ("other", "1", "1", "0"),
    ]
    assert suites[1][0].get("name") == "the plan"
    assert suites[0][0][0].attrib == {"type": "YML001", "message": "Tickets at Tickets:2:5"}
    assert suites[0][1][0].get("message") == "waived until 2026-12-01 by Tickets: Tickets. Tickets at Tickets:2:5"
    assert suites[0][2][0].text == "warning: YML002: Tickets at Tickets Fix: Tickets"


def test_a_finding_without_a_fix_or_a_place_is_said_all_the_same():
    error = spoilt.diagnostics()[2]
    (ruling, *_) = spoilt.rulings()
    text = junit.rulings([type(ruling)("tls", "TLS", "McpServer.a", error)])
    assert '<failure type="RUN001" message="Tickets"></failure>' in text


def test_no_policy_is_an_empty_report():
    demand_junit(junit.rulings([]))
