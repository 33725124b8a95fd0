import pytest

from reconciler.core.errors import CallRefused, NotFound
from reconciler.core.lifecycle import State
from reconciler.kinds.client_app import KIND, wire
from tests.support.build import app, raw_app
from tests.support.flows import Call, Items, Wait, get, ok, play

ROOT = "/api/v1/apps"
HERE = f"{ROOT}/0oa1"
CALLBACK = "https://example.okta.com/oauth2/v1/sts/callback"
DOCUMENT = {
    "label": "Client",
    "applicationType": "web",
    "grantTypes": ["authorization_code", "refresh_token"],
    "redirectUris": [CALLBACK],
    "tokenEndpointAuthMethod": "client_secret_basic",
}
BODY = {
    "name": "oidc_client",
    "signOnMode": "OPENID_CONNECT",
    "label": "Client",
    "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_basic"}},
    "settings": {
        "oauthClient": {
            "application_type": "web",
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [CALLBACK],
        }
    },
}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def test_the_document_holds_what_the_author_wrote_and_an_imagined_app_is_as_it_says():
    assert wire.to_document(app()) == DOCUMENT
    record = wire.record(wire.imagine(DOCUMENT, "0oa1"))
    assert (record.id, record.key, record.state, record.document) == ("0oa1", "Client", State.ACTIVE, DOCUMENT)
    assert record.facts["clientId"] == "0oa1"


def test_a_secret_in_an_answer_is_no_part_of_a_record():
    raw = raw_app()
    raw["credentials"]["oauthClient"]["client_secret"] = "hunter2hunter2"
    assert "hunter2" not in repr(wire.record(raw))


def test_an_app_without_details_still_has_id_label_and_state():
    record = wire.record({"id": "0oa1", "label": "Client"})
    assert (record.key, record.state, record.facts) == ("Client", State.ACTIVE, {"id": "0oa1"})


def test_grants_that_the_app_of_an_agent_has_anyway_are_neither_compared_nor_taken_away():
    """Okta refuses to let an agent's app drop them (okta-api §5 quirk 27)."""
    raw = raw_app()
    raw["settings"]["oauthClient"]["grant_types"] = ["authorization_code", EXCHANGE, "refresh_token"]
    assert wire.observe(wire.record(raw), DOCUMENT)["grantTypes"] == DOCUMENT["grantTypes"]
    asked = [*DOCUMENT["grantTypes"], EXCHANGE]
    assert EXCHANGE in wire.observe(wire.record(raw), DOCUMENT | {"grantTypes": asked})["grantTypes"]
    play(wire.update("0oa1", {"grantTypes": DOCUMENT["grantTypes"]}), (get(HERE), ok(raw)))


def test_only_oauth_clients_are_listed():
    apps = [{"id": "0oa1", "name": "oidc_client"}, {"id": "0oa2", "name": "saml_app"}]
    assert play(wire.WIRE.listing(), (Items(ROOT), apps)) == apps[:1]


def test_an_app_is_read_by_id_and_none_when_it_is_gone():
    assert play(wire.WIRE.find("0oa1"), (get(HERE), ok(raw_app()))) == raw_app()
    assert play(wire.WIRE.find("0oa1"), (get(HERE), NotFound("gone"))) is None
    assert play(wire.WIRE.complete({"id": "0oa1"})) == {"id": "0oa1"}


NAMESAKES = Items(f"{ROOT}?q=Client")


def test_an_app_is_made_after_a_look_for_its_label():
    play(
        wire.create(DOCUMENT),
        (NAMESAKES, [{"label": "Client 2"}]),
        (Call("POST", ROOT, BODY), ok({"id": "0oa1"})),
    )


def test_a_label_that_is_taken_is_said_in_a_sentence_and_nothing_is_sent():
    with pytest.raises(CallRefused, match=r"another app with the label 'Client'.*Choose another label"):
        play(wire.create(DOCUMENT), (NAMESAKES, [{"label": "Client"}]))


def test_a_label_that_okta_finds_taken_is_said_in_the_same_sentence():
    clash = CallRefused("400 E0000040", status=400, error_code="E0000040")
    with pytest.raises(CallRefused, match="labels are unique"):
        play(wire.create(DOCUMENT), (NAMESAKES, []), (Call("POST", ROOT, BODY), clash))


def test_another_refusal_stays_as_it_was():
    refusal = CallRefused("400 E0000001", status=400, error_code="E0000001")
    with pytest.raises(CallRefused, match="E0000001"):
        play(wire.create(DOCUMENT), (NAMESAKES, []), (Call("POST", ROOT, BODY), refusal))


def test_an_update_sends_back_the_whole_app_with_its_keys_and_without_a_secret():
    """`PUT` forgets what it is not told, and keys have to be repeated each time (okta-api §5 quirk 25)."""
    raw = raw_app(profile={"note": "kept"})
    keys = {"keys": [{"kid": "k1"}]}
    raw["settings"]["oauthClient"]["jwks"] = keys
    raw["settings"]["implicitAssignment"] = True
    raw["credentials"]["oauthClient"]["client_secret"] = "hunter2hunter2"
    sent = {
        **BODY,
        "profile": {"note": "kept"},
        "credentials": {
            "oauthClient": {
                "client_id": "0oa1",
                "token_endpoint_auth_method": "client_secret_basic",
                "pkce_required": False,
            }
        },
        "settings": {
            "implicitAssignment": True,
            "oauthClient": {**BODY["settings"]["oauthClient"], "consent_method": "TRUSTED", "jwks": keys},
        },
    }
    play(wire.update("0oa1", DOCUMENT | {"pkceRequired": False}), (get(HERE), ok(raw)), (Call("PUT", HERE, sent), ok()))


def test_an_update_that_differs_in_nothing_writes_nothing():
    play(wire.update("0oa1", {"label": "Client"}), (get(HERE), ok(raw_app())))


def test_moves_wait_until_the_organisation_shows_them():
    play(
        wire.WIRE.move("0oa1", "deactivate", State.INACTIVE),
        (Call("POST", f"{HERE}/lifecycle/deactivate"), ok({})),
        (Wait(HERE), {"status": "INACTIVE"}),
    )
    play(wire.WIRE.move("0oa1", "delete", State.DELETED), (Call("DELETE", HERE), ok(status=204)), (Wait(HERE), None))
    play(wire.WIRE.move("0oa1", "delete", State.DELETED), (Call("DELETE", HERE), NotFound("gone")))


def test_an_app_is_found_by_its_label_and_leans_on_nothing():
    each = app(state="inactive")
    record = wire.record(raw_app())
    assert KIND.natural_key(each.spec) == "Client"
    assert KIND.goal(each.spec) is State.INACTIVE
    assert KIND.stands_alone(each.spec)
    assert not KIND.borrowed(each.spec)
    assert (KIND.references(each.spec), KIND.offers(each.spec), KIND.lends(each)) == ((), frozenset(), {})
    assert KIND.document(each, {}, {}) == DOCUMENT
    assert not list(KIND.ready(record, DOCUMENT))
