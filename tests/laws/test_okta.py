"""The laws of apply again, with the Okta backend over the emulated organisation, in virtual time."""

import pytest
from hypothesis import given, settings

from reconciler.engine import scope
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.laws.test_states import EVERY
from tests.support.build import planned, refused_as_empty, remembered
from tests.support.emulated import Emulated
from tests.support.sight import Judge
from tests.support.steady import many
from tests.support.worlds import Story, stories


@pytest.fixture(scope="module")
def emulated():
    with Emulated() as organisation:
        yield organisation


def plan_of(organisation, desired, bindings):
    needed = scope.needed(desired, KINDS, bindings)
    live = organisation.backend.read(needed, scope.wanted(desired, KINDS, bindings))
    return planned(desired, live, bindings)


def fulfil(organisation: Emulated, story: Story) -> None:
    """Plan, apply, look; then plan and apply again, when there must be nothing left to do."""
    organisation.put(story)
    desired, bindings = story.desired(), organisation.bindings(story)
    before = organisation.look()
    plan = plan_of(organisation, desired, bindings)
    if refused_as_empty(plan):
        return
    assert not plan.problems
    results = list(run(plan, Performer(organisation.backend, KINDS, organisation.clock), Course(3)))
    assert [(result.step.id, result.error) for result in results if not result.ok] == []
    Judge(story, before, organisation.look(), organisation.ids).verdict()

    writes, seen = organisation.writes, organisation.look()
    for memory in (remembered(bindings, plan, results), {}):
        again = plan_of(organisation, desired, memory)
        assert again.is_empty
        assert list(run(again, Performer(organisation.backend, KINDS, organisation.clock))) == []
    assert organisation.writes == writes
    assert organisation.look() == seen


@settings(max_examples=many(100))
@given(stories())
def test_apply_makes_the_wish_true_touches_nothing_else_and_leaves_nothing_to_do(emulated: Emulated, story: Story):
    fulfil(emulated, story)


@pytest.mark.parametrize("story", EVERY.values(), ids=EVERY.keys())
def test_every_goal_is_reached_from_every_state(emulated, story):
    fulfil(emulated, story)
