"""An apply that is killed is resumed to its end: nothing twice, nothing lost. `make soak` does it a thousand times."""

from functools import partial

import pytest

from tests.support.kills import Size, Stage, boundaries, moments

TINY = Size(made=0, updated=1, replaced=1, moved=0, custom=0)


@pytest.mark.parametrize(
    ("database", "soak"),
    [
        pytest.param("sqlite", partial(boundaries, step=11), id="boundaries on sqlite"),
        pytest.param("postgresql", partial(moments, kills=2), id="moments on postgresql"),
    ],
)
def test_what_was_killed_is_resumed_without_duplicates_or_repeats(tmp_path, request, database, soak):
    url = request.getfixturevalue("postgres").fresh() if database == "postgresql" else ""
    with Stage(tmp_path, url, TINY) as stage:
        count = soak(stage)
    assert count.troubles == []
    assert count.kills > 0
    assert (count.duplicates, count.repeats, count.unconverged) == (0, 0, 0)
