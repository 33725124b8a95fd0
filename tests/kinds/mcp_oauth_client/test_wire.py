import pytest

from reconciler.core.errors import CallRefused, NotFound, NotOffered, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.core.wire import Note, Noted
from reconciler.kinds.mcp_oauth_client import KIND, wire
from tests.support.build import key, oauth_client, raw_client, raw_mcp, records
from tests.support.flows import Call, Items, Wait, get, ok, play

SERVER, CLIENT = f"ems{'jira':0<17}", "wlpJira0000000000000"
ID = f"{SERVER}/{CLIENT}"
HOME = f"/workload-principals/api/v1/mcp-servers/{SERVER}"
SHOWN = f"/resource-servers/api/v1/mcp-servers/{SERVER}"
KEYS = f"{HOME}/credentials/jwks"
ENABLE = Call("POST", f"{HOME}/oauth-client")
REMOVE = Call("DELETE", f"{HOME}/oauth-client")
ABOUT = ("McpOAuthClient", ID)
SERVER_WITH_CLIENT = {"id": SERVER, "oauthClient": {"clientId": CLIENT, "orn": "orn:x", "status": "ACTIVE"}}
THERE = CallRefused("it is there", status=409, reasons=("UNIQUE_CONSTRAINT",))
LAST = CallRefused("the last one", status=409, reasons=("DEACTIVATE_NOT_ALLOWED",))


def document(*keys):
    return wire.to_document(oauth_client(keys=list(keys)) if keys else oauth_client()) | {"mcpServer": SERVER}


def jwk(number, status="ACTIVE"):
    return {**key(number)["publicKey"], "status": status}


def known(number, status="ACTIVE"):
    thumbprint = document(key(number))["keys"][f"key-{number}"]["thumbprint"]
    return {f"key-{number}": {"id": f"pks{number}", "status": status, "thumbprint": thumbprint}}


def noting(**keys):
    return (Note(ABOUT, {"keys": keys}), None)


def registered(number, status="ACTIVE"):
    return (Call("POST", KEYS, jwk(number, status)), ok({"id": f"pks{number}", "status": status}, 201))


def told(*keys):
    return (Noted(ABOUT), {"keys": {name: each for part in keys for name, each in part.items()}})


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
    whole = play(KIND.wire.complete(raw), told(known(0)))
    assert wire.record(whole).document["keys"]["key-0"]["state"] == "ACTIVE"


def test_a_client_is_gone_when_its_server_is_or_shows_another_or_none():
    assert play(wire.find(ID), (get(SHOWN), ok(SERVER_WITH_CLIENT)), told())["server"] == SERVER
    assert play(wire.find(ID), (get(SHOWN), NotFound("gone"))) is None
    assert play(wire.find(ID), (get(SHOWN), ok({"id": SERVER}))) is None
    assert play(wire.find(ID), (get(SHOWN), ok({"oauthClient": {"clientId": "wlpOther"}}))) is None


# -- making --------------------------------------------------------------------------------------------------------


def test_creating_enables_waits_and_registers_the_keys():
    made = play(
        wire.create(document(key(), key(1, "inactive"))),
        (ENABLE, ok(status=201)),
        (Wait(SHOWN), SERVER_WITH_CLIENT),
        told(),
        registered(0),
        noting(**known(0)),
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


# -- renewing ------------------------------------------------------------------------------------------------------


def test_renewing_lists_both_keys_for_a_while_and_the_old_one_goes_last():
    play(
        KIND.wire.update(ID, document(key(0), key(1))),
        told(known(0)),
        registered(1),
        noting(**known(0), **known(1)),
    )
    play(
        KIND.wire.update(ID, document(key(1))),
        told(known(0), known(1)),
        (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), ok()),
        noting(**known(0, "INACTIVE"), **known(1)),
        (Call("DELETE", f"{KEYS}/pks0"), ok()),
        noting(**known(1)),
    )


def test_a_key_is_activated_before_another_is_deactivated():
    play(
        KIND.wire.update(ID, document(key(0, "inactive"), key(1))),
        told(known(0), known(1, "INACTIVE")),
        (Call("POST", f"{KEYS}/pks1/lifecycle/activate"), ok()),
        noting(**known(0), **known(1)),
        (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), ok()),
        noting(**known(0, "INACTIVE"), **known(1)),
    )
    play(KIND.wire.update(ID, document(key(1))), told(known(1)))
    play(KIND.wire.update(ID, document()))


def test_a_key_cannot_change_under_its_name():
    with pytest.raises(CallRefused, match="kid of its own"):
        play(KIND.wire.update(ID, document(key(1, kid="key-0"))), told(known(0)))


def test_a_key_that_is_there_keeps_its_id_where_keys_are_listed_and_has_none_where_not():
    seen = [{"id": "pks9", "kid": "other"}, {"id": "pks7", "kid": "key-0", "status": "INACTIVE"}]
    post, thumbprint = Call("POST", KEYS, jwk(0)), known(0)["key-0"]["thumbprint"]
    play(
        KIND.wire.update(ID, document(key(0))),
        told(),
        (post, OutcomeUnknown("reset")),
        (post, THERE),
        (Items(KEYS), seen),
        noting(**{"key-0": {"id": "pks7", "status": "INACTIVE", "thumbprint": thumbprint}}),
        (Call("POST", f"{KEYS}/pks7/lifecycle/activate"), ok()),
        noting(**{"key-0": {"id": "pks7", "status": "ACTIVE", "thumbprint": thumbprint}}),
    )
    for error in (CallRefused("no such method", status=405), NotOffered("no such path")):
        nameless = {"key-0": {"id": "", "status": "ACTIVE", "thumbprint": thumbprint}}
        play(KIND.wire.update(ID, document(key(0))), told(), (post, THERE), (Items(KEYS), error), noting(**nameless))
    with pytest.raises(CallRefused, match="too many"):
        play(KIND.wire.update(ID, document(key(0))), told(), (post, CallRefused("too many", status=400)))


def test_a_key_without_an_id_is_left_to_a_person():
    unknown = {"key-0": {**known(0)["key-0"], "id": ""}}
    with pytest.raises(CallRefused, match="Okta console"):
        play(KIND.wire.update(ID, document(key(1))), told(unknown, known(1)))


# -- removing ------------------------------------------------------------------------------------------------------


def gone(client=None):
    return (Wait(SHOWN), {"id": SERVER, **({"oauthClient": client} if client else {})})


def test_keys_go_before_the_client_and_the_last_active_one_as_it_is():
    play(
        KIND.wire.move(ID, "delete", State.DELETED),
        told(known(0), known(1, "INACTIVE")),
        (Call("DELETE", f"{KEYS}/pks1"), ok()),
        noting(**known(0)),
        (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), LAST),
        (Call("DELETE", f"{KEYS}/pks0"), ok()),
        noting(),
        (REMOVE, ok()),
        (Note(ABOUT, {}), None),
        gone(),
    )


def test_a_last_key_that_stays_goes_with_the_client_or_is_why_the_client_stays():
    def until(*rest):
        return play(
            KIND.wire.move(ID, "delete", State.DELETED),
            told(known(0)),
            (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), LAST),
            (Call("DELETE", f"{KEYS}/pks0"), LAST),
            *rest,
        )

    until((REMOVE, ok()), (Note(ABOUT, {}), None), gone({"clientId": "wlpNewer"}))
    with pytest.raises(CallRefused, match="the last one"):
        until((REMOVE, CallRefused("it has keys", status=409)))


def test_what_somebody_has_removed_is_no_obstacle():
    play(
        KIND.wire.move(ID, "delete", State.DELETED),
        told(known(0)),
        (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), NotFound("gone")),
        (Call("DELETE", f"{KEYS}/pks0"), NotFound("gone")),
        noting(),
        (REMOVE, NotFound("gone")),
        (Note(ABOUT, {}), None),
        (Wait(SHOWN), None),
    )


def test_what_okta_says_about_the_client_or_a_key_is_passed_on():
    with pytest.raises(CallRefused, match="it has connections"):
        play(
            KIND.wire.move(ID, "delete", State.DELETED),
            told(),
            (REMOVE, CallRefused("it has connections", status=409)),
        )
    with pytest.raises(CallRefused, match="not now"):
        play(
            KIND.wire.update(ID, document(key(1))),
            told(known(0), known(1)),
            (Call("POST", f"{KEYS}/pks0/lifecycle/deactivate"), CallRefused("not now", status=400)),
        )
