import pytest

from reconciler.core.errors import CallRefused, NotFound, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.core.wire import Listed, Note, Noted
from reconciler.kinds.mcp_oauth_client import KIND, wire
from tests.support.build import key, oauth_client, raw_client, raw_mcp, records
from tests.support.flows import Call, Wait, get, ok, play

SERVER, CLIENT = f"ems{'jira':0<17}", "wlpJira0000000000000"
ID = f"{SERVER}/{CLIENT}"
HOME = f"/workload-principals/api/v1/mcp-servers/{SERVER}"
SHOWN = f"/resource-servers/api/v1/mcp-servers/{SERVER}"
KEYS = f"{HOME}/credentials/jwks"
ENABLE = Call("POST", f"{HOME}/oauth-client")
REMOVE = Call("DELETE", f"{HOME}/oauth-client")
ABOUT = ("McpOAuthClient", ID)
SERVER_WITH_CLIENT = {"id": SERVER, "oauthClient": {"clientId": CLIENT, "orn": "orn:x", "status": "ACTIVE"}}


def document(*keys):
    return wire.to_document(oauth_client(keys=list(keys)) if keys else oauth_client()) | {"mcpServer": SERVER}


def jwk(number, status="ACTIVE"):
    return {**key(number)["publicKey"], "status": status}


def known(number, status="ACTIVE"):
    thumbprint = document(key(number))["keys"][f"key-{number}"]["thumbprint"]
    return {f"key-{number}": {"id": f"pks{number}", "status": status, "thumbprint": thumbprint}}


def sent(number, status="ACTIVE"):
    [(kid, each)] = known(number).items()
    said = key(number)["publicKey"]
    return {kid: {"id": "", "status": "UNKNOWN", "thumbprint": each["thumbprint"], "jwk": said, "sent": [status]}}


def noting(**keys):
    return (Note(ABOUT, {"keys": keys}), None)


def registered(number, status="ACTIVE"):
    return (Call("POST", KEYS, jwk(number, status)), ok({"id": f"pks{number}", "status": status}, 201))


def told(*keys):
    """What is noted; the organisation lists no keys."""
    noted = {"keys": {name: each for part in keys for name, each in part.items()}}
    return (Noted(ABOUT), noted), (Listed(KEYS, "McpOAuthClient"), None)


# -- documents and records -----------------------------------------------------------------------------------------


def test_a_document_names_keys_by_kid_or_thumbprint_and_holds_no_more_of_them_than_is_compared():
    made = wire.to_document(oauth_client(keys=[key(), key(1, "inactive", kid=None, x5t="AAAA")]))
    [_, nameless] = made["keys"]
    assert made["mcpServer"] == {"$ref": "McpServer.jira#id"}
    assert made["keys"]["key-0"]["state"] == "ACTIVE"
    assert made["keys"][nameless] == {"thumbprint": nameless, "state": "INACTIVE"}
    assert made["publicKeys"][nameless].keys() == {"kty", "crv", "x", "y", "kid"}
    assert "keys" not in document()


def test_a_client_is_known_by_its_server():
    [live] = records("McpOAuthClient", [raw_client()])
    assert (live.id, live.key, live.state) == (ID, SERVER, State.ACTIVE)
    imagined = KIND.wire.record(KIND.wire.imagine(document(key()), ID))
    assert (imagined.id, imagined.document["keys"]) == (ID, document(key())["keys"])
    assert KIND.live_key(oauth_client().spec, lambda _ref: SERVER) == SERVER
    assert KIND.live_key(oauth_client().spec, lambda ref: ref.to_json()) == ""


# -- reading -------------------------------------------------------------------------------------------------------


def test_the_list_of_servers_shows_who_is_a_client():
    [server, plain] = records("McpServer", [raw_mcp(oauthClient={"clientId": CLIENT}), raw_mcp("wiki")])
    assert play(wire.listing(plain)) == []
    [raw] = play(wire.listing(server))
    whole = play(KIND.wire.complete(raw), *told(known(0)))
    assert wire.record(whole).document["keys"]["key-0"]["state"] == "ACTIVE"


def test_a_client_is_gone_when_its_server_is_or_shows_another_or_none():
    assert play(wire.find(ID), (get(SHOWN), ok(SERVER_WITH_CLIENT)), told()[0])["server"] == SERVER
    assert play(wire.find(ID), (get(SHOWN), NotFound("gone"))) is None
    assert play(wire.find(ID), (get(SHOWN), ok({"id": SERVER}))) is None
    assert play(wire.find(ID), (get(SHOWN), ok({"oauthClient": {"clientId": "wlpOther"}}))) is None


# -- making --------------------------------------------------------------------------------------------------------


def test_creating_enables_waits_and_registers_the_keys():
    made = play(
        wire.create(document(key(), key(1, "inactive"))),
        (ENABLE, ok(status=201)),
        (Wait(SHOWN), SERVER_WITH_CLIENT),
        *told(),
        noting(**sent(0)),
        registered(0),
        noting(**known(0)),
        noting(**known(0), **sent(1, "INACTIVE")),
        registered(1, "INACTIVE"),
        noting(**known(0), **known(1, "INACTIVE")),
    )
    assert made == ID


def test_a_client_that_is_there_is_taken_over_and_a_lost_answer_is_asked_for_again():
    shown = (Wait(SHOWN), SERVER_WITH_CLIENT)
    assert play(wire.create(document()), (ENABLE, CallRefused("there is one", status=409)), shown) == ID
    again = (ENABLE, CallRefused("there is one", status=409))
    assert play(wire.create(document()), (ENABLE, OutcomeUnknown("reset")), again, shown) == ID
    with pytest.raises(CallRefused, match="not allowed"):
        play(wire.create(document()), (ENABLE, CallRefused("not allowed", status=400)))
    with pytest.raises(NotFound):
        play(wire.create(document()), (ENABLE, ok()), (Wait(SHOWN), None))


# -- removing ------------------------------------------------------------------------------------------------------


def gone(client=None):
    return (Wait(SHOWN), {"id": SERVER, **({"oauthClient": client} if client else {})})


def test_a_client_goes_after_its_keys_and_is_forgotten():
    play(
        KIND.wire.move(ID, "delete", State.DELETED),
        *told(known(1, "INACTIVE")),
        (Call("DELETE", f"{KEYS}/pks1"), ok()),
        noting(),
        (REMOVE, ok()),
        (Note(ABOUT, {}), None),
        gone({"clientId": "wlpNewer"}),
    )
    play(
        KIND.wire.move(ID, "delete", State.DELETED),
        *told(),
        (REMOVE, NotFound("gone")),
        (Note(ABOUT, {}), None),
        (Wait(SHOWN), None),
    )


def test_what_okta_says_about_the_client_is_passed_on():
    with pytest.raises(CallRefused, match="it has connections"):
        play(
            KIND.wire.move(ID, "delete", State.DELETED),
            *told(),
            (REMOVE, CallRefused("it has connections", status=409)),
        )
