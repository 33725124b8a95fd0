"""The forms for other programs at the command line: findings at their lines, several reports of one plan."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import manifest
from tests.support.judges import demand_junit, demand_published, demand_sarif

FAULTY = manifest(title="[wrong, 😀 type]").replace("discovery: static", "discovery: 😀")


def text_at(root: Path, place):
    """What stands at a place of SARIF: from its column, which counts code points, to the end of the line."""
    lines = (root / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").split("\n")
    return lines[place["region"]["startLine"] - 1][place["region"]["startColumn"] - 1 :]


def test_sarif_of_faulty_manifests_points_at_what_is_wrong(shop):
    shop.write(FAULTY)
    said = shop("validate", "--format", "sarif")
    demand_sarif(said.json)
    (run,) = said.json["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert (said.code, said.err) == (3, "")
    assert sorted(text_at(shop.root, place) for place in places) == ["[wrong, 😀 type]", "😀"]


def test_annotations_name_files_from_the_top_of_the_repository(shop):
    (shop.root / ".git").mkdir()
    shop.write(FAULTY)
    project = shop.root / "infra"
    project.mkdir()
    (shop.root / "registry.d").rename(project / "registry.d")
    said = shop("validate", "--format", "github", "--chdir", "infra")
    assert said.code == 3
    assert "::error file=infra/registry.d/manifest.yaml,line=" in said.out
    assert said.out.endswith("2 errors, 0 warnings.\n")


def test_valid_manifests_are_an_empty_log_and_no_annotation(shop):
    said = shop("validate", "--format", "sarif")
    assert (said.code, said.json["runs"][0]["results"]) == (0, [])
    assert shop("validate", "--format", "github").out == "0 errors, 0 warnings.\n"


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_what_stops_a_run_is_said_in_the_form_that_was_asked_for(shop, form):
    shop.configure("environments: {default: {target: {type: nonsense}}}\n")
    said = shop("plan", "--format", form)
    assert said.code == 3
    assert "reconciler.yaml" in said.out
    unusable = shop("show", "nothing.json", "--format", form)
    assert unusable.code == 64
    assert "nothing.json cannot be read" in unusable.out


def test_one_plan_is_written_in_several_forms_at_once(shop):
    said = shop("plan", "--report", "a.md", "--report", "a.html", "--report", "a.sarif", "--format", "github")
    assert (said.code, said.out) == (0, "Plan: 1 to create.\n")
    assert (shop.root / "a.md").read_text().startswith("## Plan: 1 to create.")
    assert (shop.root / "a.html").read_text().startswith("<!DOCTYPE html>")
    demand_sarif(json.loads((shop.root / "a.sarif").read_text()))


def test_a_saved_plan_is_shown_in_every_form_as_when_it_was_made(shop):
    made = shop("plan", "--out", "p.json", "--format", "markdown")
    assert shop("show", "p.json", "--format", "markdown").out == made.out
    assert shop("show", "p.json", "--format", "html").out.startswith("<!DOCTYPE html>")
    assert shop("show", "p.json", "--format", "json").out == (shop.root / "p.json").read_text()
    demand_sarif(shop("show", "p.json", "--format", "sarif").json)


@pytest.mark.parametrize("name", ["no/such/folder/a.html", "registry.d"])
def test_a_report_that_cannot_be_written_stops_the_run_with_a_sentence(shop, name):
    said = shop("plan", "--report", name)
    assert said.code in {1, 64}
    assert name in said.err


def test_a_limit_below_the_summary_is_a_usage_error(shop):
    said = shop("plan", "--format", "markdown", "--report-limit", "100")
    assert said.code == 64
    assert "2000" in said.err


def test_a_look_for_drift_has_reports_and_forms(shop):
    said = shop("drift", "--format", "markdown", "--report", "d.html", "--report", "d.md")
    assert (said.code, said.out) == (2, (shop.root / "d.md").read_text())
    assert said.out.startswith("**Drift: 1 difference to look at")
    assert "<!DOCTYPE html>" in (shop.root / "d.html").read_text()
    assert shop("drift", "--format", "html").out.startswith("<!DOCTYPE html>")


def test_a_probe_is_written_in_several_forms_at_once(shop):
    names = ("p.html", "p.sarif", "p.xml", "p.json", "p.md")
    said = shop("probe", "--tier", "0", "--format", "html", *(word for name in names for word in ("--report", name)))
    written = {name: (shop.root / name).read_text() for name in names}
    assert (said.code, said.out) == (0, written["p.html"] + "\n")
    demand_sarif(json.loads(written["p.sarif"]))
    demand_junit(written["p.xml"])
    demand_published("probe", json.loads(written["p.json"]))
    assert written["p.md"].startswith("## MCP servers: readiness")
    assert shop("probe", "--tier", "0", "--format", "github").out.endswith("1 server: 1 ready.\n")


def test_what_policies_said_of_everything_is_a_junit_report_of_a_plan(shop):
    policy = shop.root / "policies" / "named.yaml"
    policy.parent.mkdir()
    policy.write_text(POLICY, encoding="utf-8")
    said = shop("plan", "--out", "p.json", "--report", "p.xml")
    report = (shop.root / "p.xml").read_text()
    demand_junit(report)
    assert said.code == 5
    suites = {suite.get("name"): suite for suite in ET.fromstring(report)}
    assert (suites["named"].get("tests"), suites["named"].get("failures")) == ("1", "1")
    assert shop("show", "p.json", "--report", "q.xml").code == 64


POLICY = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: named}
spec:
  title: Servers say whose they are
  severity: error
  kinds: [McpServer]
  require: "'team' in object.metadata.labels"
  message: It names no team.
  why: Somebody has to be called.
  fix: Add the label `team`.
cases:
- {name: bare, expect: fail, given: {metadata: {labels: {}}}}
- {name: named, expect: pass, given: {metadata: {labels: {team: x}}}}
"""
