"""Property tests that are the same on each run, and that no busy machine's clock can fail."""

import os

from hypothesis import settings


def many(usual: int) -> int:
    """How many examples a property is tried on; `make laws` (LAWS=20) tries twenty times as many."""
    return usual * int(os.environ.get("LAWS", "1"))


STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=many(40))
