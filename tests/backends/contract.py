"""The promises of `core.ports.Backend`, as one suite that every backend is held to.

Each promise is a function of a world: a backend, and one kind with documents of it. `test_contract.py` runs all of
them over every backend and every kind. What the promises speak about is what the port says, and no more.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.core.document import Document
from reconciler.core.errors import CallRefused
from reconciler.core.kind import Kind, with_homes
from reconciler.core.lifecycle import Actor, Move, State
from reconciler.core.ports import Backend
from reconciler.core.resources import Record
from reconciler.engine.diff import unlike
from reconciler.kinds import KINDS


@dataclass(frozen=True)
class World:
    """One backend, one kind, and documents of it: `plain` says little, `full` says everything that can be said."""

    backend: Backend
    kind: Kind[Any]
    plain: Callable[[int], Document]
    full: Callable[[int], Document]
    strict: bool = True
    """Whether an illegal move is refused; some organisations take a repeated or early one for granted."""
    atomic: bool = True
    """Whether the organisation itself tells two objects of one key apart when both are made at once."""
    adopts: bool = False
    """Whether what exists under the key is taken over instead of refused."""
    alterable: bool = True
    """Whether anything of it can be changed in place."""
    text: str | None = "description"
    """A member that holds any text; None where there is none."""
    many: int = 13
    """So many objects that lists have several pages."""

    def create(self, document: Document) -> Record:
        record = self.find(self.backend.create(self.kind, document))
        assert record is not None
        return record

    def find(self, record: str) -> Record | None:
        return self.backend.find(self.kind, record)

    def move(self, record: Record, verb: str, target: State) -> State:
        self.backend.move(self.kind, record.id, verb, target)
        found = self.find(record.id)
        return found.state if found else State.DELETED

    def read(self, wanted: Callable[[Record], bool] = lambda _record: True) -> dict[str, Record]:
        live = self.backend.read(
            with_homes({self.kind.name}, KINDS), lambda record: record.kind != self.kind.name or wanted(record)
        )
        assert not live.unreadable
        return {record.id: record for record in live.of(self.kind.name)}


def created_is_found_as_written(world: World) -> None:
    document = world.full(1)
    record = world.create(document)
    assert unlike(world.kind, document, record) == ()
    assert (record.kind, record.state) == (world.kind.name, world.kind.lifecycle.lands)
    assert record.facts["id"] == record.id


def what_is_absent_is_none(world: World) -> None:
    record = world.create(world.plain(1))
    assert world.find(record.id[:3] + "Absent0000000000x") is None
    others = [kind for kind in KINDS.values() if kind is not world.kind]
    own = record.id.rpartition("/")[2]
    assert [world.backend.find(kind, own) for kind in others] == [None] * len(others)


def a_key_that_exists_is_refused_and_nothing_is_made(world: World) -> None:
    world.create(world.plain(1))
    before = world.read()
    if world.adopts:
        assert world.backend.create(world.kind, world.full(1)) in before
        assert world.read().keys() == before.keys()
        return
    with pytest.raises(CallRefused):
        world.backend.create(world.kind, world.full(1))
    assert world.read() == before


def update_makes_true_what_the_document_names_and_may_be_repeated(world: World) -> None:
    record = world.create(world.plain(1))
    document = world.full(1)
    for _ in range(2):
        world.backend.update(world.kind, record.id, document)
        found = world.find(record.id)
        assert found is not None
        assert unlike(world.kind, document, found) == ()
        assert (found.id, found.key, found.state) == (record.id, record.key, record.state)


def update_keeps_what_the_document_does_not_name(world: World) -> None:
    record = world.create(world.full(1))
    less = world.plain(1)
    world.backend.update(world.kind, record.id, less)
    found = world.find(record.id)
    assert found is not None
    unnamed = record.document.keys() - less.keys()
    assert bool(unnamed) is world.alterable
    assert {key: found.document[key] for key in unnamed} == {key: record.document[key] for key in unnamed}


def every_legal_move_leads_to_its_target(world: World) -> None:
    made = 0
    for state in (State.INACTIVE, State.ACTIVE):
        for move in world.kind.lifecycle.moves:
            if move.actor is Actor.ADMIN and move.source is state:
                made += 1
                record = world.create(world.plain(made))
                for step in world.kind.lifecycle.route(record.state, state) or ():
                    world.move(record, step.verb, step.target)
                assert world.move(record, move.verb, move.target) is move.target
    assert made == sum(move.source in {State.INACTIVE, State.ACTIVE} for move in administrators(world))


def administrators(world: World) -> list[Move]:
    return [move for move in world.kind.lifecycle.moves if move.actor is Actor.ADMIN]


def an_illegal_move_is_refused_and_changes_nothing(world: World) -> None:
    record = world.create(world.plain(1))
    verbs = {(move.verb, move.target) for move in world.kind.lifecycle.moves if move.target is not State.INACTIVE}
    for state in (State.INACTIVE, State.ACTIVE):
        for step in world.kind.lifecycle.route(record.state, state) or ():
            world.move(record, step.verb, step.target)
        record = _known(world, record)
        if record.state is not state:
            continue  # this kind has no such state
        legal = {(move.verb, move.target) for move in world.kind.lifecycle.moves if move.source is state}
        for verb, target in sorted(verbs - legal):
            if verb in {"activate", "deactivate", "delete"} and world.strict:
                with pytest.raises(CallRefused):
                    world.backend.move(world.kind, record.id, verb, target)
                assert _known(world, record) == record


def _known(world: World, record: Record) -> Record:
    found = world.find(record.id)
    assert found is not None
    return found


def deleting_what_is_gone_is_fine_and_anything_else_is_refused(world: World) -> None:
    record = world.create(world.plain(1))
    for step in world.kind.lifecycle.route(record.state, State.DELETED) or ():
        world.move(record, step.verb, step.target)
    assert world.find(record.id) is None
    world.backend.move(world.kind, record.id, "delete", State.DELETED)
    for move in administrators(world):
        if move.target is not State.DELETED:
            with pytest.raises(CallRefused):
                world.backend.move(world.kind, record.id, move.verb, move.target)
    with pytest.raises(CallRefused):
        world.backend.update(world.kind, record.id, world.full(1))


def a_deleted_key_can_be_made_again_under_a_new_id(world: World) -> None:
    record = world.create(world.plain(1))
    for step in world.kind.lifecycle.route(record.state, State.DELETED) or ():
        world.move(record, step.verb, step.target)
    assert world.create(world.plain(1)).id != record.id


def wanted_objects_come_with_children_and_the_others_with_id_key_and_state(world: World) -> None:
    one, other = world.create(world.full(1)), world.create(world.full(2))
    found = world.read(lambda record: record.id == one.id)
    assert found[one.id] == one
    seen = found[other.id]
    assert (seen.id, seen.key, seen.state) == (other.id, other.key, other.state)


def reading_changes_nothing(world: World) -> None:
    world.create(world.full(1))
    assert world.read() == world.read()


def text_comes_back_letter_by_letter(world: World) -> None:
    if world.text is None:
        return
    document = {**world.full(1), world.text: "\u202e\x1b[31m ü 日本 😀 <b>`x`</b> \"'\\ {{1}} %s"}
    record = world.create(document)
    assert record.document[world.text] == document[world.text]


def ten_threads_make_ten_objects(world: World) -> None:
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda n: world.backend.create(world.kind, world.full(n)), range(10)))
    assert len(set(made)) == 10
    assert set(made) <= world.read().keys()


def of_ten_threads_that_make_one_key_one_succeeds(world: World) -> None:
    def attempt(_number: int) -> str | None:
        try:
            return world.backend.create(world.kind, world.plain(1))
        except CallRefused:
            return None

    if world.atomic:
        with ThreadPoolExecutor(10) as pool:
            made = [record for record in pool.map(attempt, range(10)) if record]
        assert len(set(made) if world.adopts else made) == 1


def long_lists_are_read_whole(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda n: world.backend.create(world.kind, world.plain(n)), range(world.many)))
    assert len(made) == world.many
    assert made <= world.read(lambda _record: False).keys()


PROMISES = (
    created_is_found_as_written,
    what_is_absent_is_none,
    a_key_that_exists_is_refused_and_nothing_is_made,
    update_makes_true_what_the_document_names_and_may_be_repeated,
    update_keeps_what_the_document_does_not_name,
    every_legal_move_leads_to_its_target,
    an_illegal_move_is_refused_and_changes_nothing,
    deleting_what_is_gone_is_fine_and_anything_else_is_refused,
    a_deleted_key_can_be_made_again_under_a_new_id,
    wanted_objects_come_with_children_and_the_others_with_id_key_and_state,
    reading_changes_nothing,
    text_comes_back_letter_by_letter,
    ten_threads_make_ten_objects,
    of_ten_threads_that_make_one_key_one_succeeds,
    long_lists_are_read_whole,
)
