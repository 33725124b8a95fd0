"""Every promise of the ledger, on every database."""

import pytest

from tests.ledger import contract, contract_of_runs


@pytest.mark.parametrize(
    "promise", [*contract.PROMISES, *contract_of_runs.PROMISES], ids=lambda promise: promise.__name__
)
def test_promise(promise, place):
    promise(place)
