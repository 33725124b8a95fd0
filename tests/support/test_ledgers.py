"""What stands for a ledger that Alembic made is the same ledger."""

import sqlite3

from reconciler.ledger import Place, engine
from tests.support.ledgers import made_by_copying


def test_a_ledger_that_was_copied_is_letter_by_letter_the_one_that_was_migrated(tmp_path):
    places = [Place(tmp_path / name / "ledger.sqlite") for name in ("real", "first", "copied")]
    engine.connect(places[0]).dispose()
    with made_by_copying():
        for place in places[1:]:
            engine.connect(place).dispose()
    real, first, copied = (list(sqlite3.connect(place.file).iterdump()) for place in places)
    assert real == first == copied
    assert len(real) > 8
