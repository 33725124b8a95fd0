"""How much of a rate limit is used, and how often it is broken: the governor before the emulator, in virtual time."""

import argparse
import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from threading import Condition, Semaphore, Thread

import httpx

from reconciler.backends.okta.governor import Allowance, Governor
from reconciler.emulator.app import Emulator, create_app
from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings

ORG = "https://governed.okta.test"
PATH = "/resource-servers/api/v1/mcp-servers"
_FIRST = 0.3
"""Share of a minute's limit that another client takes at the start of each minute, where one is there."""


class SharedClock:
    """Virtual time for real threads: one of them runs at a time, and time jumps when all of them sleep.

    Sleepers wake in the order of their moments, ties in the order in which they fell asleep, so a run with threads is
    as repeatable as one without. Nobody may sleep while holding what another needs in order to sleep.
    """

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._now = start
        self._asleep: list[tuple[float, int, Semaphore]] = []
        self._order = count()

    def __call__(self) -> float:
        """Seconds since the epoch, for the emulator."""
        return self._now

    def now(self) -> float:
        """The same, for the governor."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the others run until so much time has passed."""
        mine = Semaphore(0)
        heapq.heappush(self._asleep, (self._now + max(seconds, 0.0), next(self._order), mine))
        self._wake_next()
        mine.acquire()

    def run(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Run each job in a thread of its own until all have ended; raise what one of them raised."""
        failed: list[BaseException] = []
        threads = [Thread(target=self._live, args=(job, self._bed(), failed)) for job in jobs]
        for thread in threads:
            thread.start()
        self._wake_next()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]

    def _bed(self) -> Semaphore:
        turn = Semaphore(0)
        heapq.heappush(self._asleep, (self._now, next(self._order), turn))
        return turn

    def _live(self, job: Callable[[], None], turn: Semaphore, failed: list[BaseException]) -> None:
        turn.acquire()
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            failed.append(error)
        finally:
            self._wake_next()

    def _wake_next(self) -> None:
        if self._asleep:
            moment, _, turn = heapq.heappop(self._asleep)
            self._now = max(self._now, moment)
            turn.release()


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the table. `budget` is what the headroom leaves of the limit over the minutes that were measured."""

    limit: int
    threads: int
    others: int
    minutes: int
    sent: int
    refused: int
    budget: int

    @property
    def share(self) -> float:
        return (self.sent - self.refused) / self.budget


@dataclass
class Wire:
    """Sends to the emulator with a latency in virtual time, and counts what was refused."""

    app: Emulator
    clock: SharedClock
    random: Random
    refused: int = 0

    def send(self) -> httpx.Response:
        latency = self.random.uniform(0.02, 0.15)
        self.clock.sleep(latency)
        request = httpx.Request("GET", f"{ORG}{PATH}?limit=1", headers={"Authorization": f"SSWS {DEFAULT_API_TOKEN}"})
        answer = httpx.WSGITransport(app=self.app).handle_request(request)
        answer.read()
        self.clock.sleep(latency)
        self.refused += answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        return answer


def measure(
    limit: int, *, threads: int = 10, minutes: int = 5, headroom: float = 0.4, others: bool = False
) -> Measured:
    """Let threads send as fast as the governor lets them, for some minutes; perhaps with another client beside."""
    clock = SharedClock()
    switches = {"rate-limit": str(limit)}
    with create_app(Settings(ORG, None, DEFAULT_API_TOKEN, switches, 0.0, clock=clock)) as app:
        ours, theirs, chance = Wire(app, clock, _chance(1)), Wire(app, clock, _chance(2)), _chance(3)
        governor = Governor(
            clock,
            Allowance(headroom),
            jitter=lambda: chance.uniform(0.05, 0.5),
            until_an_answer=_sleeping(clock),
        )
        end = clock.now() + 60 * minutes
        jobs = [_busy(governor, ours, clock, end) for _ in range(threads)]
        beside = [_bystander(theirs, clock, end, int(limit * _FIRST))] if others else []
        clock.run([*beside, *jobs])
    budget = (limit - round(limit * headroom)) * minutes
    taken = int(limit * _FIRST) if others else 0
    return Measured(limit, threads, taken, minutes, governor.sent, ours.refused, budget)


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable on purpose


def _busy(governor: Governor, wire: Wire, clock: SharedClock, end: float) -> Callable[[], None]:
    def work() -> None:
        while clock.now() < end:
            with governor.turn(PATH) as turn:
                if clock.now() < end:
                    turn.answer = wire.send()
                else:
                    governor.sent -= 1

    return work


def _bystander(wire: Wire, clock: SharedClock, end: float, each_minute: int) -> Callable[[], None]:
    """Another client, with no governor, that takes its part of each minute in the first half of it."""

    def work() -> None:
        while clock.now() < end:
            began = clock.now()
            for _ in range(each_minute):
                wire.send()
                clock.sleep(max(30 / each_minute - 0.2, 0.0))
            clock.sleep(max(began + 60 - clock.now(), 0.1))

    return work


def _sleeping(clock: SharedClock) -> Callable[[Condition], None]:
    """Wait for an answer in virtual time: the one who brings it needs time to pass."""

    def wait(changed: Condition) -> None:
        changed.release()
        try:
            clock.sleep(0.02)
        finally:
            changed.acquire()

    return wait


def table(rows: Sequence[Measured]) -> str:
    """Give the rows as text."""
    head = "bucket a minute  threads  others a minute  minutes  requests  429s  share of the budget used"
    lines = (
        f"{row.limit:>15}  {row.threads:>7}  {row.others:>15}  {row.minutes:>7}  {row.sent:>8}  {row.refused:>4}"
        f"  {row.share:>25.1%}"
        for row in rows
    )
    return "\n".join((head, *lines))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure buckets of three sizes, each alone and with another client beside, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=10)
    parser.add_argument("--minutes", type=int, default=5, help="minutes of virtual time for each row")
    chosen = parser.parse_args(arguments)
    rows = [
        measure(limit, threads=chosen.threads, minutes=chosen.minutes, others=others)
        for others in (False, True)
        for limit in (60, 600, 1200)
    ]
    print(table(rows))


if __name__ == "__main__":
    main()
