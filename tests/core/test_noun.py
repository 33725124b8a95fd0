"""Read by mypy too, in which an `ignore` that is not needed is a fault: so the refusals below are proven."""

import copy
import dataclasses
import pickle
from dataclasses import field, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Place(Point):
    y: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    number: int

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Credential:
    owner: str
    token: str = field(repr=False)
    parent: "Credential | None" = None


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True, order=True)
class Ranked:
    rank: int


@dataclass(slots=True)
class Counter:
    count: int = 0


@dataclass(frozen=True, slots=True)
class Late:
    first: int
    rest: list[int] = field(default_factory=list)
    named: str = field(default="n", kw_only=True)
    found: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.found.append(self.first)


class Nearby(Point):
    """Has no fields, and no decorator."""


def test_the_type_checker_refuses_to_assign_to_a_field_of_a_noun() -> None:
    place = Place(1)
    place.x = 2  # type: ignore[misc]
    place.y = 2  # type: ignore[misc]
    Counter().count += 1


def test_the_type_checker_knows_the_members_of_a_noun() -> None:
    with pytest.raises(TypeError):
        Point("one", "label", 3)  # type: ignore[call-arg, arg-type]
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]


def twin(of: type[Any]) -> type[Any]:
    """The same as the standard library would have made it."""
    members = [
        (each.name, each.type, field(default=each.default, compare=each.compare, repr=each.repr))
        for each in dataclasses.fields(of)
    ]
    return dataclasses.make_dataclass(of.__name__, members, frozen=True, slots=True)


@pytest.mark.parametrize("noun", [Place(1, "here", 2), Credential("a", "secret", Credential("b", "c")), Nothing()])
def test_hash_and_text_are_those_of_a_frozen_dataclass(noun: Any) -> None:
    standard = twin(type(noun))(*(getattr(noun, each.name) for each in dataclasses.fields(noun)))
    assert (hash(noun), repr(noun)) == (hash(standard), repr(standard))


def test_text_says_nothing_of_what_is_to_be_hidden() -> None:
    assert repr(Credential("a", "secret")) == "Credential(owner='a', parent=None)"


def test_equality_is_that_of_a_frozen_dataclass() -> None:
    ours, standard = Place(1, "here", 2), twin(Place)(1, "here", 2)
    assert ours == Place(1, "there", 2)
    assert ours != Place(1, "here", 3)
    assert ours != standard
    assert Point(1) != Place(1)
    assert {ours: 1}[Place(1, "there", 2)] == 1


def test_a_hash_and_a_text_of_its_own_stay() -> None:
    assert repr(Named("a", 1)) == "a"
    assert hash(Named("a", 1)) == hash(Named("a", 2)) == hash("a")
    assert Named("a", 1) != Named("a", 2)


def test_what_may_be_assigned_to_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter())


def test_nouns_are_ordered_replaced_copied_and_read_as_dataclasses_are() -> None:
    assert sorted([Ranked(2), Ranked(1)]) == [Ranked(1), Ranked(2)]
    assert replace(Place(1, "here"), y=2) == Place(1, "", 2)
    assert copy.deepcopy(Place(1)) == copy.copy(Place(1)) == pickle.loads(pickle.dumps(Place(1))) == Place(1)
    assert TypeAdapter(Place).validate_json(TypeAdapter(Place).dump_json(Place(1, "a", 2))) == Place(1, "a", 2)


@pytest.mark.parametrize("_time", ["first", "second"])
def test_a_noun_is_filled_as_a_dataclass_is_the_first_time_and_ever_after(_time: str) -> None:
    one, other = Late(1), Late(2, [3], named="m")
    assert (one.first, one.rest, one.named, one.found) == (1, [], "n", [1])
    assert (other.first, other.rest, other.named, other.found) == (2, [3], "m", [2])
    assert one.rest is not Late(1).rest
    with pytest.raises(TypeError, match=r"Late\.__init__\(\) missing 1 required positional argument: 'first'"):
        Late()  # type: ignore[call-arg]
    assert (Nearby(1, "here").label, Nearby(1) == Nearby(1), Nearby(1) == Point(1)) == ("here", True, False)


def test_nouns_without_anything_to_compare_are_equal() -> None:
    assert Nothing() == Nothing()
    assert Nothing() != Point(1)  # type: ignore[comparison-overlap]
