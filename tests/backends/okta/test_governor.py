"""The rate governor (okta-api §2.9): before the emulator with real threads in virtual time, and move by move."""

import email.utils
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from reconciler.backends.okta.governor import Allowance, Governor
from reconciler.core.errors import RateLimited

from .conftest import CUSTOM, SERVERS, VirtualClock

START = 1_800_000_000


def _program() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "governor.py"
    spec = importlib.util.spec_from_file_location("governor_table", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _program()


@pytest.mark.parametrize(("limit", "minutes"), [(60, 5), (600, 2), (1200, 1)])
def test_ten_threads_use_the_whole_budget_and_meet_no_429(limit, minutes):
    row = TABLE.measure(limit, threads=10, minutes=minutes)
    assert row.refused == 0
    assert row.share >= 0.9


@pytest.mark.parametrize("headroom", [0.0, 0.9])
def test_headroom_may_be_nothing_or_nearly_all(headroom):
    row = TABLE.measure(60, threads=10, minutes=5, headroom=headroom)
    assert row.refused == 0
    assert row.share >= 0.9
    assert row.budget == (60 - round(60 * headroom)) * 5


@pytest.mark.parametrize(("limit", "minutes"), [(60, 5), (600, 1)])
def test_another_client_in_the_same_bucket_finds_its_headroom(limit, minutes):
    row = TABLE.measure(limit, threads=10, minutes=minutes, others=True)
    assert row.others == limit * 0.3
    assert row.refused == 0
    assert row.share >= 0.9


def test_a_governor_that_does_not_learn_is_found_out(monkeypatch):
    monkeypatch.setattr(Governor, "_learn", lambda *_: None)
    assert TABLE.measure(60, threads=3, minutes=1).refused > 100


def test_a_run_with_threads_is_repeatable():
    assert TABLE.measure(60, threads=7, minutes=2) == TABLE.measure(60, threads=7, minutes=2)


# -- move by move --------------------------------------------------------------------------------------------------


def answer(remaining, *, limit=60, reset=START + 60, date=START, status=200):
    headers = {
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Reset": str(reset),
        "Date": email.utils.formatdate(date, usegmt=True),
    }
    return httpx.Response(status, headers=headers)


class Sleepless(Exception):
    """Somebody would have waited for an answer."""


@pytest.fixture
def clock():
    return VirtualClock(START)


@pytest.fixture
def governor(clock):
    def never(_changed):
        raise Sleepless

    return Governor(clock, jitter=lambda: 0.25, until_an_answer=never)


def ask(governor, response, path=SERVERS, **how):
    with governor.turn(path, **how) as turn:
        turn.answer = response


def test_one_request_asks_about_a_bucket_and_the_others_wait_for_its_answer(governor):
    with governor.turn(SERVERS) as first:
        with pytest.raises(Sleepless), governor.turn(SERVERS):
            pass
        with governor.turn(CUSTOM):
            pass  # another bucket has a question of its own
        first.answer = answer(59)
    with governor.turn(SERVERS), governor.turn(SERVERS):
        pass


def test_a_request_that_asked_and_got_no_answer_lets_the_next_one_ask(governor):
    with pytest.raises(httpx.ReadError), governor.turn(SERVERS):
        raise httpx.ReadError("reset")
    ask(governor, answer(59))
    assert governor.sent == 2


def test_what_is_on_its_way_counts_as_used(governor, clock):
    ask(governor, answer(26))
    with governor.turn(SERVERS), governor.turn(SERVERS), pytest.raises(Sleepless), governor.turn(SERVERS):
        pass
    assert clock.slept == []


def test_at_the_headroom_it_waits_for_reset_minus_date_plus_jitter(governor, clock):
    ask(governor, answer(24, date=START + 40))
    ask(governor, answer(59, reset=START + 120, date=START + 60))
    assert clock.slept == [20.25]


def test_answers_that_overtake_each_other_do_not_give_requests_back(governor, clock):
    for remaining in (26, 25, 30):
        ask(governor, answer(remaining))
    ask(governor, answer(24))
    assert clock.slept == []
    ask(governor, answer(59, reset=START + 120, date=START + 61))
    assert len(clock.slept) == 1


def test_an_answer_of_the_window_before_changes_nothing(governor, clock):
    ask(governor, answer(40, reset=START + 60))
    with governor.turn(SERVERS) as slow:
        clock._now = START + 61
        ask(governor, answer(59, reset=START + 121, date=START + 61))
        slow.answer = answer(24, reset=START + 60, date=START + 59)
    ask(governor, answer(58, reset=START + 121, date=START + 61))
    assert clock.slept == []


def test_reads_and_begun_work_go_before_new_work(clock):
    order = []
    governor = Governor(clock, jitter=lambda: 0.25, until_an_answer=lambda _: None)
    ask(governor, answer(24))
    bucket = next(iter(governor._buckets.values()))
    bucket.waiting = 1  # a read waits for the next window

    def read_goes_first(_changed):
        bucket.waiting = 0
        order.append("read")

    governor._until_an_answer = read_goes_first
    with governor.turn(SERVERS, begins=True):
        order.append("new work")
    assert order == ["read", "new work"]


def test_a_share_that_is_smaller_than_the_limit_says_is_learnt_from_the_first_429(clock):
    """One token may be held to half of a bucket (okta-api §2.9); headers then promise more than there is."""
    governor = Governor(clock, Allowance(headroom=0.0), jitter=lambda: 0.25)
    refused = 0
    for window in range(4):
        began = START + 61 * window
        clock._now = max(clock._now, began)
        for used in range(30):
            ask(governor, answer(59 - used, reset=began + 60, date=int(clock.now())))
        if clock.now() < began + 60 and window == 0:
            ask(governor, answer(0, reset=began + 60, date=int(clock.now()), status=429))
            refused += 1
    assert refused == 1
    assert governor.limits() == {SERVERS: (60, 30)}


def test_a_burst_of_others_is_not_taken_for_a_share(governor):
    for used in range(3):
        ask(governor, answer(59 - used))
    ask(governor, answer(0, status=429))
    assert governor.limits() == {SERVERS: (60, 36)}


def test_too_many_at_once_halves_what_is_sent_at_once_and_recovers(clock):
    governor = Governor(clock, Allowance(0.0, concurrency=8), jitter=lambda: 0.25, until_an_answer=_sleepless)
    ask(governor, answer(999, limit=1000))
    turns = [governor.turn(SERVERS) for _ in range(8)]
    entered = [turn.__enter__() for turn in turns]
    with pytest.raises(Sleepless), governor.turn(SERVERS):
        pass
    entered[0].answer = answer(0, limit=0, status=429, reset=START + 2)
    for turn in turns:
        turn.__exit__(None, None, None)
    assert clock.slept == []
    again = [governor.turn(SERVERS) for _ in range(4)]
    for turn in again:
        turn.__enter__()
    assert clock.slept == [2.25]
    with pytest.raises(Sleepless), governor.turn(SERVERS):
        pass
    clock._now += 61
    governor.turn(SERVERS).__enter__()


def test_refused_for_concurrency_says_nothing_about_the_bucket(governor):
    ask(governor, answer(50))
    ask(governor, answer(0, limit=0, status=429, reset=START + 2))
    assert governor.limits() == {SERVERS: (60, 36)}


def test_bucket_without_headers_is_not_governed(governor, clock):
    ask(governor, httpx.Response(200))
    with governor.turn(SERVERS), governor.turn(SERVERS):
        pass
    assert clock.slept == []
    assert governor.limits() == {}
    ask(governor, answer(24))
    ask(governor, answer(59, reset=START + 121))
    assert clock.slept == [60.25]


def test_a_bucket_that_others_keep_empty_is_an_error_and_no_endless_wait(governor, clock):
    ask(governor, answer(24))
    next(iter(governor._buckets.values())).closed = clock.now() + 3600
    with pytest.raises(RateLimited, match="Other clients"):
        ask(governor, answer(24))


def test_limits_are_told_as_they_were_learnt(governor):
    assert governor.limits() == {}
    ask(governor, answer(599, limit=600))
    ask(governor, answer(59, limit=60), CUSTOM)
    assert governor.limits() == {SERVERS: (600, 360), CUSTOM: (60, 36)}


def _sleepless(_changed):
    raise Sleepless
