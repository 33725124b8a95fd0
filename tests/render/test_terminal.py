import re
from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Severity, Source
from reconciler.core.errors import CallRefused
from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Change, FieldChange, Origin, Plan, Reason, Target, Unmanaged
from reconciler.core.plan_file import digest
from reconciler.core.result import Outcome, Result, StepResult
from reconciler.engine.planner import Context, make_plan
from reconciler.kinds import KINDS
from reconciler.render import terminal
from reconciler.render.palette import ASCII, Palette
from tests.support.build import TARGET, external, live, mcp, okta, planned, raw_mcp, raw_okta, recalled, wish

JIRA = Address("McpServer", "jira")
MOVED = "https://moved.example.com/mcp"


WALKS = ("create", "update", "INACTIVE", "ACTIVE", "INVALID", "PENDING", "old object")


def lines(plan, palette=None):
    return terminal.render(plan, palette or Palette()).splitlines()


def walk(server, raw, bindings=None):
    """The one line that shows the steps as a walk."""
    raws = raw if isinstance(raw, list) else [raw] if raw else []
    plan = planned(wish(external(), server), live(raws), bindings)
    return next(line.strip() for line in lines(plan) if line.strip().startswith(WALKS))


@pytest.mark.parametrize(
    ("server", "raw", "bindings", "expected"),
    [
        (mcp(), None, None, "create INACTIVE ▲ ACTIVE"),
        (mcp(state="inactive"), None, None, "create INACTIVE"),
        (mcp(description="New"), raw_mcp(), None, "update"),
        (mcp(description="New", state="inactive"), raw_mcp(), None, "ACTIVE ▼ INACTIVE update"),
        (mcp(description="New"), raw_mcp(status="INACTIVE"), None, "update INACTIVE ▲ ACTIVE"),
        (mcp(), raw_mcp(status="INVALID"), None, "INVALID ✔ INACTIVE ▲ ACTIVE"),
        (mcp(), raw_mcp(status="PENDING"), None, "PENDING → INACTIVE ▲ ACTIVE"),
        (mcp(absent=True), raw_mcp(), None, "ACTIVE ▼ INACTIVE → DELETED"),
        (
            mcp(resourceUrl=MOVED),
            raw_mcp(id="ems1"),
            {JIRA: "ems1"},
            "create INACTIVE ▲ ACTIVE, then old object ACTIVE ▼ INACTIVE → DELETED",
        ),
        (
            mcp(revalidate="reregister"),
            raw_mcp(status="INVALID"),
            None,
            "old object INVALID → DELETED, then create INACTIVE ▲ ACTIVE",
        ),
        (
            mcp(revalidate="reregister", resourceUrl=MOVED),
            [raw_mcp(id="ems1"), raw_mcp("moved", "INVALID")],
            {JIRA: "ems1"},
            "old object INVALID → DELETED, then create INACTIVE ▲ ACTIVE, then old object ACTIVE ▼ INACTIVE → DELETED",
        ),
    ],
)
def test_steps_are_shown_as_a_walk_in_the_order_in_which_they_happen(server, raw, bindings, expected):
    assert walk(server, raw, bindings) == expected


def test_ascii_terminals_get_twins_of_every_sign():
    plan = planned(wish(external(), mcp(absent=True), mcp("b", displayName="B")), live([raw_mcp(), raw_mcp("b")]))
    assert all(line.isascii() for line in lines(plan, ASCII))
    assert "    ACTIVE v INACTIVE -> DELETED" in lines(plan, ASCII)


def test_colour_marks_the_text_and_changes_none_of_it():
    plan = planned(wish(external(), mcp(), mcp("b", absent=True)), live([raw_mcp("b")]))
    coloured = terminal.render(plan, Palette(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(plan)


def test_fields_stand_in_columns_with_what_was_and_what_will_be():
    change = Change(
        JIRA,
        Action.UPDATE,
        Reason.FIELDS_DIFFER,
        risk=Risk.HIGH,
        fields=(
            FieldChange(("a",), "add", after=1),
            FieldChange(("longer",), "change", "x", "y"),
            FieldChange(("c",), "remove", before={"d": 2}),
        ),
        source=Source("a.yaml", 3, 1),
    )
    assert lines(Plan(Target("e", "t", "o"), (change,)))[2:6] == [
        "~ McpServer.jira  differs, high risk  a.yaml:3:1",
        "    + a       1",
        '    ~ longer  "x" → "y"',
        "    - c.d     2",
    ]


def test_every_reason_and_action_can_be_shown():
    for reason in Reason:
        for action in Action:
            plan = Plan(Target("e", "t", "o"), (Change(JIRA, action, reason),))
            assert terminal.render(plan)


def test_a_plan_that_changes_nothing_is_one_sentence_without_a_digest():
    plan = planned(wish(external(), mcp(), mcp("gone", absent=True)), live([raw_mcp()]))
    assert lines(plan) == [
        "Environment test, organisation memory:test",
        "",
        "= 1 object as the manifests say, not remembered yet: an apply writes that down.",
        "No changes. 1 object is as the manifests say.",
    ]


def test_a_plan_of_remembered_objects_that_changes_nothing_is_one_sentence():
    desired, world = wish(external(), mcp()), live([raw_mcp()])
    assert lines(planned(desired, world, recalled(desired, world)))[2:] == [
        "No changes. 1 object is as the manifests say."
    ]


def test_whose_doing_a_difference_is_stands_beside_it():
    then, now = wish(external(), mcp(description="A", displayName="J")), wish(external(), mcp(description="B"))
    world = live([raw_mcp(description="C", displayName="K", status="INACTIVE")])
    memory = recalled(then, world)
    said = lines(planned(now, world, memory))
    assert '    ~ description  "C" → "B"  (conflict: was "A" when last applied)' in said
    said = lines(planned(wish(external(), mcp(description="A", displayName="J")), world, memory))
    assert '    ~ description  "C" → "A"  (drift: was "A" when last applied)' in said
    assert "    drift: was ACTIVE when last applied" in said


def test_drift_in_what_was_not_there_and_what_is_accepted_are_told_in_words():
    field = FieldChange(("x",), "remove", 1, origin=Origin.DRIFT)
    kept = replace(field, path=("y",), origin=Origin.ACCEPTED)
    change = Change(JIRA, Action.UPDATE, Reason.FIELDS_DIFFER, fields=(field, kept), remembered=True)
    said = lines(Plan(Target("e", "t", "o"), (change,)))
    assert "    - x  1  (drift: was not there when last applied)" in said
    assert "    - y  1  (accepted: stays as it is)" in said


def test_what_memory_lacks_is_one_line_each():
    desired, world = wish(external(), mcp(), mcp("b", description="New")), live([raw_mcp(), raw_mcp("b")])
    said = lines(planned(desired, world))
    assert "= 1 object as the manifests say, not remembered yet: an apply writes that down." in said
    assert "Nothing is remembered of 1 object to change: what differs there may be drift." in said
    protected = wish(external(), mcp(protect=True))
    said = lines(planned(protected, world, recalled(desired, world)))
    assert "= 1 object as the manifests say, remembered otherwise: an apply writes that down." in said


def test_the_last_lines_count_and_name_the_digest():
    desired = wish(external(), mcp("a"), mcp("b"), mcp("c", absent=True), mcp("d", absent=True))
    plan = planned(desired, live([raw_mcp("b"), raw_mcp("c")]))
    assert lines(plan)[-2:] == ["Plan: 1 to create, 1 to delete, 1 unchanged.", f"Digest {digest(plan)}"]


def test_a_plan_with_nothing_but_problems_still_ends_in_a_sentence():
    problem = Diagnostic("PLN003", "Not there", "No aus1.", "Correct it.", subject="AuthorizationServer.corp")
    assert lines(Plan(Target("e", "t", "o"), (), problems=(problem,))) == [
        "Environment e, organisation o",
        "",
        "PLN003 AuthorizationServer.corp: Not there. No aus1.",
        "  Correct it.",
        "",
        "Plan that cannot be applied (1 problem): nothing that can be done.",
    ]


def test_notes_stand_under_their_change_and_problems_once_below():
    protected = planned(wish(external(), mcp(protect=True, absent=True)), live([raw_mcp()]))
    assert sum("PLN004" in line for line in lines(protected)) == 1
    replaced = planned(wish(external(), mcp(resourceUrl=MOVED)), live([raw_mcp(id="ems1")]), {JIRA: "ems1"})
    assert any(line.startswith("    PLN006 A replaced object") for line in lines(replaced))


def test_who_is_cut_off_by_a_deletion_is_named():
    desired = wish(okta(absent=True), mcp(authorizationServers=["agents"]))
    assert "    cuts off McpServer.jira" in lines(planned(desired, live(authorization_servers=[raw_okta()])))


def test_what_nobody_manages_is_summed_up_and_orphans_are_explained():
    plan = planned(wish(), live([raw_mcp(f"m{n:02}") for n in range(12)]), {JIRA: "emsm00000000000000"})
    unmanaged = plan.unmanaged
    text = "\n".join(lines(plan))
    assert len(unmanaged) == 12
    assert "and 2 more" in text
    assert "orphan" not in text
    orphan = replace(unmanaged[0], orphan_of=JIRA)
    text = "\n".join(lines(replace(plan, unmanaged=(orphan, *unmanaged[1:3]))))
    assert "orphan McpServer.jira: no manifest describes it any more" in text
    assert "metadata.state: absent" in text
    assert "more." not in text


EVIL = "\x1b]0;owned\x07\u202e"


def test_nothing_hostile_reaches_the_terminal_from_anywhere_in_a_plan():
    change = Change(
        JIRA,
        Action.UPDATE,
        Reason.FIELDS_DIFFER,
        fields=(FieldChange((EVIL,), "change", EVIL, [EVIL]), FieldChange(("x",), "add", after={EVIL: EVIL})),
        notes=(replace(terminal_note(), severity=Severity.WARNING),),
        source=Source(EVIL, 1, 1),
    )
    plan = Plan(
        Target(EVIL, "okta", EVIL),
        (change,),
        problems=(terminal_note(), replace(terminal_note(), fix="")),
        unmanaged=(
            Unmanaged("McpServer", EVIL, EVIL, State.ACTIVE, orphan_of=JIRA),
            Unmanaged("McpServer", EVIL, EVIL, State.ACTIVE),
        ),
    )
    assert not {"\x1b", "\x07", "\u202e"} & set(terminal.render(plan))


def terminal_note():
    return Diagnostic("X001", "Summary", EVIL, EVIL, subject=EVIL)


# -- what happened -------------------------------------------------------------------------------------------------

PLAN = planned(wish(external(), mcp(resourceUrl=MOVED)), live([raw_mcp(id="ems1")]), {JIRA: "ems1"})
CREATE, ACTIVATE, _, OLD_DELETE = PLAN.steps


def test_a_step_is_one_line_and_an_error_tells_what_to_do():
    assert terminal.render_step(StepResult(CREATE, Outcome.DONE, note="landed ACTIVE\x1b")) == (
        "done        McpServer.jira  create  landed ACTIVE\\u001b"
    )
    assert terminal.render_step(StepResult(OLD_DELETE, Outcome.ALREADY)) == (
        "already     McpServer.jira  delete (old object)"
    )
    failed = StepResult(ACTIVATE, Outcome.FAILED, error=CallRefused("E0000001 \x1b no", status=400))
    first, second, third = terminal.render_step(failed).splitlines()
    assert first == "failed      McpServer.jira  activate"
    assert second.strip() == "RUN087 The organisation refused a change. E0000001 \\u001b no"
    assert third.strip().startswith("Read Okta's causes")


def test_the_last_line_of_an_apply_counts_outcomes():
    done, failed = StepResult(CREATE, Outcome.DONE), StepResult(ACTIVATE, Outcome.FAILED)
    assert terminal.render_result(Result(())) == "Nothing to do."
    assert terminal.render_result(Result((done,))) == "Applied: 1 step, 1 done."
    assert terminal.render_result(Result((done, failed))) == "Not everything was applied: 2 steps, 1 done, 1 failed."


def test_what_the_endpoints_said_stands_under_the_change_that_it_gates():
    findings = (
        Finding("PRM005", "McpServer.jira", Verdict.FAIL, "https://other.example", "https://jira.example.com/mcp"),
        Finding("ASD001", "AuthorizationServer.corp", Verdict.UNKNOWN),
    )
    seen = Assessment(ready=False, narrative="not ready", findings=findings, vantage="here")
    change = Change(JIRA, Action.ACTIVATE, Reason.STATE_DIFFERS, readiness=seen)
    shown = lines(Plan(Target("e", "t", "o"), (change,)))
    assert "      PRM005 McpServer.jira: fail, https://other.example, expected https://jira.example.com/mcp" in shown
    assert "      ASD001 AuthorizationServer.corp: unknown, nothing" in shown
    ready = replace(change, readiness=Assessment(ready=True, narrative="by STS\x1b[2J", vantage="here"))
    assert "    ready, seen from here: by STS\\u001b[2J" in lines(Plan(Target("e", "t", "o"), (ready,)))


def test_renamed_pruned_and_forgotten_objects_are_told():
    then = wish(external(), mcp("old", resourceUrl=MOVED), mcp("gone"), mcp("lost"))
    world = live([raw_mcp("old", resourceUrl=MOVED), raw_mcp("gone")])
    memory = recalled(then, live([raw_mcp("old", resourceUrl=MOVED), raw_mcp("gone"), raw_mcp("lost")]))
    context = Context(memory, prune=True)
    plan = make_plan(wish(external(), mcp("new", resourceUrl=MOVED)), world, KINDS, TARGET, context)
    said = lines(plan)
    assert "- McpServer.gone  its document is gone, high risk" in said
    at = said.index("> McpServer.new  renamed, nothing else changes  registry.d/test.yaml:1:1")
    assert said[at + 1] == "    was McpServer.old"
    assert ". 1 object remembered, gone and not wished for: an apply forgets that." in said
    assert "Plan: 1 to delete, 1 renamed." in said
