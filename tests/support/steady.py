"""Property tests that are the same on each run, and that no busy machine's clock can fail."""

from hypothesis import settings

STEADY = settings(deadline=None, derandomize=True, database=None)
