"""What is counted in memory and forgotten with the process: rate windows, requests in flight, requests seen."""

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .settings import Clock

_WINDOW_SECONDS = 60.0
_CONCURRENCY_RESET_SECONDS = 2.0
_NEVER_SMALLER = 1_000_000
"""What an unlimited bucket shows, since every answer carries the headers."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The three rate headers of one answer (okta-api §2.9), and whether the request may pass."""

    limit: int
    remaining: int
    reset: int
    granted: bool = True

    def headers(self) -> dict[str, str]:
        return {
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(self.remaining),
            "X-Rate-Limit-Reset": str(self.reset),
        }


@dataclass(slots=True)
class _Window:
    opened: float
    used: int = 0
    by_client: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute in a bucket, percent of it for one client, requests in flight; 0 means no limit."""

    rate: int
    share: int
    concurrency: int


class Meters:
    """Buckets by family. A window opens with its first request and lasts a minute: not aligned to the clock."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._rate_limit = limits.rate
        self._share = limits.share
        self._concurrency_limit = limits.concurrency
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._in_flight = 0
        self._seen: Counter[tuple[str, str]] = Counter()

    def take(self, family: str, client: int = 0) -> Allowance:
        """One request out of the bucket of a family, of which one client may have a share (okta-api §2.9)."""
        now = self._clock()
        with self._lock:
            window = self._windows.get(family)
            if window is None or not 0 <= now - window.opened < _WINDOW_SECONDS:
                window = self._windows[family] = _Window(now)
            window.used += 1
            window.by_client[client] += 1
            used, own, opened = window.used, window.by_client[client], window.opened
        limit = self._rate_limit or _NEVER_SMALLER
        is_over = bool(self._rate_limit) and (used > limit or own > limit * self._share // 100)
        return Allowance(limit, 0 if is_over else limit - used, math.ceil(opened + _WINDOW_SECONDS), not is_over)

    @contextmanager
    def flight(self) -> Iterator[Allowance | None]:
        """Count a request as in flight; an allowance that refuses when there are too many."""
        with self._lock:
            self._in_flight += 1
            crowded = 0 < self._concurrency_limit < self._in_flight
        try:
            yield self._too_many() if crowded else None
        finally:
            with self._lock:
                self._in_flight -= 1

    def _too_many(self) -> Allowance:
        """Limit and remaining 0, and a reset that is only an estimate."""
        return Allowance(0, 0, math.ceil(self._clock() + _CONCURRENCY_RESET_SECONDS), granted=False)

    def saw(self, method: str, family: str) -> None:
        with self._lock:
            self._seen[family, method] += 1

    def seen(self) -> dict[str, dict[str, int]]:
        """Requests by family, then by method."""
        counts: dict[str, dict[str, int]] = {}
        with self._lock:
            for (family, method), count in sorted(self._seen.items()):
                counts.setdefault(family, {})[method] = count
        return counts

    def forget_seen(self) -> None:
        with self._lock:
            self._seen.clear()

    def forget(self) -> None:
        """Counts and windows, as in a process that has just started."""
        with self._lock:
            self._seen.clear()
            self._windows.clear()
