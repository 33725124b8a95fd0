"""Three-way: the truth table of one path, and what it means for whole objects."""

from dataclasses import replace
from itertools import product

import pytest

from reconciler.core import plan_file
from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, FieldChange, Origin, Reason, Update
from reconciler.core.remembered import Remembered
from reconciler.engine.planner import Context, make_plan
from reconciler.engine.threeway import ABSENT, UNSAID, classify
from reconciler.kinds import KINDS
from tests.support.build import (
    TARGET,
    external,
    live,
    mcp,
    okta,
    okta_row,
    planned,
    raw_mcp,
    raw_okta,
    recalled,
    row,
    wish,
)
from tests.support.memory_world import scope_raw

JIRA, AGENTS = Address("McpServer", "jira"), Address("AuthorizationServer", "agents")
PENDING, DRIFT, CONFLICT, ACCEPTED, CONVERGED = Origin


def scopes(*said):
    return okta(scopes=list(said))


def there(*said):
    return live(authorization_servers=[raw_okta(scopes=[scope_raw(each) for each in said])])


READ = {"name": "read", "description": "A"}
WRITE = {"name": "write"}


# -- one path ------------------------------------------------------------------------------------------------------

# Rows: what was last applied. Columns: live, then desired; each absent, A, B, C. Written out: nothing computes it.
COLUMNS = [(live, desired) for live in "-ABC" for desired in "-ABC"]
# fmt: off
TABLE = {
    #     live absent           live A                live B                live C
    "-": [". pending pending pending",  "drift converged conflict conflict",
          "drift conflict converged conflict", "drift conflict conflict converged"],
    "A": ["converged drift conflict conflict", "pending . pending pending",
          "conflict drift converged conflict", "conflict drift conflict converged"],
    "B": ["converged conflict drift conflict", "conflict converged drift conflict",
          "pending pending . pending", "conflict conflict drift converged"],
    "C": ["converged conflict conflict drift", "conflict converged conflict drift",
          "conflict conflict converged drift", "pending pending pending ."],
    "?": [". pending pending pending", "pending . pending pending",
          "pending pending . pending", "pending pending pending ."],
}
# fmt: on
VALUES = {"-": ABSENT, "?": UNSAID, "A": {"a": 1}, "B": "b", "C": ["c"]}
EVERY = [
    (last, live, desired, word)
    for last, words in TABLE.items()
    for (live, desired), word in zip(COLUMNS, " ".join(words).split(), strict=True)
]


@pytest.mark.parametrize(("last", "live", "desired", "word"), EVERY)
def test_whose_doing_a_path_is_follows_the_table(last, live, desired, word):
    found = classify(VALUES[last], VALUES[live], VALUES[desired])
    assert found == (None if word == "." else Origin(word))


def test_the_table_holds_every_combination():
    assert {case[:3] for case in EVERY} == set(product("-ABC?", "-ABC", "-ABC"))


def test_values_that_python_holds_for_equal_are_different_here_too():
    assert classify(1, 1.0, 1) is DRIFT
    assert classify(1, 1, 1.0) is PENDING


# -- one object ----------------------------------------------------------------------------------------------------


def change_of(desired, world, memory, address=JIRA, **decided):
    plan = make_plan(desired, world, KINDS, TARGET, Context(memory, **{k: frozenset(v) for k, v in decided.items()}))
    [found] = [change for change in plan.changes if change.address == address]
    return found


def origins(change):
    return {".".join(field.path): field.origin for field in change.fields}


def then(*resources, servers=(), custom=()):
    """The memory of an apply of these documents."""
    return recalled(wish(*resources), live(servers, custom))


def told(last, there, now, **decided):
    """One MCP server whose description was, is and shall be so; None where nobody says anything."""
    said = [{} if text is None else {"description": text} for text in (last, there, now)]
    memory = then(mcp(**said[0]), external(), servers=[raw_mcp()])
    return change_of(wish(mcp(**said[2]), external()), live([raw_mcp(**said[1])]), memory, **decided)


def test_what_the_manifest_changed_is_pending_and_what_the_organisation_changed_is_drift():
    assert origins(told("A", "A", "B")) == {"description": PENDING}
    assert origins(told("A", "B", "A")) == {"description": DRIFT}
    assert told("A", "B", "A").fields[0].last == "A"
    assert told("A", "B", "A").action is Action.UPDATE


def test_what_the_manifest_says_for_the_first_time_is_pending_whatever_was_there():
    """Nobody knows what it was when it was last applied; the reviewer sees what is overwritten."""
    assert origins(told(None, "X", "A")) == {"description": PENDING}


def test_what_both_changed_to_the_same_is_only_remembered():
    change = told("A", "B", "B")
    assert (change.action, change.reason) == (Action.ADOPT, Reason.REMEMBERED_OTHERWISE)
    assert change.fields == (FieldChange(("description",), "change", "A", "B", CONVERGED),)
    assert change.document["description"] == "B"


def test_what_both_changed_to_different_values_blocks_and_names_the_way_out():
    change = told("A", "B", "C")
    assert (change.action, change.reason, change.steps) == (Action.BLOCKED, Reason.CONFLICT, ())
    assert change.fields == (FieldChange(("description",), "change", "B", "C", CONFLICT, last="A"),)
    [note] = change.notes
    assert note.code == "PLN010"
    assert note.is_error
    assert "--take-ownership McpServer.jira.description" in note.fix


@pytest.mark.parametrize("path", ["McpServer.jira.description", "McpServer.jira"])
def test_a_conflict_that_somebody_decided_for_the_manifest_is_written(path):
    change = told("A", "B", "C", taken=[path, "McpServer.other.description"])
    assert change.action is Action.UPDATE
    assert origins(change) == {"description": CONFLICT}
    [update] = change.steps
    assert update.document["description"] == "C"


@pytest.mark.parametrize("path", ["McpServer.jira.display", "McpServer.jir", "McpServer.other", ""])
def test_a_decision_about_another_path_decides_nothing(path):
    assert told("A", "B", "C", taken=[path]).action is Action.BLOCKED


def test_the_plan_holds_the_decisions_that_it_used_and_no_others():
    memory = then(mcp(description="A"), external(), servers=[raw_mcp()])
    desired, world = wish(mcp(description="C"), external()), live([raw_mcp(description="B")])
    taken = frozenset({"McpServer.jira.description", "McpServer.other"})
    assert make_plan(desired, world, KINDS, TARGET, Context(memory, taken=taken)).taken == (
        "McpServer.jira.description",
    )


# -- accepted drift ------------------------------------------------------------------------------------------------

HERE = "McpServer.jira.description"


def test_accepted_drift_alone_is_no_change():
    change = told("A", "B", "A", accepted=[HERE])
    assert (change.action, origins(change)) == (Action.NOOP, {"description": ACCEPTED})


def test_accepted_drift_is_not_written_along_with_other_changes():
    memory = then(mcp(description="A"), external(), servers=[raw_mcp()])
    desired, world = wish(mcp(description="A", displayName="New"), external()), live([raw_mcp(description="B")])
    change = change_of(desired, world, memory, accepted=[HERE])
    assert origins(change) == {"description": ACCEPTED, "displayName": PENDING}
    [update] = change.steps
    assert (update.document["description"], update.document["displayName"]) == ("B", "New")
    assert change.document["description"] == "A"


def test_what_the_organisation_removed_and_somebody_accepted_stays_removed():
    memory = then(mcp(description="A"), external(), servers=[raw_mcp()])
    change = change_of(
        wish(mcp(description="A", displayName="New"), external()), live([raw_mcp()]), memory, accepted=[HERE]
    )
    [update] = change.steps
    assert "description" not in update.document


def test_a_child_that_the_organisation_removed_and_somebody_accepted_is_not_made_again():
    memory = recalled(wish(scopes(READ, WRITE)), there(READ, WRITE))
    desired = wish(okta(scopes=[READ, WRITE], description="New"))
    change = change_of(desired, there(READ), memory, AGENTS, accepted=["AuthorizationServer.agents.scopes.write"])
    [update] = change.steps
    assert update.document["scopes"].keys() == {"read"}


def test_acceptance_speaks_of_drift_and_not_of_what_the_manifest_changed():
    assert told("A", "A", "B", accepted=[HERE]).action is Action.UPDATE
    assert told("A", "B", "C", accepted=[HERE]).action is Action.BLOCKED


def test_acceptance_outlives_a_lost_ledger():
    change = change_of(
        wish(mcp(description="A"), external()), live([raw_mcp(description="B")]), Remembered(), accepted=[HERE]
    )
    assert (change.action, origins(change)) == (Action.ADOPT, {"description": ACCEPTED})


# -- what a manifest no longer says --------------------------------------------------------------------------------


def test_a_removed_key_removes_what_we_had_set():
    change = told("A", "A", None)
    assert change.fields == (FieldChange(("description",), "remove", "A"),)
    [update] = change.steps
    assert update.document["description"] is None
    assert "description" not in change.document


def test_a_key_that_we_never_set_is_let_alone():
    assert told(None, "A", None).action is Action.NOOP


def test_a_removed_key_that_the_organisation_changed_meanwhile_is_a_conflict():
    assert origins(told("A", "B", None)) == {"description": CONFLICT}
    assert told("A", "B", None).action is Action.BLOCKED


def test_a_removed_key_that_is_gone_already_is_only_remembered():
    assert told("A", None, None).action is Action.ADOPT


def test_a_removed_key_that_the_organisation_does_not_let_go_stays_as_it_is():
    """A display name falls back to what the server's metadata says, so it cannot be taken back."""
    memory = then(mcp(displayName="Jira"), external(), servers=[raw_mcp()])
    change = change_of(wish(mcp(), external()), live([raw_mcp(displayName="Jira")]), memory)
    assert (change.action, change.reason) == (Action.ADOPT, Reason.REMEMBERED_OTHERWISE)
    assert [(note.code, note.detail) for note in change.notes] == [
        ("PLN015", "It keeps displayName, which the manifest no longer sets.")
    ]
    assert change_of(wish(mcp(), external()), live([raw_mcp()]), memory).notes == (), "it is gone already"


def test_what_a_manifest_lets_go_of_is_said_beside_other_changes_and_not_where_a_new_object_is_made():
    memory = then(mcp(displayName="Jira", description="A"), external(), servers=[raw_mcp()])
    there = live([raw_mcp(displayName="Jira", description="A")])
    change = change_of(wish(mcp(), external()), there, memory)
    assert (change.action, origins(change)) == (Action.UPDATE, {"description": PENDING})
    assert [note.code for note in change.notes] == ["PLN015"]
    moved = mcp(resourceUrl="https://elsewhere.example.com/mcp")
    change = change_of(wish(moved, external()), there, memory)
    assert change.action is Action.REPLACE
    assert "PLN015" not in [note.code for note in change.notes]


def test_a_key_inside_of_a_child_is_taken_back_too():
    memory = recalled(wish(scopes(READ)), there(READ))
    change = change_of(wish(scopes({"name": "read"})), there(READ), memory, AGENTS)
    assert origins(change) == {"scopes.read.description": PENDING}
    [update] = change.steps
    assert update.document["scopes"]["read"]["description"] is None


def test_a_collection_that_is_no_longer_said_loses_the_children_that_we_had_set_and_no_others():
    memory = recalled(wish(scopes(READ)), there(READ))
    change = change_of(wish(okta()), there(READ, WRITE), memory, AGENTS)
    assert origins(change) == {"scopes.read": PENDING}
    [update] = change.steps
    assert update.document["scopes"].keys() == {"write"}
    assert "scopes" not in change.document
    assert change.notes == ()


def test_a_collection_that_was_never_said_is_let_alone():
    memory = recalled(wish(okta()), there(READ))
    assert change_of(wish(okta()), there(READ, WRITE), memory, AGENTS).action is Action.NOOP


# -- collections that a document owns ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "here", "now", "expected"),
    [
        ([READ], [READ, WRITE], [READ], {"scopes.write": DRIFT}),
        ([READ, WRITE], [READ, WRITE], [READ], {"scopes.write": PENDING}),
        ([READ], [READ], [READ, WRITE], {"scopes.write": PENDING}),
        ([READ, WRITE], [READ], [READ, WRITE], {"scopes.write": DRIFT}),
        ([READ], [READ, WRITE], [READ, WRITE | {"default": True}], {"scopes.write.default": CONFLICT}),
        ([WRITE | {"default": False}], [WRITE | {"default": True}], [WRITE | {"default": False}], None),
    ],
)
def test_a_child_of_an_owned_collection_is_known_to_have_been_there_or_not(last, here, now, expected):
    memory = recalled(wish(scopes(*last)), there(*here))
    change = change_of(wish(scopes(*now)), there(*here), memory, AGENTS)
    assert origins(change) == (expected or {"scopes.write.default": DRIFT})


def test_a_collection_that_was_not_ours_says_nothing_about_its_children():
    memory = recalled(wish(okta()), there(WRITE))
    change = change_of(wish(scopes(READ)), there(WRITE), memory, AGENTS)
    assert set(origins(change).values()) == {PENDING}


def test_a_row_that_the_manifest_no_longer_names_was_ours_although_it_has_lost_its_name():
    both = [row(), row("https://other.example.com")]
    memory = then(
        mcp(authorizationServers=["idp", "other"]), external(), external("other"), servers=[raw_mcp(rows=both)]
    )
    desired = wish(mcp(), external())
    change = change_of(desired, live([raw_mcp(rows=both)]), memory)
    assert origins(change) == {"authorizationServers.https://other.example.com": PENDING}
    strange = live([raw_mcp(rows=[row(), row("https://strange.example.com")])])
    memory = then(mcp(), external(), servers=[raw_mcp()])
    assert origins(change_of(desired, strange, memory)) == {"authorizationServers.https://strange.example.com": DRIFT}


def test_a_row_that_drifted_in_and_was_accepted_is_kept():
    strange = "https://strange.example.com"
    memory = then(mcp(), external(), servers=[raw_mcp()])
    world = live([raw_mcp(rows=[row(), row(strange)])])
    desired = wish(mcp(description="New"), external())
    change = change_of(desired, world, memory, accepted=[f"McpServer.jira.authorizationServers.{strange}"])
    [update] = change.steps
    assert update.document["authorizationServers"][strange]["issuer"] == strange


# -- when memory speaks ------------------------------------------------------------------------------------------------


def test_without_memory_every_difference_is_pending_and_the_change_says_so():
    change = change_of(wish(mcp(description="A"), external()), live([raw_mcp(description="B")]), Remembered())
    assert (change.remembered, origins(change)) == (False, {"description": PENDING})
    assert told("A", "B", "A").remembered is True


@pytest.mark.parametrize("other", [{"record": "emsOther"}, {"version": 99}])
def test_memory_of_another_object_or_of_another_normaliser_says_nothing(other):
    desired, world = wish(mcp(description="A"), external()), live([raw_mcp(description="B")])
    memory = recalled(desired, live([raw_mcp()]))
    memory = replace(memory, applied={JIRA: replace(memory.applied[JIRA], **other)})
    change = change_of(desired, world, memory)
    assert (change.remembered, origins(change)) == (False, {"description": PENDING})


@pytest.mark.parametrize(
    ("then_goal", "now_goal", "status", "origin"),
    [
        ("active", "active", "INACTIVE", DRIFT),
        ("inactive", "active", "INACTIVE", PENDING),
        ("active", "inactive", "ACTIVE", PENDING),
        ("active", "active", "ACTIVE", None),
    ],
)
def test_whose_doing_the_state_is(then_goal, now_goal, status, origin):
    memory = then(mcp(state=then_goal), external(), servers=[raw_mcp()])
    change = change_of(wish(mcp(state=now_goal), external()), live([raw_mcp(status=status)]), memory)
    assert change.state_origin is origin


def test_references_are_compared_by_the_objects_that_they_stand_for():
    desired = wish(mcp(authorizationServers=["agents"]), okta())
    world = live([raw_mcp(rows=[okta_row("aus1")])], [raw_okta(id="aus1")])
    memory = recalled(desired, world)
    assert planned(desired, world, memory).is_empty
    assert all(change.action is Action.NOOP for change in planned(desired, world, memory).changes)
    document = {
        **memory.applied[JIRA].document,
        "authorizationServers": {"agents": {"type": "OKTA", "id": {"$ref": "AuthorizationServer.agents#id"}}},
    }
    unresolved = replace(memory, applied={**memory.applied, JIRA: replace(memory.applied[JIRA], document=document)})
    assert all(change.action is Action.NOOP for change in planned(desired, world, unresolved).changes)


# -- what memory does not change -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("goal", "protect"), [("inactive", False), ("active", True)])
def test_another_goal_or_protection_than_remembered_is_written_down(goal, protect):
    status = "ACTIVE" if goal == "active" else "INACTIVE"
    memory = then(mcp(), external(), servers=[raw_mcp()])
    change = change_of(wish(mcp(state=goal, protect=protect), external()), live([raw_mcp(status=status)]), memory)
    assert (change.action, change.goal, change.protected) == (Action.ADOPT, State(goal.upper()), protect)


def test_plans_that_perform_the_same_steps_have_one_digest_with_memory_and_without():
    desired = wish(mcp(description="A"), mcp("same"), external())
    world = live([raw_mcp(description="B"), raw_mcp("same")])
    memory = recalled(desired, world)
    plans = [planned(desired, world), planned(desired, world, memory), planned(desired, world, memory.bindings)]
    assert plans[0].steps == plans[1].steps == plans[2].steps
    assert isinstance(plans[0].steps[0], Update)
    assert [change.action for change in plans[0].changes] == [Action.UPDATE, Action.ADOPT]
    assert [change.action for change in plans[1].changes] == [Action.UPDATE, Action.NOOP]
    assert len({plan_file.digest(plan) for plan in plans}) == 1
