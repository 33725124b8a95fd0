"""An apply that something stops is resumed to its end: nothing twice, nothing lost. `make soak` does it 1,000 times."""

from dataclasses import replace
from functools import partial

import pytest

from tests.support.blows import CAUSES, Disk, at_rest, beside, boundaries, fight
from tests.support.kills import Size, Stage

TINY = Size(made=0, updated=1, replaced=1, moved=0, custom=0)


@pytest.fixture(scope="module")
def on_a_disk(tmp_path_factory):
    """A ledger on a small disk of its own, where one can be mounted; else in a folder."""
    root = tmp_path_factory.mktemp("disk")
    stage = Stage(root, size=TINY)
    if not Disk.can_be(root):
        with stage:
            yield at_rest(stage)
        return
    with Disk(stage) as disk, stage:
        yield at_rest(stage, disk=disk)


@pytest.fixture(scope="module")
def in_a_database(tmp_path_factory, postgres):
    with Stage(tmp_path_factory.mktemp("database"), postgres.fresh(), TINY) as stage:
        yield at_rest(stage, cluster=postgres)


def judged(count):
    assert count.troubles == []
    assert count.blows > 0
    assert (count.duplicates, count.repeats, count.unconverged) == (0, 0, 0)


def test_what_is_killed_at_the_boundaries_of_its_journal_is_resumed_without_duplicates_or_repeats(on_a_disk):
    on_a_disk.stage.renew()
    judged(boundaries(on_a_disk, stride=4, most=1))


@pytest.mark.parametrize("cause", ["SIGINT", "SIGTERM", "disk full", "disk read-only", "file too large"])
def test_what_is_stopped_with_a_file_as_ledger_goes_on(on_a_disk, cause):
    way, _ = CAUSES[cause]
    if way.on_disk and on_a_disk.disk is None:
        pytest.skip("nobody may mount a disk here; `file too large` stands for it")
    on_a_disk.stage.renew()
    judged(fight(on_a_disk, way, 1))


@pytest.mark.parametrize(
    "cause", ["SIGKILL at random moments", "connections cut", "database restarted", "organisation restarted"]
)
def test_what_is_stopped_with_a_database_as_ledger_goes_on(in_a_database, cause):
    in_a_database.stage.renew()
    judged(fight(in_a_database, CAUSES[cause][0], 1))


@pytest.mark.parametrize(
    ("ledger", "cause"),
    [
        ("on_a_disk", "two applies at once"),
        ("in_a_database", "two applies at once"),
        ("on_a_disk", "one plan applied twice at once"),
        ("in_a_database", "one plan applied twice at once"),
        ("on_a_disk", "fifty plans beside"),
        ("in_a_database", "SIGSTOP, and awake after the lock was taken"),
    ],
)
def test_who_comes_at_the_same_time_waits_is_refused_or_only_looks(request, ledger, cause):
    fighting = request.getfixturevalue(ledger)
    fighting.stage.renew()
    way = CAUSES[cause][0]
    judged(fight(fighting, replace(way, strike=partial(beside, 3)) if cause == "fifty plans beside" else way, 1))
