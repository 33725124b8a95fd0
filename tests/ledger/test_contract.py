"""Every promise of the ledger, on every database."""

import pytest

from tests.ledger import contract


@pytest.mark.parametrize("promise", contract.PROMISES, ids=lambda promise: promise.__name__)
def test_promise(promise, place):
    promise(place)
