from urllib.parse import quote

import pytest

from reconciler.core.document import Ref
from reconciler.core.errors import CallRefused, NotFound, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.core.wire import Pause
from reconciler.kinds.delegation_link import KIND, adopt, wire
from tests.support.build import link, orn, raw_agent, raw_client, raw_link, records
from tests.support.flows import Call, Items, Wait, get, ok, play

ROOT = "/workload-principals/api/v1/delegation-links"
FROM, TO = raw_agent()["orn"], raw_client()["orn"]
CLIENT = f"{raw_client()['server']}/{raw_client()['id']}"
ID = f"{CLIENT}/dlk1"
DOCUMENT = {"from": FROM, "tokenType": "ACCESS_TOKEN", "to": TO, "client": CLIENT}
ASKED = {
    "from": {"type": "OKTA_AUTHORIZATION_SERVER", "clientOrn": FROM, "tokenType": "ACCESS_TOKEN"},
    "to": {"resourceOrn": TO},
}
POST = Call("POST", ROOT, ASKED)
LEADING = Items(ROOT + "?filter=" + quote(f'to.resourceOrn eq "{TO}"', safe=""))
UNSEEN = CallRefused("no authorization server", status=400, locations=("to.authorizationServerOrn",))
THERE = CallRefused("it is there", status=409, reasons=("UNIQUE_CONSTRAINT",))
RAW = {key: value for key, value in raw_link().items() if key != "client"}


def look_up(ref):
    return {"AiAgent": FROM, "McpOAuthClient": TO}[ref.address.kind]


def test_a_document_refers_to_the_names_of_both_ends():
    assert wire.to_document(link(tokenType="ID_TOKEN")) == {
        "from": {"$ref": "AiAgent.support#orn"},
        "tokenType": "ID_TOKEN",
        "to": {"$ref": "McpOAuthClient.jira#orn"},
        "client": {"$ref": "McpOAuthClient.jira#id"},
    }
    assert "from" not in wire.to_document(link(**{"from": {}}))


def test_a_link_is_known_by_its_ends_and_its_token():
    [live] = records("DelegationLink", [raw_link()])
    assert live.id == ID
    assert KIND.live_key(link().spec, look_up) == live.key
    assert KIND.live_key(link(tokenType="ID_TOKEN").spec, look_up) != live.key
    assert KIND.live_key(link().spec, Ref.to_json) == ""
    assert KIND.live_key(link(**{"from": {}}).spec, look_up) == ""
    assert KIND.natural_key(link().spec) != KIND.natural_key(link(**{"from": {"app": "support"}}).spec)


def test_a_name_in_another_spelling_is_no_difference_and_another_end_is():
    [live] = records("DelegationLink", [raw_link()])
    spelled = {**DOCUMENT, "from": FROM.replace("ai-agents", "agents")}
    assert KIND.observe(live, spelled)["from"] == spelled["from"]
    assert KIND.observe(live, {**DOCUMENT, "from": f"{FROM}x"})["from"] == FROM
    assert KIND.observe(live, {"from": {"$ref": "AiAgent.support#orn"}})["from"] == FROM


def test_links_are_read_with_the_client_that_they_lead_to():
    [client] = records("McpOAuthClient", [raw_client()])
    assert play(wire.listing(client), (LEADING, [RAW])) == [raw_link()]
    assert play(wire.find(ID), (get(f"{ROOT}/dlk1"), ok(RAW))) == raw_link()
    assert play(wire.find(ID), (get(f"{ROOT}/dlk1"), NotFound("gone"))) is None


def test_a_link_is_sent_again_after_a_pause_while_the_authorization_server_is_not_seen():
    made = play(wire.create(DOCUMENT), (POST, UNSEEN), (Pause(1.0), None), (POST, ok({"id": "dlk1"}, 201)))
    assert made == ID
    pauses = [turn for seconds in wire._PAUSES for turn in ((POST, UNSEEN), (Pause(seconds), None))]
    assert play(wire.create(DOCUMENT), *pauses, (POST, ok({"id": "dlk1"}, 201))) == ID
    with pytest.raises(CallRefused, match="no authorization server"):
        play(wire.create(DOCUMENT), *pauses, (POST, UNSEEN))


def test_a_link_that_exists_is_taken_over_and_anything_else_is_passed_on():
    other = {**RAW, "id": "dlk2", "from": {**RAW["from"], "tokenType": "ID_TOKEN"}}
    for error in (THERE, OutcomeUnknown("reset")):
        assert play(wire.create(DOCUMENT), (POST, error), (LEADING, [other, RAW])) == ID
    with pytest.raises(OutcomeUnknown):
        play(wire.create(DOCUMENT), (POST, OutcomeUnknown("reset")), (LEADING, [other]))
    with pytest.raises(CallRefused, match="wrong"):
        play(wire.create(DOCUMENT), (POST, CallRefused("wrong", status=400)))


def test_nothing_of_a_link_is_written_in_place_and_deleting_waits():
    play(KIND.wire.update(ID, DOCUMENT), (get(f"{ROOT}/dlk1"), ok(RAW)))
    play(
        KIND.wire.move(ID, "delete", State.DELETED),
        (Call("DELETE", f"{ROOT}/dlk1"), ok()),
        (Wait(f"{ROOT}/dlk1"), None),
    )


def test_the_way_back_names_who_delegates_and_says_nothing_of_a_sort_that_nobody_knows():
    [plain] = records("DelegationLink", [raw_link()])
    assert {member: (loan.kind, loan.key) for member, loan in KIND.loans(plain).items()} == {
        "from": ("AiAgent", "wlpSupport0000000000"),
        "to": ("McpOAuthClient", CLIENT),
    }
    assert adopt.to_spec(plain, {"from": "support", "to": "jira"}) == {"from": {"agent": "support"}, "to": "jira"}
    said = {"clientOrn": orn("directory:ORG:workload-principals:mcp:wlpOther"), "tokenType": "ID_TOKEN"}
    assert records("DelegationLink", [wire.imagine(DOCUMENT, ID)]) == (
        records("DelegationLink", [raw_link(to={"resourceOrn": TO})])
    )
    [chained] = records("DelegationLink", [raw_link(**{"from": said})])
    assert {member: (loan.kind, loan.key) for member, loan in KIND.loans(chained).items()} == {
        "from": ("McpOAuthClient", "wlpOther"),
        "to": ("McpOAuthClient", CLIENT),
    }
    assert adopt.to_spec(chained, {"from": "wiki", "to": "jira"}) == {
        "from": {"oauthClient": "wiki"},
        "to": "jira",
        "tokenType": "ID_TOKEN",
    }
    strange = {**said, "clientOrn": orn("directory:ORG:workload-principals:robots:wlpOther")}
    [unknown] = records("DelegationLink", [raw_link(**{"from": strange})])
    assert KIND.loans(unknown).keys() == {"to"}
    assert adopt.to_spec(unknown, {"to": "jira"})["from"] == {}
