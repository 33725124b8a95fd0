"""Annotations of GitHub: one command a finding, at its line in the repository, errors first."""

from dataclasses import replace

import pytest

from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.render import annotations
from reconciler.render.review import review
from tests.support import spoilt

FAULT = Diagnostic("YML001", "Wrong", "100% so.", "Mend it.", subject="McpServer.a")


def test_a_finding_stands_at_its_line_with_errors_first():
    warning = Diagnostic("YML002", "Odd: or not", "It is.", severity=Severity.WARNING).at(Source("a,b.yaml"))
    text = annotations.diagnostics([warning, FAULT.at(Source("registry.d/a.yaml", 3, 5))], "infra/")
    assert text.splitlines() == [
        "::error file=infra/registry.d/a.yaml,line=3,col=5,title=YML001 Wrong::McpServer.a: 100%25 so.%0AFix: Mend it.",
        "::warning file=infra/a%2Cb.yaml,title=YML002 Odd%3A or not::It is.",
        "1 error, 1 warning.",
    ]


def test_a_plan_names_its_findings_then_what_destroys_and_the_headline_last():
    lines = annotations.review(review(spoilt.plan())).splitlines()
    assert [line.partition("::")[2].partition("::")[0].partition(" ")[0] for line in lines[:-1]] == [
        "error",
        "warning",
        "warning",
    ]
    assert lines[2] == "::warning title=delete%2C high risk::McpServer.old: marked absent.%0ACuts off McpServer.jira."
    assert lines[-1] == "Plan that cannot be applied (1 problem): 1 to create, 1 to update, 1 to delete, 1 blocked."


def test_a_finding_of_a_plan_without_a_place_gets_the_one_of_its_change():
    plan = spoilt.plan()
    problem = replace(plan.problems[0], subject="McpServer.jira")
    (found, note) = review(replace(plan, problems=(problem,))).findings
    assert (found.source, note.source) == (Source("Tickets", 3, 1), Source("Tickets", 1, 1))


def test_a_probe_names_each_failure_once_by_its_weight_and_what_could_not_be_judged():
    lines = annotations.letters(spoilt.letters(), spoilt.CHECKS, "Said.").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "Said."]


@pytest.mark.parametrize(("number", "told"), [(annotations.SHOWN, False), (annotations.SHOWN + 1, True)])
def test_more_than_github_shows_is_said(number, told):
    assert ("GitHub shows the first 10" in annotations.diagnostics([FAULT] * number)) is told
