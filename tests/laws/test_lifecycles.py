"""For every kind and every pair of states: what a route is, found by looking at the table in another way."""

from itertools import pairwise, product

import pytest

from reconciler.core.lifecycle import Actor, State
from reconciler.kinds import KINDS

EVERY = [
    pytest.param(kind.lifecycle, source, goal, id=f"{kind.name}-{source}-{goal}")
    for kind, source, goal in product(KINDS.values(), State, State)
]


def distance(lifecycle, source, goal):
    """Moves on the shortest way, by widening the set of states that can be reached; None when it stops growing."""
    edges = {(move.source, move.target) for move in lifecycle.moves if move.actor is Actor.ADMIN}
    reached = {source}
    for steps in range(len(State) + 1):
        if goal in reached:
            return steps
        reached |= {target for origin, target in edges if origin in reached}
    return None


@pytest.mark.parametrize(("lifecycle", "source", "goal"), EVERY)
def test_a_route_is_a_shortest_chain_of_an_administrators_moves_and_none_means_unreachable(lifecycle, source, goal):
    route = lifecycle.route(source, goal)
    shortest = distance(lifecycle, source, goal)
    if route is None:
        assert shortest is None
        return
    assert len(route) == shortest
    assert all(move in lifecycle.moves and move.actor is Actor.ADMIN for move in route)
    states = [source, *(move.target for move in route)]
    assert states[-1] == goal
    assert all(move.source == before for move, before in zip(route, states, strict=False))
    assert all(one != other for one, other in pairwise(states))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_nothing_leaves_deleted_and_everything_can_be_deleted(kind):
    assert not [move for move in kind.lifecycle.moves if move.source is State.DELETED]
    known = {move.source for move in kind.lifecycle.moves}
    assert all(kind.lifecycle.route(state, State.DELETED) for state in known)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_an_active_object_that_can_be_deactivated_is_never_deleted_directly(kind):
    can = any(move.source is State.ACTIVE and move.target is State.INACTIVE for move in kind.lifecycle.moves)
    direct = [move for move in kind.lifecycle.moves if (move.source, move.target) == (State.ACTIVE, State.DELETED)]
    assert not (can and direct)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_verb_leads_from_each_state_to_one_state_only(kind):
    pairs = [(move.verb, move.source) for move in kind.lifecycle.moves]
    assert len(pairs) == len(set(pairs))
