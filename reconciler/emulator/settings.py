"""What somebody who starts the emulator decides."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Clock = Callable[[], float]
"""Seconds since the epoch; the only source of time, so that tests can own it."""

DEFAULT_API_TOKEN = "local-development-token"  # noqa: S105  # well known on purpose: it guards nothing but this emulator
DEFAULT_OPERATION_DELAY = 0.2


@dataclass(frozen=True, slots=True)
class Settings:
    """One emulated organisation; `state` is a SQLite file, or None for memory only."""

    base_url: str
    state: Path | str | None = None
    api_token: str | None = None
    """None keeps the token that the state knows already, or the default one in a fresh state."""
    switches: Mapping[str, str] = field(default_factory=dict)
    operation_delay: float = DEFAULT_OPERATION_DELAY
    allow_loopback_http: bool = False
    clock: Clock = time.time
    sleep: Callable[[float], None] = time.sleep
    """How a slow answer waits; a test that owns the clock gives its own."""
