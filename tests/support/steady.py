"""Property tests that are the same on each run, and that no busy machine's clock can fail."""

import os

from hypothesis import settings


def many(usual: int) -> int:
    """How many examples a property is tried on; `make laws` (LAWS=20) tries twenty times as many.

    `make covered` asks which lines run, for which a quarter is enough: what the laws say, the suite has heard.
    """
    return max(1, int(usual * float(os.environ.get("LAWS", "1"))))


STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=many(40))
