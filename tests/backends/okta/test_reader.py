"""Looking cannot change anything: the type has no writes, and the transport sends nothing but GET."""

import httpx
import pytest

from reconciler.backends.okta import GetOnly, OktaBackend, OktaReader, Settings
from reconciler.core.errors import InternalError, WriteRefused
from reconciler.core.ports import Backend, Reader
from reconciler.kinds import KINDS
from tests.support.clock import VirtualClock

METHODS = ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def promises(port: type) -> set[str]:
    return {name for each in port.__mro__ for name in vars(each) if not name.startswith("_")}


def test_the_reader_offers_no_verb_that_a_backend_has_beyond_reading():
    writes = promises(Backend) - promises(Reader)
    assert writes >= {"create", "update", "move"}
    assert writes.isdisjoint(dir(OktaReader))
    assert writes <= set(dir(OktaBackend))
    assert promises(Reader) <= set(dir(OktaReader))


@pytest.fixture
def sent():
    return []


@pytest.fixture
def transport(sent):
    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return httpx.Response(200, json=[])

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("method", METHODS)
def test_the_transport_raises_on_whatever_is_no_get_before_a_byte_is_sent(transport, sent, method):
    with pytest.raises(WriteRefused, match="was about to be sent"):
        GetOnly(transport).handle_request(httpx.Request(method, "https://okta.test/x"))
    assert sent == []
    assert issubclass(WriteRefused, InternalError)


def test_a_get_passes_and_closing_closes_what_is_inside(transport, sent):
    guard = GetOnly(transport)
    assert guard.handle_request(httpx.Request("GET", "https://okta.test/x")).status_code == 200
    guard.close()
    assert sent == ["GET"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_write_that_gets_past_the_type_is_stopped_by_the_transport(transport, sent, kind):
    """Somebody reaches into the reader and uses what is inside as a backend: still nothing is sent."""
    with OktaReader(Settings("https://okta.test", "SSWS x"), VirtualClock(), transport) as reader:
        inside = reader._organisation
        verbs = {move.verb for move in kind.lifecycle.moves if move.actor == "admin"}
        for verb in verbs:
            target = next(move.target for move in kind.lifecycle.moves if move.verb == verb)
            with pytest.raises(Exception):  # noqa: B017, PT011 - the flow may stumble over the empty answer first
                inside.move(kind, "x", verb, target)
    assert set(sent) <= {"GET"}


def test_reading_is_all_gets(transport, sent):
    with OktaReader(Settings("https://okta.test", "SSWS x"), VirtualClock(), transport) as reader:
        assert all(records == () for records in reader.read(KINDS, lambda _record: True).records.values())
    assert set(sent) == {"GET"}
