"""Renames: an object that goes on under another address is neither deleted nor made anew."""

import pytest

from reconciler.core import plan_file
from reconciler.core.address import Address
from reconciler.core.plan import Action, Origin, Reason
from reconciler.core.remembered import Remembered
from reconciler.engine.planner import Context, make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, external, live, mcp, planned, raw_mcp, recalled, wish

OLD, NEW, THIRD = (Address("McpServer", name) for name in ("old", "new", "third"))
URL = "https://x.example.com/mcp"
THEN = wish(mcp("old", resourceUrl=URL, description="A"), external())
WORLD = live([raw_mcp(resourceUrl=URL, description="A")])
MEMORY = recalled(THEN, WORLD)


def plan_of(*resources, memory=MEMORY, world=WORLD, moves=None, **context):
    return make_plan(wish(*resources, external()), world, KINDS, TARGET, Context(memory, moves=moves or {}, **context))


def told(plan):
    return [(str(change.address), change.action, change.reason, change.previous) for change in plan.changes]


def test_the_same_object_under_a_new_name_is_a_move_and_no_deletion():
    plan = plan_of(mcp("new", resourceUrl=URL, description="A"), prune=True)
    assert told(plan) == [("McpServer.new", Action.MOVE, Reason.RENAMED, OLD)]
    assert (plan.steps, plan.unmanaged, plan.is_empty) == ((), (), False)
    assert plan.changes[0].document["description"] == "A"


def test_what_was_last_applied_moves_along():
    world = live([raw_mcp(resourceUrl=URL, description="B")])
    plan = plan_of(mcp("new", resourceUrl=URL, description="A"), world=world)
    assert told(plan) == [("McpServer.new", Action.UPDATE, Reason.FIELDS_DIFFER, OLD)]
    assert plan.changes[0].fields[0].origin is Origin.DRIFT


def test_protection_moves_along():
    memory = recalled(wish(mcp("old", resourceUrl=URL, protect=True), external()), WORLD)
    plan = plan_of(mcp("new", resourceUrl=URL, absent=True), memory=memory)
    assert told(plan) == [("McpServer.new", Action.BLOCKED, Reason.PROTECTED, OLD)]


def test_a_new_name_and_a_new_identity_at_once_need_a_record_of_the_move():
    moved = mcp("new", resourceUrl="https://y.example.com/mcp", description="A")
    alone = plan_of(moved)
    assert told(alone) == [("McpServer.new", Action.CREATE, Reason.MISSING, None)]
    assert [each.orphan_of for each in alone.unmanaged] == [OLD]
    recorded = plan_of(moved, moves={OLD: NEW})
    assert told(recorded) == [("McpServer.new", Action.REPLACE, Reason.IDENTITY_CHANGED, OLD)]
    assert recorded.unmanaged == ()


def test_a_chain_of_records_is_followed_to_its_end():
    plan = plan_of(mcp("new", resourceUrl=URL, description="A"), moves={OLD: THIRD, THIRD: NEW})
    assert told(plan) == [("McpServer.new", Action.MOVE, Reason.RENAMED, OLD)]
    assert plan.problems == ()


def test_a_record_that_was_followed_has_no_effect_any_more():
    new = wish(mcp("new", resourceUrl=URL, description="A"), external())
    plan = plan_of(mcp("new", resourceUrl=URL, description="A"), memory=recalled(new, WORLD), moves={OLD: NEW})
    assert told(plan) == [("McpServer.new", Action.NOOP, Reason.CONVERGED, None)]
    assert plan.problems == ()
    both = Remembered({OLD: "ems1", NEW: raw_mcp()["id"]})
    plan = plan_of(mcp("new", resourceUrl=URL, description="A"), memory=both, moves={OLD: NEW})
    assert [change.previous for change in plan.changes if change.address == NEW] == [None]


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ({OLD: THIRD}, "there is no document McpServer.third"),
        ({NEW: OLD}, "and there is a document McpServer.new"),
        ({OLD: Address("AuthorizationServer", "idp")}, "another kind"),
        ({OLD: THIRD, THIRD: OLD}, "circle"),
        ({OLD: OLD}, "circle"),
    ],
)
def test_a_record_that_cannot_be_meant_is_a_problem_that_says_why(moves, says):
    plan = plan_of(mcp("new", resourceUrl=URL), moves=moves)
    assert {problem.code for problem in plan.problems} == {"PLN011"}
    assert says in plan.problems[0].detail


def test_a_document_beside_the_old_one_is_no_rename():
    plan = planned(wish(mcp("old", resourceUrl=URL), mcp("new"), external()), WORLD, MEMORY)
    assert [change.previous for change in plan.changes] == [None, None]


def test_a_rename_does_nothing_so_it_is_not_in_the_digest():
    renamed = plan_of(mcp("new", resourceUrl=URL, description="A"))
    unknown = plan_of(mcp("new", resourceUrl=URL, description="A"), memory=Remembered())
    assert plan_file.digest(renamed) == plan_file.digest(unknown)
