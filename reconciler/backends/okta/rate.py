"""The rate limit: what the headers say, and how long to wait (okta-api §2.9)."""

import math
import random
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx

from reconciler.core.ports import Clock

_FALLBACK_SECONDS = 10.0
_WINDOW_SECONDS = 61.0


@dataclass(slots=True)
class Governor:
    """Holds requests back while a bucket is empty. One for all threads; buckets are told apart by path family."""

    clock: Clock
    _until: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def before(self, path: str) -> None:
        """Wait until the bucket of a path has room, as far as its last answers told."""
        while True:
            with self._lock:
                pause = self._until.get(family(path), 0.0) - self.clock.now()
            if pause <= 0:
                return
            self.clock.sleep(pause)

    def after(self, path: str, response: httpx.Response) -> None:
        """Learn from an answer; an empty bucket closes until its reset."""
        if (
            response.headers.get("X-Rate-Limit-Remaining") == "0"
            or response.status_code == httpx.codes.TOO_MANY_REQUESTS
        ):
            with self._lock:
                until = self.clock.now() + seconds_to_reset(response)
                self._until[family(path)] = max(until, self._until.get(family(path), 0.0))


def family(path: str) -> str:
    """The part of a path that shares a bucket: its first three segments."""
    return "/".join(path.split("/")[:4])


def seconds_to_reset(response: httpx.Response) -> float:
    """Seconds until the bucket refills: `Reset` minus the answer's own `Date`, so that a wrong clock here does no harm.

    A little jitter keeps many clients from coming back at once. Bounded by the window of one minute.
    """
    try:
        reset = float(response.headers["X-Rate-Limit-Reset"])
        date = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return _FALLBACK_SECONDS
    if not math.isfinite(reset):
        return _FALLBACK_SECONDS
    return min(max(reset - date, 0.0), _WINDOW_SECONDS) + random.uniform(0.05, 0.5)  # noqa: S311 - jitter, no secret
