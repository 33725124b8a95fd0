"""The ladder of deletion: what becomes of an object whose document is gone."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.lifecycle import Lifecycle, State
from reconciler.core.plan import Action, Reason
from reconciler.core.remembered import Remembered
from reconciler.engine.budgets import Budget
from reconciler.engine.planner import Context, make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, external, live, mcp, okta, okta_row, planned, raw_mcp, raw_okta, recalled, wish

JIRA, WIKI = Address("McpServer", "jira"), Address("McpServer", "wiki")
AGENTS = Address("AuthorizationServer", "agents")


def plan_of(desired, world, memory, kinds=KINDS, **context):
    return make_plan(desired, world, kinds, TARGET, Context(memory, **context))


def told(plan):
    return {str(change.address): (change.action, change.reason) for change in plan.changes}


def codes(plan):
    return [problem.code for problem in plan.problems]


WORLD = live([raw_mcp(), raw_mcp("wiki")])
BOTH = wish(mcp(), mcp("wiki"), external())
ONE = wish(mcp("wiki"), external())


def test_an_object_whose_document_is_gone_is_named_and_left_as_it_is():
    plan = plan_of(ONE, WORLD, recalled(BOTH, WORLD))
    assert told(plan) == {"McpServer.wiki": (Action.NOOP, Reason.CONVERGED)}
    assert [each.orphan_of for each in plan.unmanaged] == [JIRA]


def test_it_is_deleted_where_the_project_says_so_and_counts_as_a_deletion():
    plan = plan_of(ONE, WORLD, recalled(BOTH, WORLD), prune=True)
    assert told(plan)["McpServer.jira"] == (Action.DELETE, Reason.ORPHANED)
    assert [step.id for step in plan.steps] == ["McpServer.jira/deactivate", "McpServer.jira/delete"]
    assert (plan.deletes, plan.unmanaged) == (1, ())
    assert [seen.address for seen in plan.witnesses] == [JIRA]


def test_without_memory_nothing_is_an_orphan():
    plan = plan_of(ONE, WORLD, Remembered(), prune=True)
    assert plan.steps == ()
    assert [each.orphan_of for each in plan.unmanaged] == [None]


def test_protection_outlives_the_document():
    """Elsewhere the mark that forbids a deletion is deleted together with the file that holds it."""
    memory = recalled(wish(mcp(protect=True), mcp("wiki"), external()), WORLD)
    plan = plan_of(ONE, WORLD, memory, prune=True)
    assert told(plan)["McpServer.jira"] == (Action.BLOCKED, Reason.PROTECTED)
    assert (plan.steps, codes(plan)) == ((), ["PLN004"])
    assert "state forget McpServer.jira" in plan.problems[0].fix


@pytest.mark.parametrize(
    "now", [mcp(absent=True), mcp(state="inactive"), mcp(resourceUrl="https://new.example.com/mcp")]
)
def test_protection_holds_until_a_change_without_it_was_applied(now):
    memory = recalled(wish(mcp(protect=True), external()), live([raw_mcp()]))
    plan = plan_of(wish(now, external()), live([raw_mcp()]), memory)
    assert told(plan)["McpServer.jira"] == (Action.BLOCKED, Reason.PROTECTED)
    lifted = recalled(wish(mcp(), external()), live([raw_mcp()]))
    assert plan_of(wish(now, external()), live([raw_mcp()]), lifted).problems == ()


def test_an_orphan_goes_only_where_moves_lead_and_nobody_uses_it():
    stuck = KINDS | {"McpServer": replace(KINDS["McpServer"], lifecycle=Lifecycle((), State.INACTIVE))}
    # A kind without any move is only looked at; one move that leads elsewhere keeps it a managed one.
    one_way = KINDS["McpServer"].lifecycle.moves[1]
    stuck["McpServer"] = replace(stuck["McpServer"], lifecycle=Lifecycle((one_way,), State.INACTIVE))
    plan = plan_of(ONE, WORLD, recalled(BOTH, WORLD), stuck, prune=True)
    assert told(plan)["McpServer.jira"] == (Action.BLOCKED, Reason.NO_ROUTE)


def test_an_orphan_that_a_strangers_object_uses_stays():
    holding = replace(KINDS["McpServer"], holds=lambda _record: frozenset({"aus1"}))
    kinds = KINDS | {"McpServer": holding}
    world = live([raw_mcp("stray")], [raw_okta(id="aus1"), raw_okta("Other", id="aus2")])
    desired = wish(okta("other", displayName="Other"))
    memory = Remembered({AGENTS: "aus1"})
    plan = plan_of(desired, world, memory, kinds, prune=True)
    assert told(plan)["AuthorizationServer.agents"] == (Action.BLOCKED, Reason.HELD)


def test_an_authorization_server_goes_after_the_orphans_that_lean_on_it():
    rows = [okta_row("aus1")]
    world = live([raw_mcp(rows=rows), raw_mcp("wiki")], [raw_okta(id="aus1")])
    memory = Remembered({JIRA: raw_mcp()["id"], AGENTS: "aus1", WIKI: raw_mcp("wiki")["id"]})
    plan = plan_of(ONE, world, memory, prune=True)
    waits = {step.id: step.after for step in plan.steps}
    assert waits["AuthorizationServer.agents/deactivate"] == ("McpServer.jira/delete",)


def test_a_document_that_is_about_something_else_now_leaves_its_object_an_orphan():
    """The address is the same, the object is not: it must not vanish from sight."""
    world = live(authorization_servers=[raw_okta(id="aus1")])
    plan = plan_of(wish(external("agents"), mcp(authorizationServers=["agents"])), world, Remembered({AGENTS: "aus1"}))
    assert [each.orphan_of for each in plan.unmanaged] == [AGENTS]


# -- what is gone --------------------------------------------------------------------------------------------------


def test_what_is_neither_there_nor_wished_is_forgotten_without_a_request():
    plan = plan_of(ONE, live([raw_mcp("wiki")]), recalled(BOTH, WORLD))
    assert told(plan)["McpServer.jira"] == (Action.FORGET, Reason.GONE)
    assert plan.is_empty


def test_a_tombstone_of_what_is_gone_is_forgotten_where_it_is_remembered():
    plan = plan_of(wish(mcp(absent=True), external()), live(), recalled(wish(mcp(), external()), live([raw_mcp()])))
    assert told(plan) == {"McpServer.jira": (Action.FORGET, Reason.TOMBSTONE)}
    assert planned(wish(mcp(absent=True), external()), live()).changes[0].action is Action.NOOP


def test_what_could_not_be_read_is_not_forgotten():
    fault = planned(wish(mcp(protect=True, absent=True), external()), live([raw_mcp()])).problems[0]
    world = live(unreadable={"McpServer": fault})
    plan = plan_of(wish(okta()), world, Remembered({JIRA: "ems1"}))
    assert "McpServer.jira" not in told(plan)


# -- a registry without objects ------------------------------------------------------------------------------------


@pytest.mark.parametrize("desired", [wish(), wish(external())])
def test_a_registry_without_objects_is_refused_while_some_are_remembered(desired):
    plan = plan_of(desired, WORLD, recalled(BOTH, WORLD), prune=True)
    assert codes(plan) == ["PLN013"]
    assert plan.changes == ()
    assert plan_of(desired, WORLD, Remembered(), prune=True).problems == ()


def test_tombstones_for_everything_are_no_empty_registry():
    plan = plan_of(wish(mcp(absent=True), mcp("wiki", absent=True), external()), WORLD, recalled(BOTH, WORLD))
    assert (plan.problems, plan.deletes) == ((), 2)


# -- budgets -------------------------------------------------------------------------------------------------------


def many(count, gone):
    names = [f"s{number}" for number in range(count)]
    desired = wish(external(), *(mcp(name, absent=place < gone, description="New") for place, name in enumerate(names)))
    return desired, live([raw_mcp(name) for name in names])


@pytest.mark.parametrize(
    ("count", "gone", "budget", "refused"),
    [
        (10, 3, Budget(delete_percent=30), False),
        (10, 4, Budget(delete_percent=30), True),
        (9, 9, Budget(delete_percent=30), False),
        (9, 9, Budget(delete_percent=30, population=9), True),
        (3, 2, Budget(deletes=2), False),
        (3, 3, Budget(deletes=2), True),
        (3, 1, Budget(deletes=0), True),
        (10, 2, Budget(change_percent=99), True),
        (10, 2, Budget(change_percent=100), False),
        (4, 0, Budget(changes=4), False),
        (4, 0, Budget(changes=3), True),
        (4, 4, Budget(), False),
    ],
)
def test_a_plan_that_takes_away_or_changes_more_than_its_budget_is_refused(count, gone, budget, refused):
    desired, world = many(count, gone)
    plan = plan_of(desired, world, Remembered(), budgets={"default": budget})
    assert codes(plan) == (["PLN012"] if refused else [])
    assert plan.steps, "a refused plan still shows what it would do"


def test_a_kind_has_its_own_budget_and_what_is_made_costs_nothing():
    desired, world = many(4, 4)
    budgets = {"default": Budget(deletes=0), "McpServer": Budget(deletes=4)}
    assert codes(plan_of(desired, world, Remembered(), budgets=budgets)) == []
    made = plan_of(wish(external(), mcp()), live(), Remembered(), budgets={"default": Budget(changes=0, deletes=0)})
    assert made.problems == ()


def test_a_replaced_object_counts_as_deleted():
    memory = recalled(wish(mcp(), external()), live([raw_mcp()]))
    moved = wish(mcp(resourceUrl="https://new.example.com/mcp"), external())
    plan = plan_of(moved, live([raw_mcp()]), memory, budgets={"default": Budget(deletes=0)})
    assert codes(plan) == ["PLN012"]
    assert "It deletes 1 of 1 object of the kind McpServer; its budget is 0." in plan.problems[0].detail


def test_orphans_belong_to_what_is_managed():
    desired, world = many(10, 0)
    less = {address: each for address, each in desired.items() if address.name not in {"s0", "s1", "s2"}}
    plan = plan_of(less, world, recalled(desired, world), prune=True, budgets={"default": Budget(delete_percent=30)})
    assert (codes(plan), plan.deletes) == ([], 3)
