"""The law of what was settled: a plan that does not look again finds what one finds that does."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.engine import decide
from tests.laws.test_memory import applied, read, touched
from tests.support.memory_world import backend_of
from tests.support.settled import in_rows, made, recalled, written
from tests.support.steady import many
from tests.support.worlds import Story, stories


@settings(max_examples=many(25))
@given(stories(), stories(), st.integers(0, 9999).map(Random))
def test_what_was_settled_hides_nothing_that_has_changed_since(one: Story, other: Story, random: Random):
    backend, memory = applied(one)
    live, memory = read(backend), in_rows(memory)
    settled = made(written(one.desired()), recalled(live, less=lambda _: random.random() < 0.1), memory).settled
    _, strange = applied(other)
    less = [replace(each, spec={k: v for k, v in each.spec.items() if k != "description"}) for each in one.documents]
    partly = {address: each for address, each in memory.applied.items() if random.random() < 0.8}
    for wish in (one, replace(one, documents=tuple(less)), other):
        for world in (live, touched(random, live), read(backend_of(other))):
            for kept in (memory, replace(memory, applied=partly), in_rows(strange)):
                quick = made(written(wish.desired()), recalled(world, settled), kept)
                assert quick.plan == made(written(wish.desired()), recalled(world), kept).plan


@settings(max_examples=many(10))
@given(stories())
def test_what_was_settled_is_not_looked_at_again_and_nothing_new_is_said_of_it(story: Story):
    backend, memory = applied(story)
    live, memory, wish = read(backend), in_rows(memory), written(story.desired())
    first = made(wish, recalled(live), memory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decide, "_is_settled", lambda _facts, _kind, resource, *_: pytest.fail(str(resource.address)))
        again = made(wish, recalled(live, first.settled), memory)
    assert again == (first.plan, {})
    assert first.settled.keys() == {(at.kind, each) for at, each in memory.bindings.items() if at in wish}
