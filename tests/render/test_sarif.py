"""SARIF: rules described once, results at their lines, and identities that stay when lines move."""

from dataclasses import replace

from reconciler.core.diagnostic import Diagnostic, Rule, Severity, Source
from reconciler.render import sarif
from tests.support.judges import demand_sarif

FAULT = Diagnostic("YML001", "Wrong", "It is.", "Mend it.", subject="McpServer.a").at(
    Source("registry.d/ä b.yaml", 3, 5)
)
RULE = Rule("YML001", "Wrong", "Because.", "x", "Read the page.")


def log(*found, rules=None, prefix=""):
    made = sarif.diagnostics(found, rules or {}, sarif.Scan("1.0", prefix))
    demand_sarif(made)
    return made["runs"][0]


def test_a_result_stands_at_its_line_of_the_repository():
    (result,) = log(FAULT, prefix="infra/")["results"]
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "infra/registry.d/%C3%A4%20b.yaml"},
                "region": {"startLine": 3, "startColumn": 5},
            },
            "logicalLocations": [{"fullyQualifiedName": "McpServer.a"}],
        }
    ]
    assert (result["level"], result["message"]["text"]) == ("error", "It is. Fix: Mend it.")


def test_where_only_the_file_is_known_no_region_is_made_up():
    (result,) = log(FAULT.at(Source("reconciler.yaml")))["results"]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "reconciler.yaml"}}
    (nowhere,) = log(replace(FAULT, source=None, subject="", fix=""))["results"]
    assert (nowhere["locations"], nowhere["message"]["text"]) == ([{}], "It is.")


def test_a_rule_is_described_once_by_its_page_and_a_strange_one_by_what_was_found():
    strange = Diagnostic("ACME1", "Odd", "It is.", severity=Severity.WARNING)
    run = log(FAULT, FAULT, strange, rules={"YML001": RULE})
    described = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["fullDescription"]["text"]) for rule in described] == [
        ("ACME1", "Odd"),
        ("YML001", "Because."),
    ]
    assert [result["ruleIndex"] for result in run["results"]] == [1, 1, 0]
    assert [rule["defaultConfiguration"]["level"] for rule in described] == ["warning", "error"]


def test_a_finding_keeps_its_identity_when_lines_move():
    def mark(found):
        return log(found)["results"][0]["partialFingerprints"]["checkAndSubject/v1"]

    assert mark(FAULT) == mark(replace(FAULT, detail="Else.")) == mark(FAULT.at(Source("registry.d/ä b.yaml", 9, 1)))
    assert mark(FAULT) != mark(replace(FAULT, subject="McpServer.b"))
