import pytest

from reconciler.core.errors import CallRefused, NotFound
from reconciler.core.lifecycle import State
from reconciler.kinds.ai_agent import KIND, checks, wire
from tests.support.build import agent, raw_agent, resource
from tests.support.flows import Items, get, ok, play

ROOT = "/workload-principals/api/v1/ai-agents"
ID = "wlpSupport0000000000"


def test_an_agent_is_somebody_elses_and_found_by_name_or_id():
    by_name, by_id = agent(), agent(id=ID)
    assert KIND.natural_key(by_name.spec) == "Support assistant" == wire.record(raw_agent()).key
    assert KIND.natural_key(by_id.spec) == ID == wire.record(raw_agent()).id
    assert KIND.borrowed(by_name.spec)
    assert not KIND.stands_alone(by_name.spec)
    assert (KIND.references(by_name.spec), KIND.offers(by_name.spec), KIND.lends(by_name)) == ((), frozenset(), {})
    assert KIND.goal(by_name.spec) is State.ACTIVE
    assert KIND.document(by_name, {}, {}) == {"profileName": "Support assistant"}
    record = wire.record(raw_agent())
    assert KIND.observe(record, {}) is record.document
    assert not list(KIND.ready(record, {}))


@pytest.mark.parametrize(
    ("each", "faults"),
    [
        (agent(), []),
        (agent(id=ID), []),
        (agent(id=ID, profileName="Support"), ["AGT001"]),
        (resource("AiAgent", "support", {}), ["AGT001"]),
        (resource("AiAgent", "support", {"id": ID}, absent=True), ["AGT002"]),
    ],
)
def test_an_agent_is_named_once_and_never_deleted(each, faults):
    assert [found.code for found in checks.check(each, {}, {})] == faults


@pytest.mark.parametrize(("status", "state"), [("ACTIVE", "ACTIVE"), ("INACTIVE", "INACTIVE"), ("STAGED", "PENDING")])
def test_what_was_never_activated_is_pending(status, state):
    assert wire.record(raw_agent(status=status)).state == state


def test_a_name_that_an_answer_lacks_is_found_in_the_filter_of_a_link():
    """Some answers have no `orn`, and a link that does (okta-api §5 quirk 19)."""
    named = raw_agent()["orn"]
    links = {"links": {"href": f"https://x/delegation-links?filter=to.resourceOrn eq %22{named}%22"}, "odd": ["x"]}
    assert wire.record(raw_agent(orn=None, _links=links)).facts["orn"] == named
    assert "orn" not in wire.record({"id": ID, "_links": {"self": {"href": "https://x"}}}).facts
    assert wire.record({"id": ID}).key == ID


def test_agents_are_read():
    assert play(wire.WIRE.listing(), (Items(ROOT), [raw_agent()])) == [raw_agent()]
    assert play(wire.WIRE.complete({"id": ID})) == {"id": ID}
    assert play(wire.WIRE.find(ID), (get(f"{ROOT}/{ID}"), ok(raw_agent()))) == raw_agent()
    assert play(wire.WIRE.find(ID), (get(f"{ROOT}/{ID}"), NotFound("gone"))) is None
    assert wire.record(wire.imagine({"profileName": "Support"}, ID)).key == "Support"


def test_agents_are_never_written():
    for flow in (wire.WIRE.create({}), wire.WIRE.update(ID, {}), wire.WIRE.move(ID, "delete", State.DELETED)):
        with pytest.raises(CallRefused, match="never written"):
            play(flow)
