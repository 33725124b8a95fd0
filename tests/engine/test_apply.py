from dataclasses import replace
from threading import Barrier, Lock

import pytest

from reconciler.core.address import Address
from reconciler.core.document import Ref
from reconciler.core.errors import CallRefused, NotConverged, NotReady, NotSettled, PlanStale, RemoteError
from reconciler.core.lifecycle import Lifecycle, Move, State
from reconciler.core.plan import Action, Change, Create, Plan, Reason, Transition, Update
from reconciler.core.result import Outcome
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.backends import OddBackend
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
    records,
    row,
    wish,
)
from tests.support.clock import VirtualClock

JIRA = Address("McpServer", "jira")


def world(*raws):
    kinds = ["McpServer" if "resourceUrl" in raw else "AuthorizationServer" for raw in raws]
    return OddBackend(record for kind, raw in zip(kinds, raws, strict=True) for record in records(kind, [raw]))


def performer(backend, kinds=KINDS):
    return Performer(backend, kinds, VirtualClock())


def plan_for(desired, backend, bindings=None):
    return planned(desired, backend.read(KINDS, lambda _record: True), bindings)


def applied(desired, backend, stop=lambda: False, **course):
    return list(run(plan_for(desired, backend), performer(backend), Course(**course), stop))


def outcomes(results):
    return {result.step.id: result.outcome for result in results}


def only_failure(results):
    [failed] = [result for result in results if result.outcome is Outcome.FAILED]
    return failed


# -- steps ---------------------------------------------------------------------------------------------------------


def test_a_new_object_is_read_back_once_and_that_reading_serves_its_activation():
    backend = world()
    results = applied(wish(external(), mcp()), backend)
    assert [result.outcome for result in results] == [Outcome.DONE, Outcome.DONE]
    made = results[0].record
    assert backend.calls == [("create", "McpServer"), ("find", made), ("activate", made)]
    assert results[1].record == made


def test_a_step_waits_for_all_that_it_leans_on():
    backend = world()
    desired = wish(okta(), okta("others", displayName="Others"), mcp(authorizationServers=["agents", "others"]))
    assert {result.outcome for result in applied(desired, backend)} == {Outcome.DONE}
    made = [what for word, what in backend.calls if word == "create"]
    assert made == ["AuthorizationServer", "AuthorizationServer", "McpServer"]


def test_references_are_filled_with_what_the_run_has_made():
    backend = world()
    results = applied(wish(okta(), mcp(authorizationServers=["agents"])), backend)
    made = {result.step.id: result.record for result in results}
    [found] = backend.read(KINDS, bool).of("McpServer")
    assert found.document["authorizationServers"].keys() == {made["AuthorizationServer.agents/create"]}


def test_an_update_is_proven_by_reading_back():
    backend = world(raw_mcp(id="ems1", description="Old"))
    [result] = applied(wish(external(), mcp(description="New")), backend)
    assert (result.outcome, result.record) == (Outcome.DONE, "ems1")
    assert backend.calls == [("update", "ems1"), ("find", "ems1")]


def test_a_step_that_is_done_already_is_not_repeated():
    backend = world(raw_mcp(id="ems1"))
    plan = plan_for(wish(external(), mcp(absent=True)), backend)
    backend.move(KINDS["McpServer"], "ems1", "deactivate", State.INACTIVE)
    assert outcomes(run(plan, performer(backend))) == {
        "McpServer.jira/deactivate": Outcome.ALREADY,
        "McpServer.jira/delete": Outcome.DONE,
    }


def test_deleting_what_somebody_else_deleted_is_done_already():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    plan = plan_for(wish(external(), mcp(absent=True)), backend)
    backend.move(KINDS["McpServer"], "ems1", "delete", State.DELETED)
    assert outcomes(run(plan, performer(backend))) == {"McpServer.jira/delete": Outcome.ALREADY}


def test_an_object_that_is_elsewhere_than_planned_is_not_moved():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    plan = plan_for(wish(external(), mcp(absent=True)), backend)
    backend.move(KINDS["McpServer"], "ems1", "activate", State.ACTIVE)
    failed = only_failure(run(plan, performer(backend)))
    assert isinstance(failed.error, PlanStale)
    assert failed.error.detail == "It is ACTIVE, the plan expected INACTIVE."
    assert failed.record == "ems1"


@pytest.mark.parametrize("state", ["INACTIVE", "INVALID"])
def test_a_deletion_that_was_planned_while_pending_is_done_where_the_validation_ended(state):
    backend = world(raw_mcp(id="ems1", status="PENDING"))
    plan = plan_for(wish(external(), mcp(absent=True)), backend)
    backend._records["ems1"] = replace(backend._records["ems1"], state=State(state))
    assert outcomes(run(plan, performer(backend))) == {"McpServer.jira/delete": Outcome.DONE}


def test_a_validation_that_ended_active_before_its_step_is_led_home_with_a_note():
    backend = world(raw_mcp(id="ems1", status="PENDING"))
    plan = plan_for(wish(external(), mcp(state="inactive")), backend)
    backend._records["ems1"] = replace(backend._records["ems1"], state=State.ACTIVE)
    [result] = run(plan, performer(backend))
    assert (result.outcome, result.note) == (Outcome.DONE, "landed ACTIVE, moved to INACTIVE")
    assert backend.state("ems1") is State.INACTIVE


def test_a_write_that_set_off_a_new_validation_leaves_revalidation_to_wait_for_it():
    """Changing an INVALID server may make it PENDING; revalidate then only waits."""
    backend = world(raw_mcp(id="ems1", status="PENDING"))
    kind = KINDS["McpServer"]
    moves = (*kind.lifecycle.moves, Move("revalidate", State.PENDING, State.INACTIVE))
    kinds = KINDS | {"McpServer": replace(kind, lifecycle=Lifecycle(moves, State.INACTIVE))}
    step = Transition("x", JIRA, "ems1", "revalidate", State.INVALID, State.INACTIVE)
    assert performer(backend, kinds).perform(step).outcome is Outcome.DONE
    assert backend.state("ems1") is State.INACTIVE


# -- readiness and landing -----------------------------------------------------------------------------------------


def test_nothing_is_activated_that_is_not_ready_at_that_moment():
    backend = world(raw_mcp(id="ems1", status="INACTIVE", rows=[row(status="INVALID")]))
    failed = only_failure(applied(wish(external(), mcp()), backend))
    assert isinstance(failed.error, NotReady)
    assert failed.error.detail.startswith("CON001: It requires STS or XAA; https://idp.example.com is INVALID")
    assert backend.state("ems1") is State.INACTIVE


def test_a_new_object_that_landed_active_without_being_ready_is_taken_back():
    backend = world()
    backend.landing = State.ACTIVE
    failed = only_failure(applied(wish(okta(), mcp(authorizationServers=["agents"], requires=["sts"])), backend))
    assert isinstance(failed.error, NotReady)
    [found] = backend.read(KINDS, bool).of("McpServer")
    assert found.state is State.INACTIVE


def test_an_object_that_was_active_before_stays_so_when_it_is_not_ready():
    """What this plan did not make is not taken away from its agents by a failed check."""
    backend = world(raw_mcp(id="ems1", status="ACTIVE", rows=[row(status="INVALID")]))
    document = KINDS["McpServer"].document(mcp(), wish(external()), KINDS)
    step = Transition("x", JIRA, "ems1", "activate", State.INACTIVE, State.ACTIVE, document)
    result = performer(backend).perform(step)
    assert isinstance(result.error, NotReady)
    assert backend.state("ems1") is State.ACTIVE


def test_an_object_that_landed_where_it_is_wished_is_activated_already():
    backend = world()
    backend.landing = State.ACTIVE
    assert outcomes(applied(wish(external(), mcp()), backend)) == {
        "McpServer.jira/create": Outcome.DONE,
        "McpServer.jira/activate": Outcome.ALREADY,
    }


def test_an_object_that_landed_active_and_is_wished_inactive_is_brought_home_with_a_note():
    backend = world()
    backend.landing = State.ACTIVE
    [result] = applied(wish(external(), mcp(state="inactive")), backend)
    assert (result.outcome, result.note) == (Outcome.DONE, "landed ACTIVE, moved to INACTIVE")
    assert backend.state(result.record) is State.INACTIVE


def test_an_object_that_landed_pending_is_waited_for_before_it_is_activated():
    backend = world()
    backend.landing = State.PENDING
    results = applied(wish(external(), mcp()), backend)
    assert [result.outcome for result in results] == [Outcome.DONE, Outcome.DONE]
    assert backend.state(results[0].record) is State.ACTIVE


def test_an_object_that_landed_invalid_is_not_ready_and_what_depends_on_it_is_blocked():
    backend = world()
    backend.landing = State.INVALID
    results = applied(wish(external(), mcp()), backend)
    assert outcomes(results) == {"McpServer.jira/create": Outcome.FAILED, "McpServer.jira/activate": Outcome.BLOCKED}
    assert only_failure(results).error.detail == "The organisation calls it INVALID."
    assert only_failure(results).record is not None  # it exists, so it has to be remembered


def test_an_invalid_landing_says_what_stands_in_the_way():
    backend = world()
    backend.landing = State.INVALID
    backend.lens = lambda record: record and replace(record, facts={**record.facts, "rows": []})
    failed = only_failure(applied(wish(external(), mcp()), backend))
    assert failed.error.detail == "MCP101: Okta lists no authorization server for it."


def test_a_landing_from_which_no_moves_lead_home_is_never_called_done():
    kind = KINDS["McpServer"]
    kinds = KINDS | {"McpServer": replace(kind, lifecycle=Lifecycle((), State.INACTIVE))}
    backend = world()
    backend.landing = State.ACTIVE
    document = kind.document(mcp(state="inactive"), wish(external()), KINDS)
    result = performer(backend, kinds).perform(Create("x", JIRA, document, State.INACTIVE))
    assert isinstance(result.error, NotReady)
    assert result.error.detail == "It landed ACTIVE, and no moves lead to INACTIVE."


# -- proof ---------------------------------------------------------------------------------------------------------


def test_a_member_that_the_organisation_rewrites_is_named():
    backend = world(raw_mcp(id="ems1"))
    backend.lens = lambda record: replace(record, document={**record.document, "description": "cut"})
    failed = only_failure(applied(wish(external(), mcp(description="a long text")), backend))
    assert isinstance(failed.error, NotConverged)
    assert failed.error.detail == "After the write, description is 'cut' instead of 'a long text'."


def test_a_reading_that_lags_is_waited_for():
    backend = world(raw_mcp(id="ems1"))
    stale = iter(records("McpServer", [raw_mcp(id="ems1")]) * 5)
    backend.lens = lambda record: next(stale, record)
    clock = VirtualClock()
    plan = plan_for(wish(external(), mcp(description="New")), backend)
    [result] = run(plan, Performer(backend, KINDS, clock))
    assert result.outcome is Outcome.DONE
    assert len(clock.slept) == 5
    assert clock.slept == sorted(clock.slept)


def test_who_was_held_up_while_it_read_back_reads_once_more():
    """As a machine that slept for an hour right then: what it has read is an hour old."""
    backend, clock = world(raw_mcp(id="ems1")), VirtualClock()
    stale = iter(records("McpServer", [raw_mcp(id="ems1")]))

    def asleep(record):
        old = next(stale, None)
        clock.sleep(3600 if old else 0)
        return old or record

    backend.lens = asleep
    [result] = run(plan_for(wish(external(), mcp(description="New")), backend), Performer(backend, KINDS, clock))
    assert result.outcome is Outcome.DONE


def test_a_written_object_that_cannot_be_read_is_not_called_done():
    backend = world(raw_mcp(id="ems1"))
    backend.lens = lambda _record: None
    failed = only_failure(applied(wish(external(), mcp(description="New")), backend))
    assert isinstance(failed.error, NotSettled)


# -- a run ---------------------------------------------------------------------------------------------------------


def refuse(word, what):
    def before(doing, on):
        if (doing, on) == (word, what):
            raise CallRefused("no", status=400)

    return before


def test_when_a_step_fails_what_waits_for_it_is_blocked_and_the_rest_goes_on():
    backend = world(raw_mcp("free", id="ems1"))
    backend.before = refuse("create", "AuthorizationServer")
    desired = wish(okta(), mcp(authorizationServers=["agents"]), external(), mcp("free", description="New"))
    assert outcomes(applied(desired, backend)) == {
        "AuthorizationServer.agents/create": Outcome.FAILED,
        "McpServer.jira/create": Outcome.BLOCKED,
        "McpServer.jira/activate": Outcome.BLOCKED,
        "McpServer.free/update": Outcome.DONE,
    }


def test_a_step_that_waits_for_two_failures_is_blocked_once():
    backend = world(raw_okta(id="aus1"), raw_mcp("a", id="ems1", rows=[okta_row("aus1")]), raw_mcp("b", id="ems2"))
    backend.before = refuse("deactivate", "ems1")
    desired = wish(okta(absent=True), mcp("a", absent=True), mcp("b", absent=True))
    results = applied(desired, backend, parallelism=1)
    assert outcomes(results) == {
        "McpServer.a/deactivate": Outcome.FAILED,
        "McpServer.a/delete": Outcome.BLOCKED,
        "McpServer.b/deactivate": Outcome.DONE,
        "McpServer.b/delete": Outcome.DONE,
        "AuthorizationServer.agents/deactivate": Outcome.BLOCKED,
        "AuthorizationServer.agents/delete": Outcome.BLOCKED,
    }
    assert len(results) == 6


def test_a_step_with_two_paths_to_one_failure_is_blocked_once():
    steps = (
        Update("root", JIRA, "ems1", {}),
        Update("left", JIRA, "ems1", {}, after=("root",)),
        Update("right", JIRA, "ems1", {}, after=("root",)),
        Update("end", JIRA, "ems1", {}, after=("left", "right")),
    )

    plan = Plan(TARGET, (Change(JIRA, Action.UPDATE, Reason.FIELDS_DIFFER, steps=steps),))
    results = list(run(plan, performer(world())))
    assert [result.outcome for result in results] == [Outcome.FAILED] + [Outcome.BLOCKED] * 3


def test_a_stop_finishes_what_flies_and_names_what_was_never_tried():
    backend = world()
    desired = wish(external(), mcp("a", state="inactive"), mcp("b", state="inactive"))
    stopped = []
    backend.before = lambda *_: stopped.append(True)
    results = applied(desired, backend, parallelism=1, stop=lambda: bool(stopped))
    assert [result.outcome for result in results] == [Outcome.DONE, Outcome.INTERRUPTED]


def test_independent_steps_run_at_the_same_time():
    backend = world()
    meeting = Barrier(3, timeout=10)
    backend.before = lambda *_: meeting.wait()
    desired = wish(external(), *(mcp(name, state="inactive") for name in "abc"))
    results = applied(desired, backend, parallelism=3)
    assert [result.outcome for result in results] == [Outcome.DONE] * 3


def test_no_more_run_at_once_than_allowed():
    backend = world()
    pair, lock = Barrier(2, timeout=10), Lock()
    flying, most = [], []

    def before(*_):
        with lock:
            flying.append(1)
            most.append(len(flying))
        pair.wait()
        with lock:
            flying.pop()

    backend.before = before
    applied(wish(external(), *(mcp(name, state="inactive") for name in "abcdef")), backend, parallelism=2)
    assert max(most) == 2


def test_a_reference_that_nothing_fulfils_is_a_stale_plan_not_a_guess():
    backend = world()
    missing = Ref(Address("AuthorizationServer", "x"), "id").to_json()
    document = {"authorizationServers": {"x": {"type": "OKTA", "id": missing}}}
    result = performer(backend).perform(Create("x", JIRA, document, State.ACTIVE))
    assert isinstance(result.error, PlanStale)
    assert result.error.detail == "It needs AuthorizationServer.x#id, which this run did not make."
    assert result.record is None


def test_an_attribute_that_the_made_object_lacks_is_not_guessed():
    backend = world()
    hands = performer(backend)
    agents = okta()
    document = KINDS["AuthorizationServer"].document(agents, {}, KINDS)
    assert hands.perform(Create("a", agents.address, document, State.ACTIVE)).ok
    result = hands.perform(Update("u", JIRA, "ems1", {"x": Ref(agents.address, "orn").to_json()}))
    assert isinstance(result.error, PlanStale)


def test_errors_of_our_tree_are_results_and_a_bug_loses_nothing_that_others_did():
    backend = world(raw_mcp(id="ems1", description="Old"))

    def away(*_):
        raise RemoteError("away")

    backend.before = away
    failed = only_failure(applied(wish(external(), mcp(description="New")), backend))
    assert failed.error.exit_code == 8

    def broken(*_):
        raise ZeroDivisionError

    backend.before = broken
    failed = only_failure(applied(wish(external(), mcp(description="New")), backend))
    assert failed.error.rule.code == "RUN002"
    assert "ZeroDivisionError" in failed.error.detail


def test_a_plan_without_steps_does_nothing():
    backend = world()
    assert list(run(Plan(TARGET, ()), performer(backend))) == []
    assert backend.calls == []
    assert live() == backend.read(KINDS, bool)
