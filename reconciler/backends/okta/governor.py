"""The rate governor: one for all threads, it reserves before a request is sent, so that no 429 need be waited for."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

import httpx

from reconciler.backends.okta.rate import Bucket, Told, bucket_of, told
from reconciler.core.errors import RateLimited
from reconciler.core.noun import dataclass
from reconciler.core.ports import Clock

_PATIENCE_SECONDS = 600.0
_RECOVERY_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be used of an organisation: `headroom` is the share of each limit that is left to other clients."""

    headroom: float = 0.4
    concurrency: int = 75
    """Requests that the organisation takes at the same time, from all its clients."""


@dataclass(slots=True)
class Turn:
    """A request that may be sent; the answer, once there is one, is put in for the governor to learn from."""

    bucket: Bucket
    asks: bool
    answer: httpx.Response | None = None


def _jitter() -> float:
    """Keep many clients from coming back at once, in seconds."""
    return random.uniform(0.05, 0.5)  # noqa: S311 - jitter, no secret


def _until_an_answer(changed: Condition) -> None:
    changed.wait(_LOOK_AGAIN_SECONDS)


class Governor:
    """Holds requests back so that every bucket keeps its headroom.

    A window about which nothing is known is asked about by one request; the others wait for its answer. What goes on
    with work that has begun goes before what begins new work.
    """

    def __init__(
        self,
        clock: Clock,
        allowance: Allowance | None = None,
        *,
        jitter: Callable[[], float] = _jitter,
        until_an_answer: Callable[[Condition], None] = _until_an_answer,
    ) -> None:
        self._clock = clock
        self._allowance = allowance or Allowance()
        self._jitter = jitter
        self._until_an_answer = until_an_answer
        self._changed = Condition()
        self._buckets: dict[str, Bucket] = {}
        self._in_flight = 0
        self._at_once = self._most = max(int(self._allowance.concurrency * (1 - self._allowance.headroom)), 1)
        self._crowded = -_RECOVERY_SECONDS
        self.sent = 0
        """Requests so far."""

    def limits(self) -> dict[str, tuple[int, int]]:
        """The limits that answers have told: of each bucket, requests a minute, and how many of them are for us."""
        with self._changed:
            found = {name: bucket for name, bucket in self._buckets.items() if bucket.limit and not bucket.is_free}
            return {name: (b.limit or 0, b.allowed(self._allowance.headroom)) for name, b in found.items()}

    @contextmanager
    def turn(self, path: str, *, begins: bool = False) -> Iterator[Turn]:
        """Wait for room in the bucket of a path, and keep it until the block ends. `begins` marks new work."""
        with self._changed:
            bucket = self._buckets.setdefault(bucket_of(path), Bucket())
            turn = self._take(bucket, begins=begins)
        try:
            yield turn
        finally:
            with self._changed:
                self._give_back(turn)

    def _take(self, bucket: Bucket, *, begins: bool) -> Turn:
        """Reserve, first waiting as long as it takes; the condition is held before and after, never while waiting."""
        began = self._clock.now()
        if (pause := self._pause(bucket, began, begins=begins)) != 0:
            bucket.waiting += not begins
            try:
                while pause != 0:
                    self._wait(pause)
                    now = self._clock.now()
                    if now - began > _PATIENCE_SECONDS:
                        raise RateLimited("Other clients use up the rate limit; there was no room for ten minutes.")
                    pause = self._pause(bucket, now, begins=begins)
            finally:
                bucket.waiting -= not begins
        self._in_flight += 1
        self.sent += 1
        return Turn(bucket, bucket.take(self._clock.now()))

    def _pause(self, bucket: Bucket, now: float, *, begins: bool) -> float | None:
        pause = bucket.pause(now, self._allowance.headroom)
        if pause != 0:
            return pause
        if now - self._crowded >= _RECOVERY_SECONDS and self._at_once < self._most:
            self._at_once, self._crowded = min(self._at_once * 2, self._most), now
        return None if self._in_flight >= self._at_once or (begins and bucket.waiting) else 0.0

    def _wait(self, pause: float | None) -> None:
        if pause is None:
            self._until_an_answer(self._changed)
            return
        self._changed.release()
        try:
            self._clock.sleep(pause)
        finally:
            self._changed.acquire()

    def _give_back(self, turn: Turn) -> None:
        bucket, now = turn.bucket, self._clock.now()
        self._in_flight -= 1
        bucket.in_flight -= 1
        bucket.is_asked &= not turn.asks
        if turn.answer is not None:
            self._learn(bucket, turn.answer, now)
        self._changed.notify_all()

    def _learn(self, bucket: Bucket, response: httpx.Response, now: float) -> None:
        answer, refused = told(response), response.status_code == httpx.codes.TOO_MANY_REQUESTS
        if refused and answer and answer.limit == 0:
            self._narrow(bucket, answer, now)
            return
        if answer and answer.limit:
            bucket.hear(answer, now, self._jitter())
        elif bucket.limit is None and response.is_success:
            bucket.is_free = True
        if refused:
            bucket.refuse(answer, now, self._jitter())

    def _narrow(self, bucket: Bucket, answer: Told, now: float) -> None:
        """Too many requests at once, counting those of other clients: halve ours, and try more after a while."""
        self._at_once, self._crowded = max((self._in_flight + 1) // 2, 1), now
        bucket.closed = max(bucket.closed, now + answer.seconds + self._jitter())
