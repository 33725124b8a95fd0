"""A GitHub on loopback, and a client that does not really wait."""

from collections.abc import Iterator

import httpx
import pytest

from reconciler.github import Door, GitHub
from tests.support.clock import VirtualClock
from tests.support.hub import REPOSITORY, Hub, hub


@pytest.fixture(scope="module")
def _served() -> Iterator[Hub]:
    with hub() as made:
        yield made


@pytest.fixture
def served(_served: Hub) -> Iterator[Hub]:
    """An empty one."""
    for rows in (_served.tokens, _served.comments, _served.issues, _served.pulls, _served.faults, _served.asked):
        rows.clear()
    _served.strayed.clear()
    yield _served
    assert _served.strayed == [], "GitHub describes it otherwise"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def github(served: Hub, clock: VirtualClock) -> Iterator[GitHub]:
    """A client that may do everything."""
    door = Door(served.url, f"{served.url}/graphql", REPOSITORY, served.token(pull_requests="write", issues="write"))
    with GitHub(
        door, clock, httpx.HTTPTransport(verify=False)
    ) as made:  # loading certificates takes longer than a test
        yield made
