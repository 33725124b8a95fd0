"""Driving flows: fair between hosts, at most two of one host, one failure stays one failure."""

import threading
from collections import Counter
from typing import Any

from reconciler.core.evidence import Ask, Flow, Reply
from reconciler.core.url import host_of
from reconciler.oauth.crew import Crew, Outcome
from tests.support.clock import VirtualClock

NOTHING = Reply("")


class Script:
    """Answers at once, except for hosts that hang until they are released; notes how many were asked at a time."""

    def __init__(self, hang: str = "") -> None:
        self.hang = hang
        self.release = threading.Event()
        self.asked: list[str] = []
        self.most: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._lock = threading.Lock()

    def send(self, ask: Ask, *, until: float) -> Reply:
        host = host_of(ask.url)
        with self._lock:
            self.asked.append(ask.url)
            self._inside[host] += 1
            self.most[host] = max(self.most[host], self._inside[host])
        if host == self.hang:
            self.release.wait(20)
        with self._lock:
            self._inside[host] -= 1
        return Reply(ask.url, 200, seconds=until)


def flow(host: str, asks: int = 3) -> Flow[int]:
    total = 0
    for number in range(asks):
        reply = yield Ask(f"https://{host}/{number}")
        total += reply.status
    return total


def crew(script: Any, **how: Any) -> Crew:
    return Crew(script, VirtualClock(0.0), seconds=45.0, **how)


def test_gives_what_flows_return() -> None:
    got: list[Outcome[int]] = []
    with crew(Script()) as working:
        for number in range(50):
            working.drive(flow(f"h{number % 7}.test"), f"h{number % 7}.test", got.append)
        working.work()
    assert [outcome.value for outcome in got] == [600] * 50


def test_at_most_two_flows_of_a_host_are_under_way() -> None:
    script, got = Script(), []
    with crew(script) as working:
        for _ in range(20):
            working.drive(flow("one.test"), "one.test", got.append)
        working.work()
    assert script.most["one.test"] <= 2
    assert len(got) == 20


def test_a_host_that_hangs_delays_only_itself() -> None:
    script, done = Script(hang="hung.test"), []
    with crew(script) as working:
        for number in range(40):
            working.drive(flow("hung.test", 1), "hung.test", lambda _: done.append("hung"))
            name = f"well{number}.test"

            def well(_: Outcome[int]) -> None:
                done.append("well")
                if done.count("well") == 40:
                    script.release.set()

            working.drive(flow(name), name, well)
        working.work()
    assert done == ["well"] * 40 + ["hung"] * 40


def test_a_flow_that_breaks_ends_alone() -> None:
    def broken() -> Flow[int]:
        yield Ask("https://a.test/")
        raise KeyError("a bug")

    got: dict[str, Outcome[int]] = {}
    with crew(Script()) as working:
        working.drive(broken(), "a.test", lambda outcome: got.update(broken=outcome))
        working.drive(flow("a.test"), "a.test", lambda outcome: got.update(well=outcome))
        working.work()
    assert isinstance(got["broken"].fault, KeyError)
    assert got["well"].value == 600


def test_a_sender_that_breaks_is_a_fault_of_its_flow() -> None:
    class Broken:
        def send(self, ask: Ask, **_until: float) -> Reply:
            raise RuntimeError(ask.url)

    got: list[Outcome[int]] = []
    with crew(Broken()) as working:
        working.drive(flow("a.test"), "a.test", got.append)
        working.call(lambda: 1 // 0, got.append)
        working.work()
    assert {type(outcome.fault) for outcome in got} == {RuntimeError, ZeroDivisionError}


def test_a_flow_that_asks_nothing_ends_at_once_and_a_thousand_do_not_pile_up() -> None:
    got: list[Outcome[int]] = []
    with crew(Script()) as working:
        working.drive(flow("a.test"), "a.test", got.append)
        working.drive(flow("a.test"), "a.test", got.append)
        for _ in range(3000):
            working.drive(flow("a.test", 0), "a.test", got.append)
        working.work()
    assert len(got) == 3002


def test_time_runs_from_the_first_question_not_from_the_queue() -> None:
    seen: list[float] = []

    def timed() -> Flow[None]:
        for _ in range(2):
            reply = yield Ask("https://a.test/")
            seen.append(reply.seconds)

    clock = VirtualClock(0.0)
    with Crew(Script(), clock, seconds=45.0) as working:

        def second(_: Outcome[None]) -> None:
            clock.sleep(100)
            working.drive(timed(), "a.test", lambda _: None)

        working.drive(timed(), "a.test", second)
        working.work()
    assert seen == [45.0, 45.0, 145.0, 145.0]


def test_no_more_flows_than_threads_are_under_way_and_what_is_first_goes_before() -> None:
    begun: list[str] = []
    most = 0
    ended = 0

    def noted(host: str) -> Flow[None]:
        nonlocal most
        begun.append(host)
        most = max(most, len(begun) - ended)
        yield Ask(f"https://{host}/")

    def end(_outcome: Outcome[None]) -> None:
        nonlocal ended
        ended += 1
        if ended == 1:
            working.drive(noted("late.test"), "late.test", end, first=True)

    with crew(Script(), threads=3) as working:
        for number in range(20):
            working.drive(noted(f"h{number}.test"), f"h{number}.test", end)
        working.work()
    assert len(begun) == ended == 21
    assert most <= 3
    assert begun.index("late.test") <= 4
