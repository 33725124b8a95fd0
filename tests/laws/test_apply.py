"""The laws of apply, on the backend in memory: judged by looking at the world, never by planning again alone.

"After apply the plan is empty" once passed while the planner silently dropped an unreachable goal, because one blind
spot judged both sides.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.plan import Action
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.engine.planner import make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, knowing, planned, refused_as_empty, remembered
from tests.support.clock import VirtualClock
from tests.support.memory_world import backend_of, bindings_of, look
from tests.support.sight import Judge
from tests.support.steady import many
from tests.support.worlds import Story, stories


def everything(_record):
    return True


@settings(max_examples=many(200))
@given(stories(), st.booleans())
def test_apply_makes_the_wish_true_touches_nothing_else_and_leaves_nothing_to_do(story: Story, backwards: bool):  # noqa: FBT001
    """Only edges keep an order: backwards, everything happens as late as they allow."""
    backend, desired, bindings = backend_of(story), story.desired(), bindings_of(story)
    before = look(backend)
    plan = planned(desired, backend.read(KINDS, everything), bindings)
    if refused_as_empty(plan):
        return
    assert not plan.problems
    performed = replace(plan, changes=plan.changes[::-1]) if backwards else plan
    results = list(run(performed, Performer(backend, KINDS, VirtualClock()), Course(1 if backwards else 3)))
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


LOSSES = st.sets(
    st.sampled_from(sorted({(kind.name, move.verb) for kind in KINDS.values() for move in kind.lifecycle.moves}))
)


@settings(max_examples=many(60))
@given(stories(), LOSSES)
def test_where_moves_are_missing_a_wish_comes_true_or_is_called_a_problem(story: Story, lost: set[tuple[str, str]]):
    """`route(...) or ()` would make an impossible goal look done."""
    kinds = {
        name: replace(
            kind,
            lifecycle=replace(
                kind.lifecycle,
                moves=tuple(move for move in kind.lifecycle.moves if (name, move.verb) not in lost),
            ),
        )
        for name, kind in KINDS.items()
    }
    backend = backend_of(story)
    before = look(backend)
    plan = make_plan(story.desired(), backend.read(kinds, everything), kinds, TARGET, knowing(bindings_of(story)))
    if refused_as_empty(plan):
        return
    assert {problem.code for problem in plan.problems} <= {"PLN002"}
    assert {problem.subject for problem in plan.problems} == {
        str(change.address) for change in plan.changes if change.action is Action.BLOCKED
    }
    if not plan.problems:
        assert all(result.ok for result in run(plan, Performer(backend, kinds, VirtualClock())))
        ids = {live["id"]: live["id"] for live in (*story.custom, *story.servers)}
        Judge(story, before, look(backend), ids, real=False).verdict()
