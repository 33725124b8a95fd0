import pytest

from reconciler.core.address import Address
from reconciler.core.document import Ref
from reconciler.core.errors import CallRefused, MadeTwice, NotFound, OutcomeUnknown
from reconciler.core.flows import LAG_SECONDS
from reconciler.core.lifecycle import State
from reconciler.core.secret import SecretRef
from reconciler.core.wire import Pause
from reconciler.kinds import KINDS
from reconciler.kinds.client_registration import KIND, wire
from tests.support.build import app, external, mcp, orn, raw_registration, registration, row, wish
from tests.support.flows import Call, Items, Wait, get, ok, play

ROOT = "/resource-servers/api/v1/client-auth-settings"
HERE = f"{ROOT}/rsc1"
SERVER = f"ems{'jira':0<17}"
SERVERS = f"/resource-servers/api/v1/mcp-servers/{SERVER}"
SERVER_ORN = orn(f"directory:ORG:resource-servers:mcp:{SERVER}")
ROW_ORN = orn(f"idp:ORG:authorization_servers:{row()['id']}")
SECRET = SecretRef("env", "JIRA_SECRET")
DOCUMENT = {
    "mcpServer": SERVER,
    "authorizationServer": row()["id"],
    "registration": "static",
    "clientId": "client-1",
    "clientSecret": SECRET.to_json(),
    "name": "jira",
}
BODY = {
    "name": "jira",
    "registrationType": "MANUAL",
    "resourceServerOrn": SERVER_ORN,
    "authorizationServerOrn": ROW_ORN,
    "clientId": "client-1",
    "clientSecret": SECRET,
}
NAMED = (get(SERVERS), ok({"orn": SERVER_ORN}))
ALONE = (Items(ROOT), [raw_registration()])
NONE_YET = (Items(ROOT), [raw_registration("rsc0", clientId="other")])


def written(each):
    return wire.to_document(each, wish(external(), mcp(), app()), KINDS)


# -- documents -----------------------------------------------------------------------------------------------------


def test_the_document_holds_references_and_where_the_secret_is_but_no_secret():
    assert written(registration(scopes=["write", "read", "write"])) == {
        "mcpServer": {"$ref": "McpServer.jira#id"},
        "authorizationServer": {"$ref": "McpServer.jira#row https://idp.example.com"},
        "registration": "static",
        "clientId": "client-1",
        "clientSecret": {"$secret": "env:JIRA_SECRET", "generation": 1},
        "name": "jira",
        "scopes": ["read", "write"],
    }


def test_a_secret_may_be_in_a_file_and_is_counted():
    document = written(registration(clientSecret={"fromFile": "/run/secrets/jira", "generation": 7}))
    assert document["clientSecret"] == {"$secret": "file:/run/secrets/jira", "generation": 7}


def test_dynamic_registration_says_nothing_of_credentials():
    assert written(registration(registration="dynamic", displayName="Jira")) == {
        "mcpServer": {"$ref": "McpServer.jira#id"},
        "authorizationServer": {"$ref": "McpServer.jira#row https://idp.example.com"},
        "registration": "dynamic",
        "name": "Jira",
    }


def test_the_client_id_of_an_app_is_the_apps_to_say():
    document = written(registration(app="client"))
    assert document["clientId"] == {"$ref": "ClientApp.client#clientId"}
    assert document["app"] == {"$ref": "ClientApp.client#id"}


def test_keys_tell_documents_apart_by_names_and_live_objects_by_ids():
    static, dynamic, by_app = (
        registration().spec,
        registration(registration="dynamic").spec,
        registration(app="c").spec,
    )
    assert wire.natural_key(static) == "jira idp client-1"
    assert wire.natural_key(dynamic) == "jira idp dynamic"
    assert wire.natural_key(by_app) == "jira idp app c"

    def known(ref):
        return {"McpServer.jira#id": SERVER, "ClientApp.c#clientId": "0oa1"}[f"{ref.address}#{ref.attribute}"]

    assert wire.live_key(static, known) == f"{SERVER} client-1" == wire.record(raw_registration()).key
    assert wire.live_key(dynamic, known) == f"{SERVER} dynamic"
    assert wire.live_key(by_app, known) == f"{SERVER} 0oa1"
    assert wire.live_key(static, Ref.to_json) == ""
    dynamic_live = raw_registration(registrationType="DYNAMIC", clientId="given")
    assert wire.record(dynamic_live).key == f"{SERVER} dynamic"
    assert "clientId" not in wire.record(dynamic_live).document


@pytest.mark.parametrize("document", [DOCUMENT, {**DOCUMENT, "scopes": ["read"], "name": "x"}])
def test_imagined_settings_are_as_the_document_says_and_hold_no_secret(document):
    record = wire.record(wire.imagine(document, "rsc1"))
    said = {key: value for key, value in document.items() if key != "clientSecret"}
    assert record.document == {"scopes": [], **said}
    assert (record.id, record.state, record.facts["id"]) == ("rsc1", State.ACTIVE, "rsc1")


def test_a_secret_that_an_organisation_should_show_is_not_kept():
    assert "hunter2" not in repr(wire.record(raw_registration(clientSecret="hunter2", x=1)))


def test_settings_without_details_still_have_an_id():
    record = wire.record({"id": "rsc1"})
    assert (record.id, record.document) == ("rsc1", {"registration": "static", "scopes": []})


def test_the_kind_leans_on_server_issuer_and_app():
    each = registration(app="client")
    assert [str(address) for address in KIND.references(each.spec)] == [
        "AuthorizationServer.idp",
        "McpServer.jira",
        "ClientApp.client",
    ]
    assert KIND.references(registration().spec)[-1] == Address("McpServer", "jira")
    assert KIND.stands_alone(each.spec)
    assert not KIND.borrowed(each.spec)
    assert KIND.goal(each.spec) is State.ACTIVE
    assert (KIND.offers(each.spec), KIND.lends(each)) == (frozenset(), {})
    record = wire.record(raw_registration())
    assert KIND.observe(record, {}) is record.document
    assert not list(KIND.ready(record, {}))


# -- flows ---------------------------------------------------------------------------------------------------------


def test_settings_are_read_whole_or_are_gone():
    assert play(wire.WIRE.listing(), (Items(ROOT), [raw_registration()])) == [raw_registration()]
    assert play(wire.WIRE.complete({"id": "rsc1"})) == {"id": "rsc1"}
    assert play(wire.WIRE.find("rsc1"), (get(HERE), ok(raw_registration()))) == raw_registration()
    assert play(wire.WIRE.find("rsc1"), (get(HERE), NotFound("gone"))) is None


def test_settings_are_made_with_names_that_the_organisation_gave_and_the_secret_as_a_reference():
    made = play(wire.create(DOCUMENT), NONE_YET, NAMED, (Call("POST", ROOT, BODY), ok({"id": "rsc1"}, 201)), ALONE)
    assert made == "rsc1"


def test_with_dynamic_registration_no_credentials_are_sent():
    document = {k: v for k, v in DOCUMENT.items() if not k.startswith("client")} | {"registration": "dynamic"}
    body = {k: v for k, v in BODY.items() if not k.startswith("client")} | {"registrationType": "DYNAMIC"}
    play(wire.create(document), (Items(ROOT), []), NAMED, (Call("POST", ROOT, body), ok({"id": "rsc1"}, 201)), ALONE)


def test_settings_that_exist_are_never_made_twice():
    with pytest.raises(CallRefused, match="rsc1"):
        play(wire.create(DOCUMENT), (Items(ROOT), [raw_registration()]))


def test_settings_that_came_twice_are_named_and_never_deleted():
    made = (Call("POST", ROOT, BODY), ok({"id": "rsc1"}, 201))
    twice = (Items(ROOT), [raw_registration(), raw_registration("rsc2")])
    with pytest.raises(MadeTwice, match="was made as rsc1, and is there as rsc2 too"):
        play(wire.create(DOCUMENT), NONE_YET, NAMED, made, twice, (Pause(LAG_SECONDS), None), twice)


def test_a_create_whose_outcome_is_unknown_is_looked_up():
    lost = (Call("POST", ROOT, BODY), OutcomeUnknown("reset"))
    assert play(wire.create(DOCUMENT), NONE_YET, NAMED, lost, ALONE, ALONE) == "rsc1"
    with pytest.raises(OutcomeUnknown):
        play(wire.create(DOCUMENT), NONE_YET, NAMED, lost, (Items(ROOT), []))


SECRETS = "/api/v1/apps/0oa1/credentials/secrets"
OF_APP = {**DOCUMENT, "app": "0oa1", "clientId": "0oa1"}
OLD = {"id": "ocs1", "status": "ACTIVE", "created": "1"}
RETIRED = (
    (Call("POST", f"{SECRETS}/ocs1/lifecycle/deactivate"), ok()),
    (Call("DELETE", f"{SECRETS}/ocs1"), ok(status=204)),
)


def test_an_app_gets_the_secret_before_and_loses_its_first_one_after_the_settings_use_it():
    play(
        wire.create(OF_APP),
        NONE_YET,
        (Items(SECRETS), [OLD]),
        (Call("POST", SECRETS, {"client_secret": SECRET}), ok(status=201)),
        NAMED,
        (Call("POST", ROOT, BODY | {"clientId": "0oa1"}), ok({"id": "rsc1"}, 201)),
        (Items(ROOT), [raw_registration(clientId="0oa1")]),
        *RETIRED,
    )


def test_a_secret_is_renewed_in_the_documented_order_add_switch_deactivate_delete():
    play(
        wire.update("rsc1", OF_APP),
        (get(HERE), ok(raw_registration(clientId="0oa1", lastUpdated="2"))),
        (Items(SECRETS), [OLD]),
        (Call("POST", SECRETS, {"client_secret": SECRET}), ok(status=201)),
        (Call("PATCH", HERE, {"clientSecret": SECRET}, merge=True), ok()),
        *RETIRED,
    )


def test_name_scopes_and_secret_are_written_in_place_and_only_as_far_as_they_differ():
    patch = {"scopes": ["write"], "clientSecret": SECRET}
    play(
        wire.update("rsc1", DOCUMENT | {"scopes": ["write"]}),
        (get(HERE), ok(raw_registration())),
        (Call("PATCH", HERE, patch, merge=True), ok()),
    )
    play(
        wire.update("rsc1", {"name": "new"}),
        (get(HERE), ok(raw_registration())),
        (Call("PATCH", HERE, {"name": "new"}, merge=True), ok()),
    )
    play(wire.update("rsc1", {"name": "jira"}), (get(HERE), ok(raw_registration())))


def test_deleting_waits_until_it_is_gone_and_is_fine_when_it_was():
    play(wire.WIRE.move("rsc1", "delete", State.DELETED), (Call("DELETE", HERE), ok(status=204)), (Wait(HERE), None))
    play(wire.WIRE.move("rsc1", "delete", State.DELETED), (Call("DELETE", HERE), NotFound("gone")))
