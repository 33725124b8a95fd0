"""Time that passes only when somebody waits for it."""

from threading import Lock


class VirtualClock:
    """Backend and emulator share one: sleeping costs nothing and still makes operations due."""

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._now = start
        self._lock = Lock()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self._now

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds
            self.slept.append(seconds)
