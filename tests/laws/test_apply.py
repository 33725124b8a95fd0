"""The laws of apply, on the backend in memory: judged by looking at the world, never by planning again alone.

"After apply the plan is empty" once passed while the planner silently dropped an unreachable goal, because one blind
spot judged both sides.
"""

from hypothesis import given, settings

from reconciler.engine.apply import Performer, run
from reconciler.kinds import KINDS
from tests.support.build import planned, remembered
from tests.support.clock import VirtualClock
from tests.support.memory_world import backend_of, bindings_of, look
from tests.support.sight import Judge
from tests.support.worlds import Story, many, stories


def everything(_record):
    return True


@settings(max_examples=many(700))
@given(stories())
def test_apply_makes_the_wish_true_touches_nothing_else_and_leaves_nothing_to_do(story: Story):
    backend, desired, bindings = backend_of(story), story.desired(), bindings_of(story)
    before = look(backend)
    plan = planned(desired, backend.read(KINDS, everything), bindings)
    assert not plan.problems
    results = list(run(plan, Performer(backend, KINDS, VirtualClock()), parallelism=3))
    assert [result for result in results if not result.ok] == []
    assert sorted(result.step.id for result in results) == sorted(step.id for step in plan.steps)

    after = look(backend)
    ids = {live["id"]: live["id"] for live in (*story.custom, *story.servers)}
    Judge(story, before, after, ids, real=False).verdict()

    writes = backend.writes
    for memory in (remembered(bindings, plan, results), {}):
        again = planned(desired, backend.read(KINDS, everything), memory)
        assert again.is_empty
        assert list(run(again, Performer(backend, KINDS, VirtualClock()))) == []
    assert backend.writes == writes
    assert look(backend) == after
