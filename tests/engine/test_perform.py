"""Taking up what an interrupted run has left: what was sent is not sent again while it may be on its way."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.errors import LedgerError, MadeTwice, OperationFailed, PlanStale, RemoteError
from reconciler.core.journal import Past, Told, Unwritten
from reconciler.core.lifecycle import State
from reconciler.core.plan import Create, Transition, Update
from reconciler.core.resources import Live
from reconciler.core.result import Outcome
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import DOUBT_SECONDS, Performer
from reconciler.kinds import KINDS
from tests.support.backends import OddBackend
from tests.support.build import (
    connection,
    external,
    live,
    mcp,
    okta,
    planned,
    raw_agent,
    raw_connection,
    raw_mcp,
    raw_okta,
    records,
    wish,
)
from tests.support.clock import VirtualClock

JIRA = Address("McpServer", "jira")
SERVER = KINDS["McpServer"]
DOCUMENT = SERVER.document(mcp(), wish(external()), KINDS)
CREATE = Create("c", JIRA, DOCUMENT, State.ACTIVE)
UPDATE = Update("u", JIRA, "ems1", DOCUMENT)
ACTIVATE = Transition("a", JIRA, "ems1", "activate", State.INACTIVE, State.ACTIVE, DOCUMENT)


class Followed(OddBackend):
    """Whose operations end as told."""

    ends: str | Exception = ""

    def follow(self, operation):
        self.calls.append(("follow", operation))
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


class Recalling(Unwritten):
    """A journal with a past."""

    def __init__(self, **pasts):
        self.pasts = pasts
        self.said = []

    def ended(self, record):
        self.said.append(record)

    def past(self, step):
        return self.pasts.get(step, Past())


def world(*raws):
    kinds = ["McpServer" if "resourceUrl" in raw else "AuthorizationServer" for raw in raws]
    return Followed(record for kind, raw in zip(kinds, raws, strict=True) for record in records(kind, [raw]))


def performed(backend, step, past, **more):
    clock = VirtualClock()
    performer = Performer(backend, KINDS, clock, journal=Recalling(**{step.id: past}), **more)
    return performer.perform(step), sum(clock.slept)


def test_a_create_of_which_an_answer_named_the_object_is_only_completed():
    backend = world(raw_mcp(id="ems1", status="INACTIVE", rows=[]))
    result, _ = performed(backend, CREATE, Past(begun=True, record="ems1"))
    assert (result.outcome, result.record) == (Outcome.DONE, "ems1")
    assert [call[0] for call in backend.calls] == ["update", "find"]


def test_a_create_whose_operation_goes_on_is_followed_and_not_sent_again():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    backend.ends = "ems1"
    result, _ = performed(backend, CREATE, Past(begun=True, operation="/operations/1"))
    assert result.record == "ems1"
    assert backend.calls[0] == ("follow", "/operations/1")
    assert ("create", "McpServer") not in backend.calls


def test_what_a_followed_create_made_is_written_down_for_whoever_comes_next():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    backend.ends = "ems1"
    journal = Recalling(**{CREATE.id: Past(begun=True, operation="/operations/1")})
    Performer(backend, KINDS, VirtualClock(), journal=journal).perform(CREATE)
    assert journal.said == ["ems1"]


@pytest.mark.parametrize("record", ["ems1", ""])
def test_what_the_operation_of_a_later_write_names_is_not_the_object(record):
    """An authorization server that is attached has an operation and an id of its own."""
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    backend.ends = "eas1"
    past = Past(begun=True, operation="/operations/2", record=record, further=True)
    result, _ = performed(backend, CREATE, past)
    assert (result.outcome, result.record) == (Outcome.DONE, "ems1")
    assert backend.calls[0] == ("follow", "/operations/2")
    assert ("create", "McpServer") not in backend.calls


def test_what_was_written_twice_may_show_late_too():
    backend = world()
    result, slept = performed(backend, CREATE, Past(begun=True, further=True))
    assert result.outcome is Outcome.DONE
    assert slept > 0


def test_a_create_of_unknown_outcome_is_found_by_its_key():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    result, slept = performed(backend, CREATE, Past(begun=True, doubtful=True))
    assert (result.record, slept) == ("ems1", 0)
    assert ("create", "McpServer") not in backend.calls


def test_a_create_of_unknown_outcome_that_shows_late_is_waited_for():
    backend = world()
    shown = iter([(), (), records("McpServer", [raw_mcp(id="ems1", status="INACTIVE")])])
    found = records("McpServer", [raw_mcp(id="ems1", status="INACTIVE")])
    backend._records = {record.id: record for record in found}
    backend.read = lambda kinds, _wanted: Live(dict.fromkeys(kinds, next(shown)))
    result, slept = performed(backend, CREATE, Past(begun=True, doubtful=True))
    assert result.record == "ems1"
    assert 0 < slept < DOUBT_SECONDS


def test_a_create_of_unknown_outcome_that_never_shows_is_sent():
    backend = world()
    result, slept = performed(backend, CREATE, Past(begun=True, doubtful=True))
    assert result.outcome is Outcome.DONE
    assert backend.calls[0] == ("create", "McpServer")
    assert slept <= DOUBT_SECONDS


def test_a_create_that_was_refused_is_looked_for_once_and_sent():
    backend = world()
    result, slept = performed(backend, CREATE, Past(begun=True))
    assert (result.outcome, slept) == (Outcome.DONE, 0)


def test_an_object_that_was_there_when_the_plan_was_made_is_not_what_the_create_made():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    result, _ = performed(backend, CREATE, Past(begun=True), planned=frozenset({"ems1"}))
    assert ("create", "McpServer") in backend.calls
    assert result.outcome is Outcome.FAILED  # this organisation keeps keys apart


def test_several_objects_with_the_key_of_a_create_are_nobodys_guess():
    backend = world()
    twins = records("McpServer", [raw_mcp(id="ems1"), raw_mcp(id="ems2")])
    backend.read = lambda kinds, _wanted: Live(dict.fromkeys(kinds, twins))
    result, _ = performed(backend, CREATE, Past(begun=True))
    assert isinstance(result.error, MadeTwice)
    assert "Which one this run has made is not known, and there are ems1, ems2" in result.error.detail


# -- kinds of which the organisation would hold two -----------------------------------------------------------------

AGENTS = Address("AuthorizationServer", "agents")
OWN = Create("c", AGENTS, KINDS["AuthorizationServer"].document(okta(), wish(okta()), KINDS), State.ACTIVE)
NAMED = Past(begun=True, record="aus1", named=frozenset({"aus1"}))


def shown(backend, *turns):
    """Let the lists of a backend show some ids in turn; the last ones from then on."""
    rest = list(turns)

    def read(kinds, _wanted):
        ids = rest.pop(0) if len(rest) > 1 else rest[0]
        return Live(dict.fromkeys(kinds, records("AuthorizationServer", [raw_okta(id=each) for each in ids])))

    backend.read = read
    return backend


def test_of_two_that_one_create_made_a_resumed_run_chooses_none():
    backend = shown(world(raw_okta(id="aus1"), raw_okta(id="aus2")), ["aus2", "aus1"])
    result, slept = performed(backend, OWN, NAMED)
    assert isinstance(result.error, MadeTwice)
    assert "aus1 was made by this run, and there are aus1, aus2" in result.error.detail
    assert backend.writes == 0
    assert 0 < slept <= DOUBT_SECONDS


def test_a_twin_that_is_gone_and_is_shown_for_a_while_stops_nobody():
    backend = shown(world(raw_okta(id="aus1")), ["aus1", "aus2"], ["aus1", "aus2"], ["aus1"])
    result, _ = performed(backend, OWN, NAMED)
    assert (result.outcome, result.record) == (Outcome.DONE, "aus1")


def test_what_gave_way_to_another_is_not_taken_for_it():
    backend = shown(world(raw_okta(id="aus2")), ["aus2"])
    result, _ = performed(backend, OWN, NAMED)
    assert isinstance(result.error, PlanStale)
    assert "(aus1) is gone, and aus2 is there in its place" in result.error.detail
    assert backend.writes == 0


CHILD = Past(begun=True, unanswered=True, further=True, named=frozenset({"scp1"}))


@pytest.mark.parametrize(
    "past",
    [Past(begun=True), replace(NAMED, doubtful=True, unanswered=True), CHILD],
    ids=["unnamed", "doubtful", "only children named"],
)
def test_where_no_answer_named_the_object_the_only_one_with_its_key_is_it(past):
    backend = shown(world(raw_okta(id="aus2")), ["aus2"])
    result, _ = performed(backend, OWN, past)
    assert (result.outcome, result.record) == (Outcome.DONE, "aus2")


def test_an_object_inside_another_is_found_there_since_an_answer_names_half_of_its_id():
    spec = connection(type="IDENTITY_ASSERTION_CUSTOM_AS", authorizationServer="agents")
    document = KINDS["AgentConnection"].document(spec, wish(spec), KINDS)
    document |= {"agent": "wlp1", "resource": "aus1"}
    raw = raw_connection(agent="wlp1", connectionType=spec.spec.type, authorizationServer={"orn": "x:aus1"})
    raw["resource"] = None
    backend = Followed(
        [*records("AgentConnection", [raw]), *records("AiAgent", [raw_agent("wlp1"), raw_agent("wlp2")])]
    )
    asked = []
    read = backend.read

    def reading(kinds, wanted):
        live = read(kinds, wanted)
        asked.extend(agent.id for agent in live.of("AiAgent") if wanted(agent))
        return live

    backend.read = reading
    create = Create("c", spec.address, document, State.ACTIVE)
    result, _ = performed(backend, create, Past(begun=True, record="mcn1", named=frozenset({"mcn1"})))
    assert (result.outcome, result.record, asked) == (Outcome.DONE, "wlp1/mcn1", ["wlp1"])


def test_nothing_is_sent_again_where_it_cannot_be_looked_for():
    backend = world()
    fault = RemoteError("no").diagnostic
    backend.read = lambda kinds, _wanted: live(unreadable=dict.fromkeys(kinds, fault))
    result, _ = performed(backend, CREATE, Past(begun=True))
    assert isinstance(result.error, RemoteError)
    assert ("create", "McpServer") not in backend.calls


def test_a_move_whose_operation_goes_on_is_followed_and_seen_to_be_done():
    backend = world(raw_mcp(id="ems1", status="ACTIVE"))
    result, slept = performed(backend, ACTIVATE, Past(begun=True, operation="/operations/1"))
    assert (result.outcome, slept) == (Outcome.ALREADY, 0)


def test_a_move_whose_operation_failed_is_made_by_this_run():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    backend.ends = OperationFailed("no")
    result, _ = performed(backend, ACTIVATE, Past(begun=True, operation="/operations/1"))
    assert result.outcome is Outcome.DONE
    assert ("activate", "ems1") in backend.calls


def test_a_move_of_unknown_outcome_is_waited_for_and_then_made():
    backend = world(raw_mcp(id="ems1", status="INACTIVE"))
    result, slept = performed(backend, ACTIVATE, Past(begun=True, doubtful=True))
    assert result.outcome is Outcome.DONE
    assert 0 < slept <= DOUBT_SECONDS


def test_a_deletion_of_unknown_outcome_is_done_when_the_object_is_gone():
    gone = Transition("d", JIRA, "ems1", "delete", State.INACTIVE, State.DELETED)
    result, slept = performed(world(), gone, Past(begun=True, doubtful=True))
    assert (result.outcome, slept) == (Outcome.ALREADY, 0)


@pytest.mark.parametrize("there", [True, False])
def test_an_update_of_unknown_outcome_is_waited_for_while_the_object_differs(there):
    backend = world(*([raw_mcp(id="ems1")] if there else []))
    step = replace(UPDATE, document=DOCUMENT | {"description": "New"})
    result, slept = performed(backend, step, Past(begun=True, doubtful=True))
    assert result.outcome is (Outcome.DONE if there else Outcome.FAILED)
    assert (slept > 0) is there


def test_what_an_earlier_part_of_the_run_made_is_read_when_it_is_needed():
    backend = world(raw_okta(id="aus1"), raw_mcp(id="ems1", status="INACTIVE"))
    plan = planned(wish(okta(), mcp(authorizationServers=["agents"])), live())
    done = frozenset({"AuthorizationServer.agents/create", "McpServer.jira/create"})
    before = {Address("AuthorizationServer", "agents"): "aus1", JIRA: "ems1"}
    performer = Performer(backend, KINDS, VirtualClock(), before=before)
    left = [step for step in plan.steps if step.id not in done]
    results = list(run(plan, performer, Course(done=done)))
    assert [result.step.id for result in results] == [step.id for step in left]
    assert ("find", "ems1") in backend.calls


def test_a_run_goes_no_further_without_the_object_that_it_has_made():
    step = replace(ACTIVATE, record=None)
    result, _ = performed(world(), step, Past(), before={JIRA: "ems1"})
    assert isinstance(result.error, PlanStale)


def names(*there):
    return wish(external(), *(mcp(name, state="inactive") for name in there))


def test_after_as_many_failures_as_are_allowed_nothing_more_is_begun():
    backend = world()
    backend.before = lambda _word, _what: (_ for _ in ()).throw(RemoteError("no"))
    plan = planned(names(*"abcd"), live())
    results = list(run(plan, Performer(backend, KINDS, VirtualClock()), Course(1, max_failures=2)))
    assert [str(result.outcome) for result in results] == ["failed", "failed", "not-tried", "not-tried"]


def test_when_nothing_can_be_written_down_nothing_more_is_sent():
    class Full(Unwritten):
        def sends(self, method, path):
            raise LedgerError(f"disk full before {method} {path}")

    class Telling(OddBackend):
        def watched(self, watcher):
            self.before = watcher.sends
            return self

    backend = Telling()
    plan = planned(names(*"abcd"), live())
    results = list(run(plan, Performer(backend, KINDS, VirtualClock(), journal=Full()), Course(1)))
    assert [str(result.outcome) for result in results] == ["failed", *["not-tried"] * 3]
    assert backend.writes == 0


def test_the_journal_of_a_run_that_nobody_resumes_takes_everything_and_keeps_nothing():
    journal = Unwritten()
    told = journal.watcher("x")
    told.sends("POST", "/")
    told.answered(Told(200))
    told.ended("")
    assert journal.past("x") == Past()
