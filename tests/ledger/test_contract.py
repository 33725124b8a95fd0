"""Every promise of the ledger, on every database."""

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from reconciler.core.history import DONE
from reconciler.ledger import Place, history, lease, runs, scribe
from tests.ledger import contract, contract_of_runs


@pytest.mark.parametrize(
    "promise", [*contract.PROMISES, *contract_of_runs.PROMISES], ids=lambda promise: promise.__name__
)
def test_promise(promise, place):
    promise(place)


def test_a_session_that_postgresql_has_ended_for_standing_still_is_opened_again(postgres, monkeypatch):
    place = Place(url=postgres.fresh())
    extend, ended = lease.extend, []

    def first_stand_still(connection, *rest):
        if not ended:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
            ended.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            with psycopg.connect(postgres.url(), autocommit=True) as other:
                while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", ended).fetchone():
                    pass
        return extend(connection, *rest)

    with contract_of_runs.open_(place) as mine, runs.begun(mine, contract_of_runs.ORDER) as writing:
        monkeypatch.setattr(lease, "extend", first_stand_still)
        writing.outcome = DONE
    assert ended
    assert [run.outcome for run in history.runs(place, contract_of_runs.ORG)] == [DONE]
    assert history.verify(place, contract_of_runs.ORG)[1] == []


@pytest.mark.parametrize(
    ("ended", "is_over"), [(psycopg.errors.IdleInTransactionSessionTimeout, True), (psycopg.errors.DataError, False)]
)
def test_that_end_is_known_by_its_code_while_the_connection_does_not_look_closed_yet(ended, is_over):
    assert scribe._is_over(DBAPIError("UPDATE", {}, ended(), connection_invalidated=False)) is is_over
