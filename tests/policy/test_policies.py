"""Policies from text to rulings: what may be written, what is found wrong, and that no expression gets away."""

from datetime import date
from pathlib import Path

import pytest

from reconciler import manifests, policy
from reconciler.app import policing
from reconciler.core.policy import Over
from reconciler.core.ruling import Waiver
from reconciler.kinds import KINDS
from reconciler.policy import court, worker
from reconciler.policy.view import shapes
from tests.support.build import external, live, mcp, okta, planned, wish

TODAY = date(2027, 1, 1)
POLICY = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {{name: {name}}}
spec:
  title: A title
  severity: {severity}
  {more}
  require: |-
    {require}
"""
WAIVER = """\
---
apiVersion: reconciler/v1
kind: Waiver
metadata: {{name: legacy}}
spec:
  policy: {policy}
  subjects: [{subjects}]
  {owner}
  reason: The vendor moves in March.
  expires: {expires}
"""


def written(require, name="demand", severity="error", more=""):
    return POLICY.format(name=name, severity=severity, more=more, require=require)


def waiver(policy="demand", subjects="McpServer.jira", owner="owner: collab@example.com", expires="2027-06-30"):
    return WAIVER.format(policy=policy, subjects=subjects, owner=owner, expires=expires)


def read(root, text):
    (root / "policies").mkdir(exist_ok=True)
    (root / "policies" / "own.yaml").write_text(text, encoding="utf-8")
    return manifests.read_policies(root, ["policies"], {})


def found(root, text):
    """Everything that is wrong with a text: code, place, sentence."""
    files = read(root, text)
    between = [*manifests.policy_faults(files.rulebook, KINDS, ["test", "production"], TODAY)]
    for each in files.rulebook.policies.values():
        between += policy.check(each, policing._specs())
    return [*files.faults, *files.located(between)]


def rulings(root, text, desired, world=None, environment="test"):
    files = read(root, text)
    assert files.faults == ()
    bench = policy.Bench(files.rulebook, environment, TODAY)
    return policy.judge(bench, desired, planned(desired, world or live()))


def said(rulings_):
    return {each.subject: each.finding.detail for each in rulings_ if each.finding is not None}


# -- what may be written -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("require", "place", "words"),
    [
        ("object.spec.resourceUrl startsWith", (8, 12), "Syntax error"),
        ("object.spec.resourceUri == ''", (8, 12), "Did you mean `resourceUrl`?"),
        ("objekt.spec.resourceUrl == ''", (8, 12), "Known are environment, object, today"),
        ("object.metadata.label == ''", (8, 12), "there are labels, name"),
        ("object.spec.displayName.short == ''", (8, 12), "single value"),
        ("object.spec.resourceUrl + 'x'", (8, 12), "found no matching overload"),
        ("object.metadata.name.size()", (8, 12), "INT, not true or false"),
        ("object.spec.nothing(1)", (8, 12), "undeclared reference to 'nothing'"),
    ],
)
def test_an_expression_that_cannot_work_is_found_before_it_runs(tmp_path, require, place, words):
    if "+ 'x'" in require:
        require = "object.spec.resourceUrl + 'x' == 1 + 'x'"
    [fault, *_] = found(tmp_path, written(require, more="kinds: [McpServer]"))
    assert fault.code in {"POL007", "POL008"}
    assert (fault.source.file, fault.source.line, fault.source.column) == ("policies/own.yaml", *place)
    assert words in fault.detail


@pytest.mark.parametrize(
    "require",
    [
        "object.spec.accessPolicies.all(p, p.rules.all(r, r.grantType == ''))",
        "object.spec.accessPolicies[0].rules[0].grantType == ''",
        "[1].all(x, has(object.spec.accessPolicis))",
        "{'a': object.spec.accessPolicis}.a == [object.spec.nam]",
    ],
)
def test_members_are_known_inside_loops_lists_maps_and_brackets_too(tmp_path, require):
    faults = found(tmp_path, written(require, more="kinds: [AuthorizationServer]"))
    assert {fault.code for fault in faults} == {"POL008"}


@pytest.mark.parametrize(
    ("over", "require"),
    [
        ("object", "object.spec.anything == '' || has(object.metadata.labels.team)"),
        ("change", "change.fields.all(f, f.before == f.after || f.path == 'a') && change.hazards.all(h, h.code != '')"),
        ("plan", "plan.changes.all(c, c.cuts.size() == 0) && plan.count.create < 3"),
    ],
)
def test_what_cannot_be_known_before_is_left_to_the_run(tmp_path, over, require):
    kinds = "kinds: [McpServer]" if "anything" not in require else ""
    faults = found(tmp_path, written(require, more=f"over: {over}\n  {kinds}"))
    assert [fault.code for fault in faults] == (["POL008"] if "anything" in require else [])


def test_a_kind_that_nothing_is_known_of_leaves_everything_open():
    assert shapes(Over.OBJECT, ("Other",), {})["object"].member("spec").member("anything") is not None


def test_every_fault_of_every_document_comes_at_once_and_at_its_place(tmp_path):
    text = (
        written("object.kind == ''", severity="fatal")
        + "---\nkind: Polcy\n---\n[]\n---\n"
        + written("'a' == 1", name="twice", more="kinds: [McpServr]\n  environments: [prodution]")
        + "---\n"
        + written("object.kind == ''", name="twice")
        + waiver(policy="twise", subjects="McpServer.jira, jira", expires="2026-12-31")
        + waiver(policy="twice", owner="environments: [prod]")
        + waiver(policy="twice", subjects="plan").replace("owner: ", "environments: [prod]\n  owner: ")
    )
    faults = found(tmp_path, text)
    codes = [fault.code for fault in faults]
    assert all(fault.source.line for fault in faults)
    assert {"MAN007", "MAN004", "POL001", "POL002", "POL003", "POL004", "POL006", "POL007"} <= set(codes)
    assert codes.count("POL006") == 3
    assert codes.count("POL004") == 2
    assert next(f.fix for f in faults if f.code == "POL001") == "Did you mean `Policy`?"


def test_a_file_that_cannot_be_read_is_a_fault_not_an_empty_one(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "broken.yaml").write_bytes(b"\xff\xfe\x00")
    assert [f.code for f in manifests.read_policies(tmp_path, ["policies"], {}).faults] == ["YML005"]


# -- what they say -------------------------------------------------------------------------------------------------


def test_a_policy_says_of_each_object_whether_it_holds(tmp_path):
    text = written(
        "object.spec.displayName != 'Jira'", more='message: "{{ object.address }} is {{ object.spec.protect }}."'
    )
    text = text.replace("kind: Policy", "kind: Policy").replace("  title", "  kinds: [McpServer]\n  title")
    found_ = rulings(tmp_path, text, wish(mcp(displayName="Jira"), mcp("wiki", displayName="Wiki"), external()))
    assert [(each.subject, each.fails) for each in found_] == [("McpServer.jira", True), ("McpServer.wiki", False)]
    assert said(found_) == {"McpServer.jira": "demand: McpServer.jira is false."}


def test_a_tombstone_is_no_object_and_other_environments_are_not_asked(tmp_path):
    desired = wish(mcp(absent=True), external())
    assert {each.subject for each in rulings(tmp_path, written("false"), desired)} == {"AuthorizationServer.idp"}
    elsewhere = written("false", more="environments: [production]")
    assert rulings(tmp_path, elsewhere, desired) == ()
    assert len(rulings(tmp_path, elsewhere, desired, environment="production")) == 1


def test_when_says_where_there_is_nothing_to_demand(tmp_path):
    text = written("false", more="when: object.kind == 'McpServer' && today == '2027-01-01' && environment == 'test'")
    assert set(said(rulings(tmp_path, text, wish(mcp(), external())))) == {"McpServer.jira"}


def test_changes_and_plans_are_judged_as_a_reviewer_sees_them(tmp_path):
    text = written("change.risk == 'low'", more="over: change")
    text += "---\n" + written("plan.count.create <= 1 && plan.deletes == 0", name="small", more="over: plan")
    found_ = rulings(tmp_path, text, wish(mcp(), mcp("wiki"), external()))
    assert [(each.policy, each.subject) for each in found_ if each.fails] == [
        ("demand", "McpServer.jira"),
        ("demand", "McpServer.wiki"),
        ("small", ""),
    ]


def test_what_cannot_be_evaluated_is_an_error_whatever_its_severity(tmp_path):
    text = written("object.spec.displayName.size() > 3", severity="warning", more="kinds: [McpServer]")
    [ruling] = rulings(tmp_path, text, wish(mcp(), external()))
    assert (ruling.finding.code, ruling.fails) == ("POL011", True)
    assert "displayName" in ruling.finding.detail
    no_truth = written("object.metadata.labels == {} ? dyn(1) : dyn(2)", more="kinds: [McpServer]")
    assert "not true or false" in rulings(tmp_path, no_truth, wish(mcp(), external()))[0].finding.detail


def test_warnings_do_not_stand_in_the_way(tmp_path):
    [ruling] = rulings(
        tmp_path, written("false", severity="warning", more="kinds: [McpServer]"), wish(mcp(), external())
    )
    assert (ruling.finding.is_error, ruling.fails) == (False, False)


# -- who answers for an exception ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        (waiver(), False),
        (waiver(expires="2027-01-01"), False),
        (waiver(expires="2026-12-31"), True),
        (waiver(subjects="McpServer.wiki"), True),
        (waiver(policy="other"), True),
        (waiver().replace("reason:", "environments: [production]\n  reason:"), True),
    ],
    ids=["in force", "on its last day", "expired", "of another object", "of another policy", "elsewhere"],
)
def test_a_waiver_counts_for_its_policy_objects_environments_and_days(tmp_path, text, fails):
    [ruling] = rulings(tmp_path, written("false", more="kinds: [McpServer]") + text, wish(mcp(), external()))
    assert ruling.fails is fails
    assert ruling.finding is not None
    if not fails:
        assert ruling.waiver.owner == "collab@example.com"
        assert isinstance(ruling.waiver, Waiver)


def test_a_waiver_never_covers_what_could_not_be_evaluated(tmp_path):
    text = written("object.spec.displayName == ''", more="kinds: [McpServer]") + waiver()
    assert rulings(tmp_path, text, wish(mcp(), external()))[0].fails


def test_the_digest_is_that_of_the_meaning(tmp_path):
    one = read(tmp_path, written("true") + waiver()).rulebook
    same = read(tmp_path, "# moved\n" + written("true") + "cases: []\n" + waiver()).rulebook
    assert one.digest == same.digest
    others = [written("false") + waiver(), written("true", severity="warning") + waiver(), written("true")]
    assert len({one.digest, *(read(tmp_path, text).rulebook.digest for text in others)}) == 4
    assert read(tmp_path, "").rulebook.digest == ""


# -- what an expression may take -----------------------------------------------------------------------------------

LOOP = "object.l.map(a, object.l.map(b, object.l.map(c, a))).size() > 0"
BOMB = "['xxxxxxxx']" + ".map(a, a+a+a+a+a+a+a+a)" * 12 + ".size() > 0"
CASE = f"\ncases: [{{name: one, expect: pass, given: {{l: [{', '.join('1' * 30)}]}}}}]\n"


def test_loops_in_loops_have_a_budget_and_memory_a_bound_and_the_others_go_on(tmp_path):
    policies = read(
        tmp_path,
        "---\n".join(
            written(require, name) + CASE
            for name, require in (("a-loop", LOOP), ("b-bomb", BOMB), ("c-fine", "object.l.size() == 30"))
        ),
    ).rulebook.policies
    tried = policy.try_cases([policies[name] for name in sorted(policies)], TODAY)
    assert ["" if not each.said else each.said.split()[0] for each in tried] == ["INTERNAL:", "It", ""]


def test_too_much_is_a_finding_of_its_own(tmp_path):
    text = written(BOMB, severity="warning", more="kinds: [McpServer]")
    [ruling] = rulings(tmp_path, text, wish(mcp(), external()))
    assert (ruling.finding.code, ruling.fails) == ("POL012", True)


def test_a_worker_that_never_answers_is_ended(tmp_path, monkeypatch):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(600)", encoding="utf-8")
    monkeypatch.setattr(court, "_WORKER", sleeper)
    monkeypatch.setattr(court, "_WALL_SECONDS", 0.2)
    [ruling] = rulings(tmp_path, written("true", more="kinds: [McpServer]"), wish(mcp(), external()))
    assert ruling.finding.code == "POL012"


def test_the_worker_imports_nothing_of_this_program():
    assert "reconciler" not in Path(worker.__file__).read_text(encoding="utf-8")


# -- the tests beside policies, and the pack -----------------------------------------------------------------------


def test_a_test_that_does_not_go_as_expected_says_how(tmp_path):
    given = {"a": ("pass", "{x: 1}"), "b": ("fail", "{x: 2}"), "c": ("pass", "{}"), "d": ("pass", "{x: 2}")}
    cases = "cases:\n" + "".join(
        f"- {{name: {name}, expect: {expect}, given: {value}, environment: {name}}}\n"
        for name, (expect, value) in given.items()
    )
    policies = read(
        tmp_path, written("object.x == 2", more='message: "it is {{ object.x }}"') + cases
    ).rulebook.policies
    assert [each.said for each in policy.try_cases([policies["demand"]], TODAY)] == [
        "It fails: it is 1",
        "It holds, and was expected to fail.",
        'NOT_FOUND: Key not found in map : "x"',
        "",
    ]


def test_every_policy_of_the_pack_is_sound_and_its_tests_hold_both_ways():
    book = manifests.read_policies(Path(), (), policy.pack())
    assert book.faults == ()
    policies = list(book.rulebook.policies.values())
    assert [fault for each in policies for fault in policy.check(each, policing._specs())] == []
    assert [(t.policy.name, t.case.name, t.said) for t in policy.try_cases(policies, TODAY) if t.said] == []
    for each in policies:
        assert {case.holds for case in each.cases} == {True, False}, each.name
        assert each.why, each.name
        assert each.fix, each.name
        assert each.source.file == f"builtin:{each.name}.yaml"


def test_the_pack_judges_real_documents(tmp_path):
    weak = {
        "name": "p",
        "clients": ["ALL_CLIENTS"],
        "rules": [{"name": "r", "grantTypes": ["implicit"], "scopes": ["*"]}],
    }
    desired = wish(mcp(), external(), okta(accessPolicies=[weak]))
    book = manifests.read_policies(tmp_path, (), policy.pack()).rulebook
    found_ = policy.judge(policy.Bench(book, "production", TODAY), desired, planned(desired, live()))
    assert {(each.policy, each.subject) for each in found_ if each.finding} == {
        ("named-clients", "AuthorizationServer.agents"),
        ("no-weak-grants", "AuthorizationServer.agents"),
        ("no-wildcard-scopes", "AuthorizationServer.agents"),
        ("production-is-protected", "McpServer.jira"),
        ("static-facts-are-reviewed", "AuthorizationServer.idp"),
    }
    assert {each.finding.code for each in found_ if each.finding} == {"POL010"}
