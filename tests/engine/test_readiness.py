"""What readiness means for an activation: shown, refused in the plan, refused right before it happens."""

from dataclasses import replace

import pytest

from reconciler.core.diagnostic import Severity
from reconciler.core.evidence import Assessment, Finding, Verdict
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action
from reconciler.core.plan_file import digest
from reconciler.core.result import Outcome
from reconciler.engine import guards
from reconciler.engine.apply import run
from reconciler.engine.perform import Performer
from reconciler.engine.planner import Context, make_plan
from reconciler.engine.readiness import Gate, Strictness, notes
from reconciler.kinds import KINDS
from tests.support.backends import OddBackend
from tests.support.build import TARGET, external, live, mcp, raw_mcp, records, wish
from tests.support.clock import VirtualClock

READY = Assessment(ready=True, narrative="connectable: a by STS", vantage="here")
PRM005 = Finding("PRM005", "McpServer.jira", Verdict.FAIL)
BROKEN = Assessment(ready=False, narrative="not ready because of PRM005", findings=(PRM005,), vantage="here")
UNSEEN = Assessment(ready=None, narrative="could not be observed", vantage="here")
STRICT = {str(gate): Strictness(gate) for gate in Gate}


def planned(assessment, strictness, *servers, world=None):
    wished = wish(*(servers or (mcp(),)), external())
    seen = {address: assessment for address in wished if address.kind == "McpServer"}
    return make_plan(wished, world or live([]), KINDS, TARGET, Context(assessments=seen, strictness=strictness))


@pytest.mark.parametrize(
    ("assessment", "gate", "unseen_refused", "told"),
    [
        (READY, "plan", True, []),
        (BROKEN, "off", True, []),
        (BROKEN, "activate", False, [("PLN020", Severity.WARNING)]),
        (BROKEN, "plan", False, [("PLN020", Severity.ERROR)]),
        (UNSEEN, "activate", True, [("PLN021", Severity.WARNING)]),
        (UNSEEN, "plan", False, [("PLN021", Severity.WARNING)]),
        (UNSEEN, "plan", True, [("PLN021", Severity.ERROR)]),
    ],
)
def test_only_the_gate_of_the_plan_makes_an_error_and_what_is_unseen_is_not_invalid(
    assessment, gate, unseen_refused, told
):
    strictness = replace(STRICT[gate], refuses_unobserved=unseen_refused)
    assert [(note.code, note.severity) for note in notes(assessment, strictness, "x")] == told


def test_an_activation_carries_what_was_seen_and_stays_appliable_when_only_the_activation_is_gated():
    plan = planned(BROKEN, STRICT["activate"])
    (change,) = plan.changes
    assert (change.action, change.readiness, [note.code for note in change.notes]) == (
        Action.CREATE,
        BROKEN,
        ["PLN020"],
    )
    assert plan.problems == ()


def test_the_gate_of_the_plan_makes_a_plan_that_can_be_read_and_not_applied():
    plan = planned(BROKEN, STRICT["plan"])
    assert [problem.code for problem in plan.problems] == ["PLN020"]
    assert guards.exit_code(plan.problems) == 9


def test_what_is_not_to_be_activated_is_not_judged():
    plan = planned(BROKEN, STRICT["plan"], mcp(state="inactive"))
    assert (plan.changes[0].readiness, plan.problems) == (None, ())


def test_what_the_endpoints_said_is_not_part_of_what_a_plan_means():
    assert digest(planned(BROKEN, STRICT["activate"])) == digest(planned(READY, STRICT["activate"]))


def performed(plan, backend, assessment, strictness):
    performer = Performer(
        backend, KINDS, VirtualClock(), judge=lambda _address, _record: assessment, strictness=strictness
    )
    return list(run(plan, performer))


@pytest.mark.parametrize(
    ("assessment", "strictness", "activated"),
    [
        (READY, STRICT["activate"], True),
        (BROKEN, STRICT["activate"], False),
        (BROKEN, STRICT["off"], True),
        (UNSEEN, STRICT["activate"], True),
        (UNSEEN, replace(STRICT["activate"], refuses_unobserved=True), False),
        (None, replace(STRICT["plan"], refuses_unobserved=True), True),
    ],
)
def test_an_object_is_asked_again_right_before_it_is_activated(assessment, strictness, activated):
    world = OddBackend(records("McpServer", [raw_mcp("jira", "INACTIVE")]))
    plan = planned(READY, STRICT["activate"], world=world.read(KINDS, lambda _record: True))
    (result,) = performed(plan, world, assessment, strictness)
    (record,) = world.read(KINDS, lambda _record: True).of("McpServer")
    assert record.state is (State.ACTIVE if activated else State.INACTIVE)
    assert result.outcome is (Outcome.DONE if activated else Outcome.FAILED)
    if not activated:
        assert result.error.exit_code == 9
        assert "Seen from here" in result.error.detail
