"""Policies as text and as JSON: nothing of a policy or a waiver reaches the terminal unescaped, nothing is left out."""

from datetime import date

from reconciler.core.diagnostic import Severity, Source
from reconciler.core.policy import Case, Exemption, Over, Policy, Rulebook
from reconciler.core.ruling import Waiver
from reconciler.render import policies

POLICY = Policy(
    "https-only",
    "Every address is \x1b[31mhttps",
    Over.OBJECT,
    Severity.ERROR,
    "true",
    when="object.kind != ''",
    kinds=("McpServer",),
    environments=("production",),
    why="Others read along.",
    cases=(
        Case("fine", holds=True, given={}, environment="test"),
        Case("bad", holds=False, given={}, environment="test"),
    ),
    source=Source("policies/a.yaml", 1, 1),
)
BARE = Policy("bare", "Nothing", Over.PLAN, Severity.WARNING, "true")
WAIVED = Exemption("w", "https-only", ("McpServer.jira",), Waiver("me\x07", "moving", date(2027, 6, 30)))


def test_a_list_says_who_is_excepted_below_each_policy():
    text = policies.listed(Rulebook({"https-only": POLICY, "bare": BARE}, (WAIVED,)))
    assert text.splitlines() == [
        "bare        warning  plan    Nothing",
        r"https-only  error    object  Every address is \u001b[31mhttps",
        r"            McpServer.jira: waived until 2027-06-30 by me\u0007: moving",
    ]
    assert policies.listed(Rulebook()).startswith("No policies.")


def test_an_explanation_holds_everything_that_is_written_and_nothing_else():
    text = policies.explained(POLICY, [WAIVED])
    for part in ("production", "Others read along.", "object.kind != ''", "Test: fine (holds)", "Test: bad (fails)"):
        assert part in text
    assert "Excepted: McpServer.jira" in text
    assert "\x1b" not in text
    assert [line for line in policies.explained(BARE, []).splitlines() if line and line[0] != " "][2:] == ["Demands"]


def test_a_test_that_fails_says_how_and_all_are_counted():
    assert policies.tried([("a", "one", ""), ("a", "two", "It holds.")]).splitlines() == [
        "ok    a: one",
        "FAIL  a: two",
        "      It holds.",
        "2 tests, 1 failed.",
    ]


def test_json_names_what_a_policy_and_a_waiver_mean():
    assert policies.answer(POLICY).tests == 2
    assert policies.answer(POLICY).source == "policies/a.yaml:1:1"
    assert policies.explained_answer(POLICY, [WAIVED]).waivers == [policies.waiver(WAIVED)]
    listed = policies.listed_answer(Rulebook({"https-only": POLICY, "bare": BARE}, (WAIVED,)))
    assert [each.name for each in listed.policies] == ["bare", "https-only"]
    assert listed.waivers == [policies.waiver(WAIVED)]
    assert policies.waiver(WAIVED).expires == "2027-06-30"
