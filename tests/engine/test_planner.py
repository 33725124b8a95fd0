from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.document import fingerprint
from reconciler.core.kind import Risk
from reconciler.core.lifecycle import Lifecycle, Move, State
from reconciler.core.plan import Action, FieldChange, Reason
from reconciler.engine.planner import make_plan, witness
from reconciler.kinds import KINDS
from tests.support.build import (
    STATIC,
    TARGET,
    borrowed,
    discovered,
    external,
    knowing,
    live,
    mcp,
    okta,
    okta_row,
    planned,
    raw_mcp,
    raw_okta,
    records,
    row,
    wish,
)

JIRA, AGENTS = Address("McpServer", "jira"), Address("AuthorizationServer", "agents")
MOVED = "https://moved.example.com/mcp"


def change_of(plan, address=JIRA):
    [found] = [change for change in plan.changes if change.address == address]
    return found


def verbs(change):
    return [step.id.partition("/")[2] for step in change.steps]


def decided(server, raw, *others, bindings=None):
    plan = planned(wish(server, external(), *others), live([raw] if raw else []), bindings)
    return change_of(plan), plan


def told(change):
    return change.action, change.reason, verbs(change)


# -- what is decided -----------------------------------------------------------------------------------------------


def test_what_is_missing_is_created_and_every_written_member_is_shown():
    change, _ = decided(mcp(displayName="Jira"), None)
    assert told(change) == (Action.CREATE, Reason.MISSING, ["create", "activate"])
    assert [(f.path, f.op) for f in change.fields] == [
        (("authorizationServers",), "add"),
        (("displayName",), "add"),
        (("resourceUrl",), "add"),
    ]
    assert (change.record, change.state, change.goal) == (None, None, State.ACTIVE)


def test_what_is_as_wished_is_left_alone():
    change, plan = decided(mcp(), raw_mcp())
    assert told(change) == (Action.ADOPT, Reason.NOT_REMEMBERED, [])
    assert plan.is_empty
    assert plan.witnesses == ()


def test_members_that_differ_are_updated_and_the_object_stays_where_it_is():
    change, _ = decided(mcp(description="New"), raw_mcp(description="Old"))
    assert told(change) == (Action.UPDATE, Reason.FIELDS_DIFFER, ["update"])
    assert change.fields == (FieldChange(("description",), "change", "Old", "New"),)


@pytest.mark.parametrize(
    ("state", "goal", "expected"),
    [
        ("INACTIVE", "active", (Action.ACTIVATE, Reason.STATE_DIFFERS, ["activate"])),
        ("ACTIVE", "inactive", (Action.DEACTIVATE, Reason.STATE_DIFFERS, ["deactivate"])),
        ("INVALID", "active", (Action.REVALIDATE, Reason.INVALID, ["revalidate", "activate"])),
        ("INVALID", "inactive", (Action.REVALIDATE, Reason.INVALID, ["revalidate"])),
        ("PENDING", "active", (Action.ACTIVATE, Reason.STATE_DIFFERS, ["register", "activate"])),
        ("PENDING", "inactive", (Action.ACTIVATE, Reason.STATE_DIFFERS, ["register"])),
    ],
)
def test_another_state_is_reached_by_the_shortest_legal_route(state, goal, expected):
    change, _ = decided(mcp(state=goal), raw_mcp(status=state))
    assert told(change) == expected


def test_a_tombstone_leads_to_deletion_by_legal_moves():
    change, plan = decided(mcp(absent=True), raw_mcp())
    assert told(change) == (Action.DELETE, Reason.TOMBSTONE, ["deactivate", "delete"])
    assert (change.goal, plan.deletes) == (State.DELETED, 1)


def test_what_an_interrupted_replace_left_behind_goes_also_when_the_newer_object_is_registered_anew():
    world = live([raw_mcp(status="INVALID"), raw_mcp("old", id="emsOld", status="INACTIVE")])
    plan = planned(wish(mcp(revalidate="reregister"), external()), world, {JIRA: "emsOld"})
    change = change_of(plan)
    assert verbs(change) == ["old-delete", "create", "activate", "old-old-delete"]
    assert len({step.id for step in plan.steps}) == 4
    assert plan.deletes == 2


def test_a_tombstone_also_removes_what_an_interrupted_replace_left_behind():
    """The old object is not listed as unmanaged while it is this document's, so nobody would see that it stays."""
    world = live([raw_mcp(), raw_mcp("old", id="emsOld", status="INACTIVE")])
    plan = planned(wish(mcp(absent=True), external()), world, {JIRA: "emsOld"})
    assert told(change_of(plan)) == (Action.DELETE, Reason.TOMBSTONE, ["deactivate", "delete", "old-delete"])
    assert (plan.deletes, plan.unmanaged) == (2, ())


def test_a_tombstone_of_what_is_gone_is_done():
    change, plan = decided(mcp(absent=True), None)
    assert told(change) == (Action.NOOP, Reason.TOMBSTONE, [])
    assert plan.is_empty


def test_a_changed_identity_is_a_replace_that_makes_the_new_one_first():
    change, plan = decided(mcp(resourceUrl=MOVED), raw_mcp(id="ems1"), bindings={JIRA: "ems1"})
    assert told(change) == (
        Action.REPLACE,
        Reason.IDENTITY_CHANGED,
        ["create", "activate", "old-deactivate", "old-delete"],
    )
    assert [note.code for note in change.notes] == ["PLN006"]
    assert (plan.deletes, change.risk) == (1, Risk.HIGH)


def test_an_invalid_server_may_be_registered_anew_and_then_the_old_one_goes_first():
    change, _ = decided(mcp(revalidate="reregister"), raw_mcp(status="INVALID"))
    assert told(change) == (Action.REPLACE, Reason.INVALID, ["old-delete", "create", "activate"])
    healthy, _ = decided(mcp(revalidate="reregister"), raw_mcp())
    assert healthy.action is Action.ADOPT


# -- what stands in the way ----------------------------------------------------------------------------------------


def problems(plan):
    return [(problem.code, problem.subject) for problem in plan.problems]


@pytest.mark.parametrize(
    ("server", "raw", "bindings"),
    [
        (mcp(protect=True, absent=True), raw_mcp(), None),
        (mcp(protect=True, state="inactive"), raw_mcp(), None),
        (mcp(protect=True, resourceUrl=MOVED), raw_mcp(id="ems1"), {JIRA: "ems1"}),
        (mcp(protect=True, revalidate="reregister"), raw_mcp(status="INVALID"), None),
    ],
)
def test_a_protected_object_is_never_taken_away(server, raw, bindings):
    change, plan = decided(server, raw, bindings=bindings)
    assert told(change) == (Action.BLOCKED, Reason.PROTECTED, [])
    assert problems(plan) == [("PLN004", "McpServer.jira")]
    assert plan.problems[0].source == server.source


def test_a_protected_object_may_still_be_changed_and_activated():
    change, plan = decided(mcp(protect=True, description="New"), raw_mcp(status="INACTIVE"))
    assert verbs(change) == ["update", "activate"]
    assert plan.problems == ()


def with_lifecycle(moves, lands=State.INACTIVE):
    return KINDS | {"McpServer": replace(KINDS["McpServer"], lifecycle=Lifecycle(moves, lands))}


STUCK = with_lifecycle(())
ONE_WAY = with_lifecycle((Move("activate", State.INACTIVE, State.ACTIVE),))
ENDLESS = with_lifecycle((Move("delete", State.ACTIVE, State.DELETED), Move("delete", State.INVALID, State.DELETED)))


@pytest.mark.parametrize(
    ("kinds", "server", "raw"),
    [
        (STUCK, mcp(), None),
        (STUCK, mcp(), raw_mcp(status="INACTIVE")),
        (STUCK, mcp(absent=True), raw_mcp()),
        (ONE_WAY, mcp(resourceUrl=MOVED), raw_mcp(id="ems1")),
        (ENDLESS, mcp(resourceUrl=MOVED), raw_mcp(id="ems1")),
        (ONE_WAY, mcp(revalidate="reregister"), raw_mcp(status="INVALID")),
        (ENDLESS, mcp(revalidate="reregister"), raw_mcp(status="INVALID")),
    ],
)
def test_where_no_moves_lead_the_plan_says_so_and_does_nothing(kinds, server, raw):
    """`or ()` on a route that is None is the bug of this domain."""
    world = live([raw] if raw else [])
    plan = make_plan(wish(server, external()), world, kinds, TARGET, knowing({JIRA: "ems1"}))
    assert told(change_of(plan)) == (Action.BLOCKED, Reason.NO_ROUTE, [])
    assert problems(plan) == [("PLN002", "McpServer.jira")]


def test_what_an_interrupted_replace_left_behind_goes_away():
    both = live([raw_mcp(id="ems1"), raw_mcp(id="ems2", resourceUrl=MOVED)])
    plan = make_plan(wish(mcp(resourceUrl=MOVED), external()), both, KINDS, TARGET, knowing({JIRA: "ems1"}))
    assert told(change_of(plan)) == (Action.REPLACE, Reason.IDENTITY_CHANGED, ["old-deactivate", "old-delete"])
    assert {witness.id for witness in plan.witnesses} == {"ems1", "ems2"}
    assert plan.unmanaged == ()


def test_what_an_interrupted_replace_left_behind_stays_where_no_moves_lead_away():
    both = live([raw_mcp(id="ems1"), raw_mcp(id="ems2", resourceUrl=MOVED)])
    plan = make_plan(wish(mcp(resourceUrl=MOVED), external()), both, STUCK, TARGET, knowing({JIRA: "ems1"}))
    assert told(change_of(plan)) == (Action.BLOCKED, Reason.NO_ROUTE, [])


def test_a_protected_server_keeps_what_a_replace_left_behind():
    both = live([raw_mcp(id="ems1"), raw_mcp(id="ems2", resourceUrl=MOVED)])
    plan = make_plan(
        wish(mcp(resourceUrl=MOVED, protect=True), external()), both, KINDS, TARGET, knowing({JIRA: "ems1"})
    )
    assert told(change_of(plan))[0] is Action.BLOCKED


def test_what_could_be_any_of_several_is_blocked():
    world = live(authorization_servers=[raw_okta(id="aus1"), raw_okta(id="aus2")])
    plan = planned(wish(okta()), world)
    assert told(change_of(plan, AGENTS)) == (Action.BLOCKED, Reason.AMBIGUOUS, [])
    assert problems(plan) == [("PLN001", "AuthorizationServer.agents")]


UNREADABLE = Diagnostic("RUN082", "The credential lacks a role", "403.", fix="Grant it.")


def test_what_cannot_be_read_is_unknown_and_nothing_of_it_is_done():
    world = live(unreadable={"McpServer": UNREADABLE})
    plan = planned(wish(mcp(), mcp("gone", absent=True), external()), world)
    assert [told(change) for change in plan.changes] == [(Action.UNKNOWN, Reason.UNREADABLE, [])] * 2
    assert problems(plan) == [("PLN005", "McpServer")]
    assert plan.problems[0].fix == "Grant it."
    assert plan.steps == ()


def test_a_kind_that_nobody_needs_may_be_unreadable():
    world = live([raw_mcp()], unreadable={"AuthorizationServer": UNREADABLE})
    assert planned(wish(mcp(), external()), world).is_empty


def test_a_borrowed_server_makes_its_kind_needed():
    world = live([], unreadable={"AuthorizationServer": UNREADABLE})
    plan = planned(wish(borrowed()), world)
    assert problems(plan) == [("PLN005", "AuthorizationServer")]


def test_an_object_of_somebody_else_has_to_be_there_and_is_never_a_change():
    assert problems(planned(wish(borrowed()), live())) == [("PLN003", "AuthorizationServer.corp")]
    plan = planned(wish(borrowed()), live(authorization_servers=[raw_okta(id="ausBorrowed000000000")]))
    assert plan.is_empty
    assert plan.changes == ()


# -- what a reviewer is told ---------------------------------------------------------------------------------------


def notes(server, raw):
    change, _ = decided(server, raw, discovered("other"))
    return [note.detail.partition(":")[0] for note in change.notes]


def test_an_activation_that_would_fail_as_things_stand_is_announced():
    assert notes(mcp(), raw_mcp(status="INACTIVE", rows=[row(status="PENDING")])) == ["MCP102", "CON001"]
    assert notes(mcp(), raw_mcp(status="INACTIVE", rows=[row(status="INVALID")])) == ["CON001"]


@pytest.mark.parametrize(
    ("server", "raw"),
    [
        (mcp(), raw_mcp(status="INACTIVE")),
        (mcp(), raw_mcp(status="INVALID", rows=[row(status="INVALID")])),
        (mcp(), raw_mcp(status="PENDING", rows=[row(status="PENDING")])),
        (mcp(description="New"), raw_mcp(status="INACTIVE", rows=[row(status="INVALID")])),
        (mcp(state="inactive"), raw_mcp(status="ACTIVE", rows=[row(status="INVALID")])),
    ],
)
def test_nothing_is_announced_that_the_plan_itself_may_mend_or_never_tries(server, raw):
    assert notes(server, raw) == []


def test_a_deletion_names_the_living_documents_that_it_cuts_off():
    desired = wish(okta(absent=True), mcp(authorizationServers=["agents"]), mcp("b", authorizationServers=["agents"]))
    gone = wish(mcp("c", absent=True, authorizationServers=["agents"]))
    plan = planned(desired | gone, live(authorization_servers=[raw_okta()]))
    assert change_of(plan, AGENTS).cuts == (Address("McpServer", "b"), JIRA)
    assert change_of(plan).cuts == ()


def test_references_to_what_lives_hold_its_id_and_to_what_is_to_be_made_stay_references():
    desired = wish(okta(), mcp(authorizationServers=["agents"]))
    [_, create, _] = planned(desired, live()).steps
    assert create.document["authorizationServers"]["agents"]["id"] == {"$ref": "AuthorizationServer.agents#id"}
    [create, _] = planned(desired, live(authorization_servers=[raw_okta(id="aus1")])).steps
    assert create.document["authorizationServers"]["agents"]["id"] == "aus1"


def test_witnesses_are_the_objects_that_are_touched_or_leaned_on_and_no_others():
    desired = wish(okta(), mcp(authorizationServers=["agents"], description="New"), mcp("same"), external())
    world = live([raw_mcp(rows=[okta_row("aus1")]), raw_mcp("same"), raw_mcp("stray")], [raw_okta(id="aus1")])
    plan = planned(desired, world)
    assert [str(seen.address) for seen in plan.witnesses] == ["AuthorizationServer.agents", "McpServer.jira"]


def test_a_witness_is_bound_to_id_state_and_document():
    [record] = records("McpServer", [raw_mcp()])
    seen = witness(JIRA, record)
    assert seen.fingerprint == fingerprint({"id": record.id, "state": "ACTIVE", "document": record.document})
    assert witness(JIRA, replace(record, state=State.INVALID)).fingerprint != seen.fingerprint


def test_two_servers_that_share_an_authorization_server_follow_its_change_together():
    shared = external(oauth=STATIC | {"tokenEndpoint": "https://idp.example.com/v2/token"})
    plan = planned(wish(shared, mcp("a"), mcp("b")), live([raw_mcp("a"), raw_mcp("b")]))
    path = ("authorizationServers", "idp", "tokenEndpoint")
    assert [[f.path for f in change.fields] for change in plan.changes] == [[path], [path]]
    assert {change.risk for change in plan.changes} == {Risk.MEDIUM}
    assert {hazard.code for change in plan.changes for hazard in change.hazards} == {"RSK004"}
