"""Letters of a probe: the order of what is said, what is left out, and the three formats of machines."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

from reconciler.core.diagnostic import Source
from reconciler.core.evidence import Check, Evidence, Finding, Gate, Origin, Tier, Verdict, Weight
from reconciler.core.kind import Offer
from reconciler.render import findings, junit, markdown, probe, sarif
from reconciler.render.letter import Ability, Letter, has_errors, summary

SUBJECT, IDP = "McpServer.jira", "AuthorizationServer.idp"
PLACE = Source("registry.d/a b.yaml", 3, 1)


def check(code: str, weight: Weight, gate: Gate = Gate.CONNECTABLE) -> Check:
    return Check(
        id=code,
        name=f"{code.lower()}-name",
        summary=f"Rule {code}",
        weight=weight,
        gates=frozenset({gate}),
        tiers=frozenset({Tier.GET}),
        reference="RFC 1",
        why="Because.",
        example="x",
        fix=f"Repair {code}.",
    )


CHECKS = {
    each.id: each
    for each in (
        check("PRM001", Weight.ERROR),
        check("CON001", Weight.ERROR),
        check("NET006", Weight.WARNING),
        check("XAA001", Weight.ERROR, Gate.XAA),
        check("ASD002", Weight.ERROR),
        check("NET013", Weight.INFO),
    )
}


def finding(code: str, verdict: Verdict = Verdict.FAIL, subject: str = SUBJECT, **said) -> Finding:
    return Finding(code, subject, verdict, **said)


BROKEN = Letter(
    SUBJECT,
    "https://mcp.example.com/mcp",
    PLACE,
    connectable=False,
    ready=False,
    narrative="not connectable because of it",
    abilities=(
        Ability(IDP, "https://idp", Offer.XAA, "no", usable=False, origin=Origin.LIVE, reason="", blocking=("XAA001",)),
        Ability(IDP, "https://idp", Offer.STS, "declared", usable=True, origin=Origin.STATIC, reason="written"),
    ),
    blocking=("CON001", "ASD002", "PRM001"),
    findings=(
        finding("CON001", observed="no way"),
        finding("NET006", observed="old", expected="new"),
        finding("PRM001", evidence=Evidence("https://x", 404, "text/html", 3, "aa"), relation="other"),
        finding("ASD002", subject=IDP, observed="404", source=Source("b.yaml", 9, 2)),
        finding("ASD002", subject="AuthorizationServer.two", observed="404"),
        finding("XAA001", subject=IDP, observed="none"),
        finding("NET013", observed="no-store"),
        finding("NET006", Verdict.PASS, IDP),
        finding("NET013", Verdict.SKIP, IDP, observed="not asked"),
        finding("PRM001", Verdict.UNKNOWN, IDP),
        finding("ASD002", Verdict.UNKNOWN, SUBJECT, observed="blocked"),
    ),
)
SOUND = Letter(SUBJECT, SUBJECT, ready=True, connectable=True, narrative="connectable")
UNKNOWN = Letter("https://u", "https://u")
FAULTY = Letter("https://f", "https://f", fault="a bug")


def test_says_the_verdict_then_causes_then_consequences() -> None:
    assert probe.render([BROKEN], CHECKS).splitlines() == [
        "McpServer.jira  https://mcp.example.com/mcp  registry.d/a b.yaml:3:1",
        "  Not ready: not connectable because of it",
        "    AuthorizationServer.idp — XAA no (blocked by XAA001)",
        "    AuthorizationServer.idp — STS declared, on static evidence: written",
        "  what stands in the way",
        "    ASD002 asd002-name: AuthorizationServer.idp, AuthorizationServer.two: 404. Fix: Repair ASD002.",
        "    PRM001 prm001-name: Rule PRM001. Fix: Repair PRM001.",
        "    CON001 con001-name: no way. Fix: Repair CON001.",
        "  what to watch",
        "    NET006 net006-name: old; expected new. Fix: Repair NET006.",
        "  2 remarks for information; --verbose lists them",
        "  2 checks could not be observed; --explain-unknown lists them",
        "",
        "1 server: 1 not ready.",
    ]


def test_says_more_when_asked() -> None:
    lines = probe.render([BROKEN], CHECKS, detail=probe.Detail(remarks=True, unknown=True)).splitlines()
    assert "    XAA001 xaa001-name: AuthorizationServer.idp: none. Fix: Repair XAA001." in lines
    assert lines[-6:-2] == [
        "    NET013 net013-name: no-store. Fix: Repair NET013.",
        "  what could not be observed",
        "    AuthorizationServer.idp: nothing was seen (PRM001)",
        "    blocked (ASD002)",
    ]


def test_says_little_about_what_is_sound_unknown_or_not_judged() -> None:
    assert probe.render([SOUND, UNKNOWN, FAULTY], CHECKS).splitlines() == [
        "McpServer.jira",
        "  Ready: connectable",
        "",
        "https://u",
        "  Unknown whether it is ready.",
        "",
        "https://f",
        "  Not judged: a bug",
        "",
        "3 servers: 1 ready, 1 unknown, 1 not judged.",
    ]
    assert summary([]) == "0 servers: nothing to ask."


def test_very_long_text_is_cut() -> None:
    assert len(probe.short("x" * 1000)) == 300


def test_only_errors_that_stand_count() -> None:
    assert has_errors([BROKEN], CHECKS)
    other = Letter(SUBJECT, SUBJECT, ready=True, findings=(finding("XAA001", subject=IDP), finding("NET006")))
    assert not has_errors([other, SOUND, UNKNOWN, FAULTY], CHECKS)


def test_json_gives_everything() -> None:
    document = findings.document([BROKEN, UNKNOWN, FAULTY], CHECKS)
    first, second, third = document["servers"]
    assert (document["ok"], first["ready"], second["ready"], third["fault"]) == (False, False, "unknown", "a bug")
    assert first["findings"][2] == {
        "id": "PRM001",
        "name": "prm001-name",
        "subject": SUBJECT,
        "outcome": "fail",
        "severity": "E",
        "gates": ["C"],
        "relation": "other",
        "origin": "live",
        "reference": "RFC 1",
        "fix": "Repair PRM001.",
        "evidence": {"url": "https://x", "status": 404, "content_type": "text/html", "length": 3, "sha256": "aa"},
        "source": {"file": "registry.d/a b.yaml", "line": 3, "column": 1},
    }
    assert first["authorization_servers"][1]["standing"] == "declared"
    json.dumps(document)


def test_sarif_has_a_rule_for_each_result_and_a_place() -> None:
    log = sarif.document([BROKEN, FAULTY, UNKNOWN], CHECKS, sarif.Scan("1.0"), explain_unknown=True)
    run = log["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] for r in run["results"]] == [
        r["ruleId"] for r in run["results"]
    ]
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert places == {"registry.d/a%20b.yaml", "b.yaml"}
    kinds = [(r["ruleId"], r["kind"], r["level"]) for r in run["results"]]
    assert ("XAA001", "fail", "note") in kinds
    assert kinds[-1] == ("ASD002", "open", "none")
    bare = Letter("https://u", "https://u", ready=False, blocking=("PRM001",), findings=(finding("PRM001"),))
    (result,) = sarif.document([bare], CHECKS, sarif.Scan("1.0"))["runs"][0]["results"]
    assert "physicalLocation" not in result["locations"][0]


def test_junit_counts_what_it_says() -> None:
    suites = ET.fromstring(junit.render([BROKEN, FAULTY], CHECKS))
    assert [(s.get("tests"), s.get("failures"), s.get("errors"), s.get("skipped")) for s in suites] == [
        ("11", "4", "0", "3"),
        ("1", "0", "1", "0"),
    ]
    assert len(list(suites.iter("failure"))) == 4
    assert next(out.text for out in suites.iter("system-out")) == "warning: old; expected new. Fix: Repair NET006."


def test_markdown_puts_the_worst_first_and_cuts_what_is_too_long() -> None:
    text = markdown.render([SOUND, UNKNOWN, BROKEN, FAULTY], CHECKS, explain_unknown=True)
    assert text.index("McpServer.jira`\n\n**Not ready**") < text.index("https://u") < text.index("**Ready**")
    assert "- error **ASD002** asd002-name at `b.yaml:9:2`: `AuthorizationServer.idp`, " in text
    assert "- unknown: PRM001: `AuthorizationServer.idp: nothing was seen`" in text
    assert "2 checks could not be observed" in markdown.render([BROKEN], CHECKS)
    many = markdown.render([BROKEN] * 200, CHECKS)
    assert len(many.encode()) <= markdown.BUDGET
    assert many.endswith("read all of it._\n")
    assert markdown.code("`a``") == "``` `a`` ```"
    assert markdown.code("") == "` `"


def test_what_the_verdict_says_already_is_not_said_again() -> None:
    said = "not connectable because AuthorizationServer.idp: XAA blocked by XAA001"
    letter = replace(BROKEN, narrative=said, findings=(finding("CON001", observed=said), finding("PRM001")))
    told = probe.render([letter], CHECKS)
    assert told.count(said) == 1
    assert "CON001" not in told.split("what stands in the way")[1]
    assert f"{IDP} — XAA" not in told
    assert f"{IDP} — STS declared" in told
    assert "CON001" not in markdown.render([letter], CHECKS)
    assert "CON001" in json.dumps(findings.document([letter], CHECKS))


def test_a_server_may_be_connectable_and_still_not_ready() -> None:
    letter = replace(BROKEN, connectable=True, narrative="connectable: idp by STS (verified)")
    assert "Not ready, although connectable: idp by STS (verified)" in probe.render([letter], CHECKS)


def test_a_place_with_a_name_is_named() -> None:
    assert summary([replace(SOUND, vantage="the CI runner")]).endswith("1 ready. Seen from the CI runner.")
    assert summary([replace(SOUND, vantage="here")]).endswith("1 ready.")
    assert findings.document([replace(SOUND, vantage="here")], CHECKS)["servers"][0]["vantage"] == "here"


def test_what_moved_and_what_cannot_be_read_come_before_what_follows_from_them() -> None:
    order = ("DRF003", "NET012", "ASD002", "PRM001", "DRF004", "CON001", "NET006")
    known = CHECKS | {code: check(code, Weight.ERROR) for code in ("DRF003", "NET012", "DRF004")}
    letter = replace(BROKEN, findings=tuple(finding(code) for code in reversed(order)))
    assert [issue.check.id for issue in letter.failures(known)] == list(order)


def test_an_error_beside_a_ready_server_does_not_stand_in_its_way() -> None:
    letter = replace(SOUND, findings=(finding("PRM001"),))
    assert "what has to be mended all the same" in probe.render([letter], CHECKS)
    assert "what stands in the way" not in probe.render([letter], CHECKS)
