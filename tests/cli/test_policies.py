"""Policies at the command line: what they refuse, who may be excepted, and that a plan is bound to them."""

import shutil

import pytest

NAMED = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: short-names}
spec:
  title: Names are short
  severity: error
  kinds: [McpServer]
  when: has(object.spec.displayName)
  require: object.spec.displayName.size() <= 3
  message: "{{ object.spec.displayName }} is long."
  why: Consent pages cut them.
  fix: Shorten it.
cases:
- {name: long, expect: fail, given: {spec: {displayName: Tools}}}
- {name: short, expect: pass, given: {spec: {displayName: CI}}}
"""
WAIVER = """\
apiVersion: reconciler/v1
kind: Waiver
metadata: {name: tools}
spec: {policy: short-names, subjects: [McpServer.tools], owner: collab, reason: The vendor's name, expires: 2999-12-31}
"""


@pytest.fixture
def ruled(shop):
    """A project whose one server goes against its one policy."""
    demand(shop, NAMED)
    return shop


def demand(shop, text, name="names.yaml"):
    (shop.root / "policies").mkdir(exist_ok=True)
    (shop.root / "policies" / name).write_text(text, encoding="utf-8")


def test_what_a_policy_forbids_is_5_in_plan_and_apply_and_nothing_is_done(ruled, console):
    planned = ruled("plan", "--out", "p.json")
    assert planned.code == 5
    assert "short-names: Tools is long." in planned.out
    assert (ruled("apply", "p.json").code, ruled("apply", "--auto-approve").code) == (5, 5)
    assert console().statuses() == {}


def test_a_warning_is_said_with_the_change_and_stops_nothing(ruled):
    demand(ruled, NAMED.replace("severity: error", "severity: warning"))
    said = ruled("plan")
    assert (said.code, "short-names: Tools is long." in said.out) == (0, True)
    assert ruled("apply", "--auto-approve").code == 0
    again = ruled("plan")
    assert (again.code, "short-names: Tools is long." in again.err) == (0, True)


def test_somebody_may_answer_for_it_and_everybody_sees_who(ruled):
    demand(ruled, WAIVER, "waivers.yaml")
    said = ruled("plan", "--out", "p.json")
    assert said.code == 0
    assert "McpServer.tools is waived until 2999-12-31 by collab: The vendor's name" in said.out
    assert "is waived until" in ruled("plan", "--format", "markdown").out
    assert ruled("apply", "p.json").code == 0


def test_a_waiver_without_owner_or_with_a_day_that_is_past_is_3_at_its_place(ruled):
    demand(
        ruled, WAIVER.replace("owner: collab, ", "").replace("2999", "2020") + "---\n" + WAIVER.replace("2999", "2020")
    )
    for command in (["plan"], ["validate"], ["policy", "list"]):
        said = ruled(*command)
        assert said.code == 3
        assert "policies/names.yaml:4:1" in said.err
        assert "needs the key `owner`" in said.err
        assert "POL003" in said.err
        assert "policies/names.yaml:9" in said.err


def test_a_waiver_that_waives_nothing_is_a_warning(ruled):
    demand(ruled, NAMED.replace("<= 3", "<= 30"))
    demand(ruled, WAIVER, "waivers.yaml")
    said = ruled("plan")
    assert (said.code, "POL005" in said.err) == (0, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.yaml", NAMED.replace("<= 3", "<= 30").replace("kinds: [McpServer]", "kinds: [McpServer, AiAgent]")),
        ("more.yaml", NAMED.replace("short-names", "others").replace("<= 3", "<= 30")),
        ("waivers.yaml", WAIVER),
    ],
    ids=["changed", "added", "waived"],
)
def test_a_saved_plan_is_bound_to_the_policies_that_it_was_judged_by(ruled, console, name, text):
    demand(ruled, NAMED.replace("<= 3", "<= 30"))
    assert ruled("plan", "--out", "p.json").code == 0
    demand(ruled, text, name)
    said = ruled("apply", "p.json")
    assert (said.code, "The policy is not the one that it was judged by." in said.err) == (4, True)
    assert console().statuses() == {}


def test_comments_tests_and_files_of_policies_are_not_what_a_plan_is_bound_to(ruled):
    demand(ruled, NAMED.replace("<= 3", "<= 30"))
    assert ruled("plan", "--out", "p.json").code == 0
    (ruled.root / "policies" / "names.yaml").rename(ruled.root / "policies" / "renamed.yaml")
    assert ruled("apply", "p.json").code == 0


def test_a_pull_request_is_judged_by_the_policies_of_its_base_and_says_how_its_own_differ(ruled, tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    shutil.copytree(ruled.root / "policies", base / "policies")
    demand(ruled, NAMED.replace("<= 3", "<= 30") + "---\n" + NAMED.replace("short-names", "new"))
    demand(ruled, WAIVER, "waivers.yaml")
    demand(ruled, NAMED.replace("short-names", "going"), "../going.yaml")
    shutil.move(ruled.root / "going.yaml", base / "policies" / "going.yaml")
    said = ruled("plan", "--policies-from", str(base))
    assert said.code == 5
    assert "short-names: Tools is long." in said.out
    shown = " ".join(said.out.split())
    assert "The policy short-names is another one." in shown
    assert "The policy new is new." in shown
    assert "The policy going is gone." in shown
    assert "The waiver tools for short-names is new or another one." in shown
    for form in ("markdown", "html", "sarif", "github"):
        assert "The policy new is new." in ruled("plan", "--policies-from", str(base), "--format", form).out


def test_base_settings_that_cannot_be_read_judge_nothing(ruled, tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    (base / "reconciler.yaml").write_text("policies: {folder: ../out}\n")
    assert ruled("plan", "--policies-from", str(base)).code == 3


def test_a_policy_that_cannot_work_is_3_in_every_command_that_goes_by_it(ruled):
    demand(ruled, NAMED.replace("displayName.size() <= 3", "dislayName.size() <= 3"))
    for command in (["validate"], ["plan"], ["policy", "test"], ["policy", "list"]):
        said = ruled(*command)
        assert (said.code, "Did you mean `displayName`?" in said.err) == (3, True)
    assert ruled("validate", "--format", "json").json["diagnostics"][0]["code"] == "POL008"


def test_a_policy_that_takes_without_end_is_ended_refused_and_nothing_is_done(ruled, console):
    bomb = "['xxxxxxxx']" + ".map(a, a+a+a+a+a+a+a+a)" * 12 + ".size() > 0"
    demand(ruled, NAMED.replace("object.spec.displayName.size() <= 3", f'"{bomb}"'))
    for command in (["plan"], ["apply", "--auto-approve"]):
        said = ruled(*command)
        assert (said.code, "POL012" in said.out + said.err) == (5, True)
    assert console().servers() == []


def test_a_policy_that_fails_at_some_object_is_refused_not_passed_over(ruled):
    demand(ruled, NAMED.replace("  when: has(object.spec.displayName)\n", "").replace("displayName", "description"))
    said = ruled("plan")
    assert (said.code, "POL011" in said.out + said.err) == (5, True)


def test_the_pack_is_asked_for_in_the_settings(shop):
    shop.configure("policies: {builtin: [static-facts-are-reviewed, few-high-risks]}\n")
    assert {each["name"] for each in shop("policy", "list", "--format", "json").json["policies"]} == {
        "static-facts-are-reviewed",
        "few-high-risks",
    }
    assert shop("plan").code == 0
    shop.configure("policies: {builtin: all}\n")
    assert len(shop("policy", "list", "--format", "json").json["policies"]) == 10
    shop.configure("policies: {builtin: [https-onyl]}\n")
    said = shop("plan")
    assert (said.code, "Did you mean `https-only`?" in said.err) == (3, True)
    shop.configure("policies: {folder: rules}\n")
    assert (shop("plan").code, "rules" in shop("plan").err) == (3, True)


def test_list_explain_and_test_show_what_is_demanded(ruled):
    demand(ruled, WAIVER, "waivers.yaml")
    listed = ruled("policy", "list")
    assert "short-names  error    object  Names are short" in listed.out
    assert "McpServer.tools: waived until 2999-12-31 by collab" in listed.out
    assert "https-only" in ruled("policy", "list", "--all").out
    told = ruled("policy", "explain", "short-names")
    assert all(word in told.out for word in ("Consent pages", "Shorten it", "displayName.size() <= 3", "Excepted"))
    assert ruled("policy", "explain", "short-names", "--format", "json").json["waivers"][0]["owner"] == "collab"
    assert ruled("policy", "explain", "https-only").code == 0
    unknown = ruled("policy", "explain", "short-name")
    assert (unknown.code, "Did you mean short-names?" in unknown.err) == (64, True)
    assert ruled("policy", "test").out.endswith("2 tests, 0 failed.\n")
    assert ruled("policy", "test", "nothing").code == 64


def test_a_policy_whose_tests_fail_or_that_has_none_is_3(ruled):
    demand(ruled, NAMED.replace("expect: fail", "expect: pass"))
    said = ruled("policy", "test")
    assert (said.code, "FAIL  short-names: long\n      It fails: Tools is long." in said.out) == (3, True)
    demand(ruled, NAMED.partition("cases:")[0])
    said = ruled("policy", "test", "--format", "json")
    assert (said.code, said.json["tests"][0]["failure"]) == (3, "It has no test.")


def test_without_any_policy_the_commands_say_so(shop):
    assert "No policies" in shop("policy", "list").out
    assert shop("policy", "test").code == 0


def test_a_strangers_pull_request_is_judged_by_the_base_without_any_organisation(ruled, tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    for folder in ("policies", "registry.d"):
        shutil.copytree(ruled.root / folder, base / folder)
    demand(ruled, NAMED.replace("<= 3", "<= 30"))
    said = ruled("plan", "--against", str(base))
    assert (said.code, ruled.untouched) == (5, True)
    assert "short-names: Tools is long." in said.out
    assert "The policy short-names is another one." in " ".join(said.out.split())
