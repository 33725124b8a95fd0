"""Ledgers on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.ledger import Place
from tests.support.postgres import Cluster, cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty ledger, not made yet."""
    if request.param == "sqlite":
        return Place(tmp_path / ".reconciler" / "ledger.sqlite")
    return Place(url=request.getfixturevalue("postgres").fresh())
