"""How a run behaves towards the world: how much it asks for in total, whom to write to about it, when it gives up."""

import threading
from collections import Counter
from dataclasses import field

from reconciler.core.noun import dataclass

CONTACT = "https://github.com/mcp-reconciler/mcp-reconciler"
_GIVE_UP_AFTER = 2


@dataclass(frozen=True, slots=True)
class Manners:
    """What is the same for all requests of a run."""

    contact: str = CONTACT
    requests: int = 100_000
    received_bytes: int = 4 * 1024**3
    authorities: str = ""
    """PEM file with the certificate authorities to trust instead of the public ones."""


@dataclass(slots=True)
class Meter:
    """What a run has sent and read so far."""

    requests: int = 0
    received_bytes: int = 0
    by_host: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def sent(self, host: str) -> None:
        with self._lock:
            self.requests += 1
            self.by_host[host] += 1

    def received(self, count: int) -> None:
        with self._lock:
            self.received_bytes += count

    def is_spent(self, manners: Manners) -> bool:
        return self.requests >= manners.requests or self.received_bytes >= manners.received_bytes


class Silence:
    """Origins that let requests time out. After two in a row nobody waits for them again in this run."""

    def __init__(self) -> None:
        self._misses: Counter[str] = Counter()
        self._lock = threading.Lock()

    def is_given_up(self, origin: str) -> bool:
        return self._misses[origin] >= _GIVE_UP_AFTER

    def note(self, origin: str, *, timed_out: bool) -> None:
        with self._lock:
            self._misses[origin] = self._misses[origin] + 1 if timed_out else 0
