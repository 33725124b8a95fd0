"""What leans on MCP servers: from any world that one wish has made, the next wish comes true, and nothing else changes.

The world is looked at in the records themselves, over HTTP in the organisation's own words; what is wished is read from
the documents, not from what a kind makes of them.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.plan import Action, Origin
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Live
from reconciler.engine.adopt import Described, adopt
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.engine.planner import make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, afterwards, knowing, planned, resource, wish
from tests.support.clock import VirtualClock
from tests.support.emulated import Emulated
from tests.support.leaning import (
    LEANINGS,
    PROFILE,
    Leaning,
    applied,
    desired,
    empty,
    everything,
    expected,
    look,
    there,
)
from tests.support.steady import many
from tests.support.worlds import Story


def others(live: Live, ours):
    """The records that are nobody's of ours, whole."""
    return {
        (name, record.id): (record.key, record.state, record.document)
        for name in KINDS
        for record in live.of(name)
        if record.id not in set(ours.values())
    }


def comes_true(case: Leaning, backend, see, clock=None):
    """Make the world, apply the next wish, look; then again, when there must be nothing left to do."""
    ours = case.made(backend, clock)
    first = everything(backend)
    assert {name: seen for name, seen in see().items() if seen} == expected((*case.first, *case.beside))
    after = applied(backend, case.documents, case.remembered(ours), clock)
    live = everything(backend)
    if after is None:
        assert others(live, {}) == others(first, {})
        return None
    found, wished = see(), expected(case.documents)
    assert {name: seen - found[name] for name, seen in wished.items() if seen - found[name]} == {}
    gone = expected(case.first, {each.key for each in case.documents if each.absent})
    if not case.forgets:
        back = {name: (seen & found[name]) - wished.get(name, set()) for name, seen in gone.items()}
        assert not any(back.values()), back
    now = others(live, {})
    assert {key: now.get(key) for key in others(first, ours)} == others(first, ours)
    return after


@settings(max_examples=many(25))
@given(LEANINGS)
def test_after_any_wish_the_next_one_comes_true_whole_and_what_others_have_made_stays(case: Leaning):
    backend = empty()
    after = comes_true(case, backend, lambda: there(everything(backend)))
    if after is not None:
        writes = backend.writes
        assert applied(backend, case.documents, after) is not None
        assert backend.writes == writes


@pytest.fixture(scope="module")
def emulated():
    with Emulated() as organisation:
        yield organisation


@settings(max_examples=many(4), suppress_health_check=list(HealthCheck))
@given(LEANINGS)
def test_the_same_over_http_on_the_emulated_organisation(emulated: Emulated, case: Leaning):
    emulated.put(Story((), (), ()))
    emulated.agent(PROFILE)
    backend, clock = emulated.backend, emulated.clock
    after = comes_true(case, backend, lambda: look(emulated), clock)
    if after is not None:
        writes = emulated.writes
        assert applied(backend, case.documents, after, clock) is not None
        assert emulated.writes == writes


MOVES = sorted({(kind.name, move.verb) for kind in KINDS.values() for move in kind.lifecycle.moves})


@settings(max_examples=many(10))
@given(LEANINGS, st.sets(st.sampled_from(MOVES), max_size=4))
def test_where_moves_are_missing_the_wish_comes_true_or_is_called_a_problem(case: Leaning, lost):
    backend = empty()
    ours = case.made(backend)
    first = everything(backend)
    kinds = {
        name: replace(kind, lifecycle=replace(kind.lifecycle, moves=kept(kind, lost))) for name, kind in KINDS.items()
    }
    plan = make_plan(case.desired(), first, kinds, TARGET, knowing(case.remembered(ours)))
    assert {problem.code for problem in plan.problems} <= {"PLN002", "PLN009", "PLN013"}
    results = [] if plan.problems else list(run(plan, Performer(backend, kinds, VirtualClock()), Course(3)))
    assert [(result.step.id, result.error) for result in results if not result.ok] == []
    if plan.problems:
        return
    found, wished = there(everything(backend)), expected(case.documents)
    assert {name: seen - found[name] for name, seen in wished.items() if seen - found[name]} == {}


def kept(kind, lost):
    return tuple(move for move in kind.lifecycle.moves if (kind.name, move.verb) not in lost)


# -- memory --------------------------------------------------------------------------------------------------------


def told(plan):
    return {change.address: change for change in plan.changes if change.action is not Action.NOOP}


def with_memory(backend, documents, memory):
    plan = planned(desired(documents), everything(backend), memory)
    assert not plan.problems
    results = list(run(plan, Performer(backend, KINDS, VirtualClock()), Course(3)))
    assert all(result.ok for result in results)
    return afterwards(memory, plan, results, everything(backend))


ELSEWHERE = {
    "AgentConnection": ({"scopeCondition": "INCLUDE_ONLY", "scopes": ["admin"]}, "scopes"),
    "ClientRegistration": ({"scopes": ["admin"]}, "scopes"),
    "ClientApp": ({"label": "Somebody's"}, "label"),
    "McpServer": ({"description": "Somebody's"}, "description"),
}
"""What somebody makes of an object of ours, and a path of it that we have written."""


@settings(max_examples=many(12))
@given(LEANINGS)
def test_memory_agrees_with_the_world_and_what_somebody_changes_afterwards_is_drift_that_an_apply_undoes(case: Leaning):
    backend = empty()
    memory = with_memory(backend, case.first, Remembered({}))
    assert told(planned(desired(case.first), everything(backend), memory)) == {}
    before = others(everything(backend), {})
    for address, record in memory.bindings.items():
        if address.kind not in ELSEWHERE:
            continue
        patch, path = ELSEWHERE[address.kind]
        if path not in memory.applied[address].document:
            continue
        backend.update(KINDS[address.kind], record, patch)
        plan = planned(desired(case.first), everything(backend), memory)
        change = told(plan)[address]
        assert (change.action, change.remembered) == (Action.UPDATE, True)
        assert {field.origin for field in change.fields} == {Origin.DRIFT}
        assert path in {field.path[0] for field in change.fields}
        assert set(told(plan)) == {address}
        memory = with_memory(backend, case.first, memory)
        assert others(everything(backend), {}) == before


# -- adoption ------------------------------------------------------------------------------------------------------


@settings(max_examples=many(10))
@given(LEANINGS)
def test_a_plan_of_what_was_adopted_is_empty(case: Leaning):
    backend = empty()
    case.made(backend)
    live = everything(backend)
    chosen = [record for name, kind in KINDS.items() if kind.to_spec for record in live.of(name)]
    adopted = adopt(chosen, live, KINDS, Described(), {})
    documents = wish(*(resource(each.address.kind, each.address.name, each.spec) for each in adopted))
    assert {each.record.id for each in adopted if each.record} == {record.id for record in chosen}
    plan = planned(documents, live)
    assert plan.problems == ()
    assert [(str(change.address), change.fields, change.steps) for change in plan.changes if change.steps] == []
