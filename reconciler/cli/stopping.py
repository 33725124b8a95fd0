"""How a run is stopped by its user: once politely, twice at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import NoReturn

from reconciler.cli.output import remark_at_once

_INTERRUPTED = 130


@contextmanager
def stoppable() -> Iterator[Event]:
    """Let the first Ctrl-C or SIGTERM end the run after the steps in flight; the second ends it at once."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            _leave()
        stop.set()
        remark_at_once("Stopping: steps in flight are finished, no other is begun. Once more to stop at once.")

    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave() -> NoReturn:
    """End at once. An exception would wait for the threads, which may sit out an operation that never ends.

    Nothing is lost that is known: what was sent was written down before, and the run can be resumed.
    """
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")  # the progress display hides the cursor
    remark_at_once(
        "Stopped at once. What was in flight may or may not have happened; `reconciler apply --resume` finds out.",
        always=True,
    )
    os._exit(_INTERRUPTED)
