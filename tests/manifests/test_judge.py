"""Judging by a model: the paths are those of the document, whatever pydantic calls the members of a union."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints, field_validator

from reconciler.core.diagnostic import Rule
from reconciler.core.spec import Strict, fault
from reconciler.manifests.guide import Guide
from reconciler.manifests.judge import judge

RULE = Rule(code="TST001", summary="Odd", why="Because.", example="even: 1", fix="Write an even number.")


class Circle(Strict):
    type: Literal["circle"]
    radius: int
    circle: str | None = None


class Square(Strict):
    type: Literal["square"]
    side_length: int


class Drawing(Strict):
    """Every construction that a spec may use."""

    shape: Annotated[Circle | Square, Field(discriminator="type")]
    words: tuple[Annotated[str, StringConstraints(pattern="^[a-z]+$")] | Literal["*"], ...] = ()
    either: Annotated[int, Field(ge=1)] | bool = 1
    sizes: dict[Annotated[str, StringConstraints(max_length=3)], int] = {}  # noqa: RUF012 - pydantic copies it
    even: int = 0
    small: float = Field(default=0, gt=0, lt=1)
    shapes: tuple[Annotated[Circle | Square, Field(discriminator="type")], ...] = ()

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value == 13:
            raise ValueError("unlucky")
        if value % 2:
            raise fault(RULE, f"It is {value}.")
        return value


CIRCLE = {"type": "circle", "radius": 1}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"shape": CIRCLE, "words": ["a", "*"], "small": 0.5}, []),
        ({"shape": {"type": "circle"}}, ["MAN004 shape.radius"]),
        ({"shape": {"type": "square", "side_length": 1}}, ["MAN004 shape.sideLength", "MAN005 shape.side_length"]),
        ({"shape": {**CIRCLE, "circle": 1}}, ["MAN006 shape.circle"]),
        ({"shape": {**CIRCLE, "square": 1}}, ["MAN005 shape.square"]),
        ({"shape": {"type": "circel"}}, ["MAN007 shape.type"]),
        ({"shape": {"type": ["circle"]}}, ["MAN007 shape.type"]),
        ({"shape": {"radius": 1}}, ["MAN004 shape.type"]),
        ({"shape": "circle"}, ["MAN006 shape"]),
        ({"shape": CIRCLE, "shapes": [CIRCLE, {"type": "circle", "radius": "1"}]}, ["MAN006 shapes.1.radius"]),
        ({"shape": CIRCLE, "words": ["A", "b", "C"]}, ["MAN008 words.0", "MAN008 words.2"]),
        ({"shape": CIRCLE, "words": {"a": "b"}}, ["MAN006 words"]),
        ({"shape": CIRCLE, "either": "x"}, ["MAN006 either"]),
        ({"shape": CIRCLE, "sizes": {"long": 1, "ab": "x"}}, ["MAN009 sizes.long", "MAN006 sizes.ab"]),
        ({"shape": CIRCLE, "even": 3}, ["TST001 even"]),
        ({"shape": CIRCLE, "even": 13}, ["MAN008 even"]),
        ({"shape": CIRCLE, "small": 0, "even": True}, ["MAN006 even", "MAN009 small"]),
        ({"shape": CIRCLE, "small": 1}, ["MAN009 small"]),
        ({"shape": None}, ["MAN010 shape"]),
        ({"shape": CIRCLE, "words": None, "token": "x"}, ["MAN010 words", "CFG010 token"]),
        ({"shape": CIRCLE, "password": True, "secret": {"value": "x"}}, ["MAN005 password", "MAN005 secret"]),
        ([], ["MAN006 "]),
    ],
)
def test_each_fault_stands_at_its_path_once(raw: Any, expected: list[str]):
    _, faults = judge(Drawing, raw, {RULE.code: RULE})
    assert [f"{each.code} {'.'.join(map(str, each.path))}" for each in faults] == expected


def test_the_words_of_a_validator_are_kept():
    _, (odd,) = judge(Drawing, {"shape": CIRCLE, "even": 3}, {RULE.code: RULE})
    _, (unlucky,) = judge(Drawing, {"shape": CIRCLE, "even": 13}, {})
    assert (odd.summary, odd.detail, odd.fix) == ("Odd", "It is 3.", "Write an even number.")
    assert unlucky.detail == "`even` is refused (unlucky), found `13`."


def test_the_size_of_a_key_is_the_size_that_is_said():
    _, (long,) = judge(Drawing, {"shape": CIRCLE, "sizes": {"long": 1}}, {})
    assert long.detail == "`sizes.long` needs at most 3 characters, found 4."


def test_a_guide_knows_what_stands_at_a_path():
    guide = Guide(Drawing)
    raw = {"shape": CIRCLE, "words": ["a"], "shapes": [{"type": "square"}]}
    assert list(guide.at(("shape",), raw)["properties"]) == ["type", "radius", "circle"]
    assert list(guide.at(("shapes", 0), raw)["properties"]) == ["type", "sideLength"]
    assert guide.at(("words", 0), raw)["pattern"] == "^[a-z]+$"
    assert guide.at(("sizes", "ab"), raw) == {"type": "integer"}
    for path in [("no",), ("shape", "no", "deeper"), ("words", 7, "x"), ("shapes", 3)]:
        assert isinstance(guide.at(path, raw), dict)
