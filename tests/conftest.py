"""What every test needs: a process that knows no secret yet."""

from collections.abc import Iterator

import pytest

from reconciler.core.veil import VEIL


@pytest.fixture(autouse=True)
def nothing_is_veiled() -> Iterator[None]:
    """Forget the secrets that a test has resolved; the next one may use the same words in the open."""
    yield
    VEIL.clear()
