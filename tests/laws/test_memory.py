"""The laws of memory: what an apply remembers agrees with the world, and only what somebody did afterwards differs."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.core import plan_file
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Origin
from reconciler.core.remembered import Remembered
from reconciler.core.resources import Live
from reconciler.engine import decide
from reconciler.engine.apply import run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import afterwards, planned
from tests.support.clock import VirtualClock
from tests.support.memory_world import backend_of, bindings_of
from tests.support.steady import many
from tests.support.worlds import Story, stories


def everything(_record):
    return True


def read(backend):
    return backend.read(KINDS, everything)


def applied(story: Story, memory: Remembered | None = None, backend=None):
    """The world after an apply of a story, and what is remembered of it."""
    backend = backend or backend_of(story)
    memory = memory or Remembered(bindings_of(story))
    plan = planned(story.desired(), read(backend), memory)
    assume(not plan.problems)
    results = list(run(plan, Performer(backend, KINDS, VirtualClock())))
    assert all(result.ok for result in results)
    return backend, afterwards(memory, plan, results, read(backend))


def told(plan):
    return {change.address: change for change in plan.changes if change.action is not Action.NOOP}


@settings(max_examples=many(60))
@given(stories())
def test_after_an_apply_memory_agrees_with_the_world_and_nothing_is_left_even_to_adopt(story: Story):
    backend, memory = applied(story)
    assert told(planned(story.desired(), read(backend), memory)) == {}


def touched(random: Random, live: Live) -> Live:
    """The same world after somebody has been there: words, types, states and children of some objects are others."""

    def edited(record):
        document, state = dict(record.document), record.state
        if random.random() < 0.3:
            state = random.choice([State.ACTIVE, State.INACTIVE, State.INVALID])
        elif random.random() < 0.3:
            document["description"] = random.choice(["edited", "", None, 1])
        elif document.get("authorizationServers") and random.random() < 0.3:
            document["authorizationServers"] = {}
        return replace(record, document=document, state=state)

    return replace(live, records={name: tuple(map(edited, records)) for name, records in live.records.items()})


@settings(max_examples=many(25))
@given(stories(), stories(), st.integers(0, 9999).map(Random))
def test_what_is_recognised_as_settled_at_once_is_what_the_long_way_finds(one: Story, other: Story, random: Random):
    backend, memory = applied(one)
    live = read(backend)
    less = [replace(each, spec={k: v for k, v in each.spec.items() if k != "description"}) for each in one.documents]
    for wish in (one, replace(one, documents=tuple(less)), other):
        for world in (live, touched(random, live)):
            quick = planned(wish.desired(), world, memory)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(decide, "_is_settled", lambda *_: False)
                assert planned(wish.desired(), world, memory) == quick


@settings(max_examples=many(10))
@given(stories())
def test_after_an_apply_everything_is_recognised_as_settled_at_once(story: Story):
    backend, memory = applied(story)
    asked = decide._is_settled
    found: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decide, "_is_settled", lambda *facts: found.append(asked(*facts)) or found[-1])
        planned(story.desired(), read(backend), memory)
    assert all(found)


def described(story: Story):
    """The documents whose description an apply has written."""
    return [each for each in story.documents if "description" in each.spec and not each.absent]


def shown(live: Live):
    """What manifests can speak of; facts, such as the ids of children, are the organisation's own."""
    return [(each.id, each.state, each.document) for records in live.records.values() for each in records]


@settings(max_examples=many(40))
@given(stories())
def test_what_somebody_changes_afterwards_is_drift_at_that_path_and_an_apply_undoes_it(story: Story):
    assume(described(story))
    backend, memory = applied(story)
    chosen = described(story)[0]
    [address] = [each for each in memory.bindings if (each.kind, each.name) == chosen.key]
    before = shown(read(backend))
    backend.update(KINDS[address.kind], memory.bindings[address], {"description": "Somebody's"})
    plan = planned(story.desired(), read(backend), memory)
    [change] = told(plan).values()
    assert (change.address, change.action, change.remembered) == (address, Action.UPDATE, True)
    assert [(field.path, field.origin, field.last) for field in change.fields] == [
        (("description",), Origin.DRIFT, chosen.spec["description"])
    ]
    applied(story, memory, backend)
    assert shown(read(backend)) == before


@settings(max_examples=many(40))
@given(stories())
def test_a_key_that_is_no_longer_written_is_taken_back_only_by_whom_has_set_it(story: Story):
    assume(described(story))
    backend, memory = applied(story)
    chosen = described(story)[0]
    spec = {key: value for key, value in chosen.spec.items() if key != "description"}
    documents = tuple(replace(each, spec=spec) if each is chosen else each for each in story.documents)
    without = replace(story, documents=documents)
    [address] = [each for each in memory.bindings if (each.kind, each.name) == chosen.key]

    def description():
        found = backend.find(KINDS[address.kind], memory.bindings[address])
        return found.document.get("description")

    forgetful = planned(without.desired(), read(backend), memory.bindings)
    assert all(not change.steps for change in forgetful.changes)
    _, memory = applied(without, memory, backend)
    assert description() is None
    assert told(planned(without.desired(), read(backend), memory)) == {}


@settings(max_examples=many(40))
@given(stories(), stories())
def test_where_memory_changes_no_step_it_changes_no_digest(story: Story, other: Story):
    """Memory of another story says wrong things about many paths."""
    world = read(backend_of(story))
    plan = planned(story.desired(), world, bindings_of(story))
    _, memory = applied(other)
    kept = Remembered(
        bindings_of(story),
        {
            address: replace(each, record=bindings_of(story)[address], goal=State.ACTIVE)
            for address, each in memory.applied.items()
            if address in bindings_of(story)
        },
    )
    remembered = planned(story.desired(), world, kept)
    assume(remembered.steps == plan.steps and not remembered.problems and not plan.problems)
    assert plan_file.digest(remembered) == plan_file.digest(plan)
    assert plan_file.to_document(remembered)["digest"] == plan_file.digest(remembered)
