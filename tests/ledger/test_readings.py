"""The memory of readings in a file: what it must keep, and that losing it, or sharing it, is never an error."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from reconciler.core.recall import Children, Mark, Memory, News
from reconciler.ledger import Place
from reconciler.ledger import readings as module
from reconciler.ledger.readings import FILE, FileReadings, readings
from reconciler.ledger.store import Ledger

ORG, OTHER = "https://one.okta.test", "https://two.okta.test"
HERE, THERE = ("McpServer", "ems1"), ("McpServer", "ems2")
SEEN = Children("stamp", '{"authorizationServers": []}', 1_760_000_000.5)


@pytest.fixture
def file(tmp_path):
    return tmp_path / ".reconciler" / FILE


@pytest.fixture
def ledger(place):
    """A ledger that an apply has made."""
    with Ledger.open(place, ORG):
        return place


# -- on both databases ----------------------------------------------------------------------------------------------


def test_nothing_is_remembered_before_anything_was_read(ledger):
    assert readings(ledger, ORG).recall() == Memory()


def test_what_is_kept_is_recalled_replaced_and_forgotten(ledger):
    mark = Mark(1_760_000_001.0, "event", "2026-11-25T12:00:00.000Z", 1_760_000_000.0)
    cache = readings(ledger, ORG)
    cache.keep(News({HERE: SEEN, THERE: SEEN}, mark=mark))
    assert readings(ledger, ORG).recall() == Memory({HERE: SEEN, THERE: SEEN}, mark)
    newer, later = (
        Children("other", "{}", 1_760_000_100.0),
        Mark(1_760_000_002.0, "later", "2026-11-25T12:00:01.000Z", 1_760_000_001.5),
    )
    cache.keep(News({HERE: newer}, frozenset({THERE}), later))
    assert cache.recall() == Memory({HERE: newer}, later)


def test_what_was_settled_is_said_of_the_very_reading_and_of_no_other(ledger):
    cache = readings(ledger, ORG)
    cache.keep(News({HERE: SEEN, THERE: SEEN}))
    newer = replace(SEEN, read_at=SEEN.read_at + 1)
    cache.keep(News({THERE: newer}))
    cache.keep(News(settled={each: replace(SEEN, settled="digest") for each in (HERE, THERE, ("McpServer", "ems3"))}))
    assert cache.recall().children == {HERE: replace(SEEN, settled="digest"), THERE: newer}
    cache.keep(News({HERE: SEEN}))
    assert cache.recall().children[HERE] == SEEN


def test_organisations_do_not_see_each_other(ledger):
    readings(ledger, ORG).keep(News({HERE: SEEN}))
    assert readings(ledger, OTHER).recall() == Memory()
    readings(ledger, OTHER).keep(News({}, frozenset({HERE})))
    assert readings(ledger, ORG).recall().children == {HERE: SEEN}


def test_fifty_readers_and_writers_at_once_do_each_other_no_harm(ledger):
    def run(number):
        cache = readings(ledger, ORG)
        cache.keep(News({("McpServer", f"ems{number}"): SEEN, HERE: SEEN}))
        return set(cache.recall().children.values()) <= {SEEN}

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(run, range(50)))
    assert HERE in readings(ledger, ORG).recall().children


# -- a database that cannot be used ---------------------------------------------------------------------------------


def test_database_without_tables_or_without_anybody_is_nothing_remembered(postgres):
    for url in (postgres.fresh(), "postgresql://127.0.0.1:9/nobody"):
        cache = readings(Place(url=url), ORG)
        cache.keep(News({HERE: SEEN}))
        assert cache.recall() == Memory()


# -- the file -------------------------------------------------------------------------------------------------------


def test_looking_makes_no_file(file):
    assert FileReadings(file, ORG).recall() == Memory()
    assert not file.parent.exists()


def test_no_plan_writes_to_the_ledger_of_an_apply(tmp_path):
    """Otherwise each plan would take the lock that an apply needs for its journal."""
    place = Place(tmp_path / "ledger.sqlite")
    readings(place, ORG).keep(News({HERE: SEEN}))
    assert not place.file.exists()
    assert (tmp_path / FILE).exists()


def test_only_its_owner_may_read_it(file):
    FileReadings(file, ORG).keep(News({HERE: SEEN}))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_file_that_is_no_database_is_nothing_remembered_and_then_begun_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    cache = FileReadings(file, ORG)
    assert cache.recall() == Memory()
    cache.keep(News({HERE: SEEN}))
    cache.keep(News({HERE: SEEN}))
    assert cache.recall().children == {HERE: SEEN}


def test_file_of_another_version_is_nothing_remembered_and_then_begun_anew(file):
    cache = FileReadings(file, ORG)
    cache.keep(News({HERE: SEEN}))
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA user_version=99")
    assert cache.recall() == Memory()
    cache.keep(News({THERE: SEEN}))
    assert cache.recall().children == {THERE: SEEN}


def test_place_that_cannot_be_written_keeps_no_memory_and_stops_nobody(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = FileReadings(tmp_path / "file" / FILE, ORG)
    cache.keep(News({HERE: SEEN}))
    assert cache.recall() == Memory()


def test_nobody_waits_for_a_writer(file, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.0)
    cache = FileReadings(file, ORG)
    cache.keep(News({HERE: SEEN}))
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert cache.recall().children == {HERE: SEEN}
        cache.keep(News({THERE: SEEN}))
    assert cache.recall().children == {HERE: SEEN}
