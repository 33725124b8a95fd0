from reconciler.core.lifecycle import State
from reconciler.core.resources import Live, Record


def test_a_kind_without_records_is_empty_not_an_error():
    record = Record("A", "1", "k", State.ACTIVE, {})
    live = Live({"A": (record,)})
    assert live.of("A") == (record,)
    assert live.of("B") == ()
