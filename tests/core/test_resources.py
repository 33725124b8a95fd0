"""Records that are opened when somebody looks inside, and what a document says by its digest."""

import hashlib
import operator

import pytest

from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Unopened
from tests.support.build import mcp

WHOLE = Record("McpServer", "ems1", "https://mcp.example.com", State.ACTIVE, {"displayName": "Jira"}, {"id": "ems1"})


@pytest.fixture
def opened():
    return []


@pytest.fixture
def unopened(opened):
    return lambda: Unopened(WHOLE.kind, WHOLE.id, WHOLE.key, WHOLE.state, lambda: opened.append(1) or WHOLE)


def test_a_record_is_opened_once_and_only_where_somebody_looks_inside(unopened, opened):
    record = unopened()
    assert (record.kind, record.id, record.key, record.state) == (WHOLE.kind, WHOLE.id, WHOLE.key, WHOLE.state)
    assert record == record  # noqa: PLR0124 - that it is itself needs no look
    assert opened == []
    assert (record.document, record.facts) == (WHOLE.document, WHOLE.facts)
    assert opened == [1]


def test_a_record_is_equal_to_the_whole_one_whichever_is_asked(unopened):
    assert unopened() == WHOLE
    assert operator.eq(WHOLE, unopened())
    assert unopened() == unopened()
    assert unopened() != Record(WHOLE.kind, "ems2", WHOLE.key, WHOLE.state, WHOLE.document, WHOLE.facts)
    with pytest.raises(TypeError, match="unhashable"):
        hash(unopened())


def test_the_digest_is_of_what_a_spec_says_however_it_is_written():
    plain = mcp()
    assert plain.digest == mcp(state="active").digest != mcp(state="inactive").digest
    assert plain.digest == hashlib.sha256(plain.spec.model_dump_json(by_alias=True).encode()).hexdigest()
