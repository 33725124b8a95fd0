"""What an answer tells about the rate limit (okta-api §2.9), and the bucket that is kept from it."""

import math
from email.utils import parsedate_to_datetime

import httpx

from reconciler.core.noun import dataclass

_FALLBACK_SECONDS = 10.0
_WINDOW_SECONDS = 61.0
_SAME_WINDOW = 1.0
"""Two resets that differ by no more than this, in seconds, speak of the same window."""
_LARGE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Told:
    """The three headers of one answer; `seconds` is how long the window still lasts."""

    limit: int
    remaining: int
    reset: float
    seconds: float


def told(response: httpx.Response) -> Told | None:
    """Read the rate headers; None where they are missing or make no sense."""
    headers = response.headers
    try:
        limit, remaining = int(headers["X-Rate-Limit-Limit"]), int(headers["X-Rate-Limit-Remaining"])
        reset = float(headers["X-Rate-Limit-Reset"])
    except (KeyError, ValueError):
        return None
    if limit < 0 or remaining < 0 or not math.isfinite(reset):
        return None
    return Told(limit, remaining, reset, _seconds_left(response, reset))


def _seconds_left(response: httpx.Response, reset: float) -> float:
    """`Reset` minus the answer's own `Date`, so that a wrong clock here does no harm; a fixed time if that is odd."""
    try:
        left = reset - parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return _FALLBACK_SECONDS
    if left < -_SAME_WINDOW or left > 2 * _WINDOW_SECONDS:
        return _FALLBACK_SECONDS
    return min(max(left, 0.0), _WINDOW_SECONDS)


def bucket_of(path: str) -> str:
    """Give the part of a path that names its bucket: the collection, `/api/v1/apps` or `/resource-servers/api/v1/x`.

    Where several collections share a bucket, each still hears from its own answers what the others have used.
    """
    parts = path.split("/")
    return "/".join(parts[:5] if parts[2:4] == ["api", "v1"] else parts[:4])


@dataclass(slots=True)
class Bucket:
    """What is known of one bucket, and what this process has under way in it. Times are those of the local clock."""

    limit: int | None = None
    """Requests a window; None until an answer has told."""
    remaining: int = 0
    reset: float = -math.inf
    """The organisation's name for the window that runs."""
    until: float = -math.inf
    """When that window is over, with jitter; after it nothing is known until one request has asked."""
    jitter: float = 0.0
    closed: float = -math.inf
    """No request before this, since one was refused."""
    is_free: bool = False
    """Answers carry no rate headers."""
    in_flight: int = 0
    is_asked: bool = False
    """Whether a request is on its way to learn of a window."""
    used: int = 0
    """Requests of this process in the window."""
    begun_with: int = 0
    """`remaining` when the first answer of the window came, and `used` at that moment."""
    begun_at: int = 0
    share: int | None = None
    """The most requests of a window that were granted to this process, where that is less than the limit says."""
    waiting: int = 0
    """Requests that wait here and go before new work."""

    def floor(self, headroom: float) -> int:
        """How many requests of a window are left to other clients when `headroom` is their share; never all."""
        limit = self.limit or 0
        return max(min(math.ceil(limit * headroom - 1e-9), limit - 1), 0)

    def allowed(self, headroom: float) -> int:
        """How many requests of a window this process may use."""
        limit = self.limit or 0
        return min(limit - self.floor(headroom), self.share or limit)

    def _left_to_others(self, headroom: float) -> int:
        """What of the headroom others may still claim: less what they were seen to use in this window, as far as that
        is certain, and never less than half of it, since nobody knows how much more they want.
        """
        floor = self.floor(headroom)
        theirs = (self.begun_with - self.remaining) - (self.used - self.begun_at)
        return max(floor - max(theirs, 0), (floor + 1) // 2)

    def pause(self, now: float, headroom: float) -> float | None:
        """Seconds until a request may go, 0 for now; None: it depends on answers that are on their way."""
        if now < self.closed:
            return self.closed - now
        if self.is_free:
            return 0.0
        if now >= self.until:
            return None if self.is_asked else 0.0
        spare = self.remaining - self._left_to_others(headroom)
        if self.share is not None and self.used >= self.share:
            return self.until - now
        if spare > self.in_flight:
            return 0.0
        return None if spare > 0 and self.in_flight else self.until - now

    def take(self, now: float) -> bool:
        """Count a request as under way; True when it is the one that asks what the new window holds."""
        self.in_flight += 1
        self.used += 1
        asks = not self.is_free and now >= self.until
        self.is_asked |= asks
        return asks

    def hear(self, answer: Told, now: float, jitter: float) -> None:
        """Learn from an answer. Answers overtake each other, so within a window the lowest count is the true one."""
        self.is_free = False
        self.limit = answer.limit
        if answer.reset > self.reset + _SAME_WINDOW or now >= self.until:
            self.remaining, self.reset, self.jitter = answer.remaining, answer.reset, jitter
            self.until = now + answer.seconds + jitter
            self.used = self.in_flight + 1
            self.begun_with, self.begun_at = answer.remaining, self.used
        elif answer.reset >= self.reset - _SAME_WINDOW:
            # Both headers are whole seconds: the earliest of several ends is the nearest to the true one.
            self.remaining = min(self.remaining, answer.remaining)
            self.until = min(self.until, now + answer.seconds + self.jitter)

    def refuse(self, answer: Told | None, now: float, jitter: float) -> None:
        """Learn from a 429. After much use of our own it tells that only a share of the limit is ours."""
        seconds = answer.seconds if answer else _FALLBACK_SECONDS
        self.closed = max(self.closed, now + seconds + jitter)
        granted = self.used - self.in_flight - 1
        if answer and granted >= answer.limit * _LARGE_SHARE:
            self.share = granted
