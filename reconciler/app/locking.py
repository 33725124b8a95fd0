"""Writing to the ledger: opening it, and taking the lock, patiently where that is asked for."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from reconciler.app.workspace import Workspace
from reconciler.core.errors import LockHeld

if TYPE_CHECKING:
    from reconciler.ledger.store import Ledger

H = TypeVar("H")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 16.0


def open_ledger(workspace: Workspace) -> "Ledger":
    """Open the part of the ledger that is about the chosen organisation, for writing."""
    from reconciler.ledger.store import Ledger

    return Ledger.open(workspace.ledger, workspace.target.organisation)


@contextmanager
def patiently(timeout: float, take: Callable[[], AbstractContextManager[H]]) -> Iterator[H]:
    """Take the lock; while somebody holds it, try again until `timeout` seconds are over. Raises LockHeld."""
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    with ExitStack() as stack:
        while True:
            try:
                held = stack.enter_context(take())
                break
            except LockHeld:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(pause, left))
                pause = min(2 * pause, _LONGEST_PAUSE)
        yield held
