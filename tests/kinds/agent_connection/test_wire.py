import pytest

from reconciler.core.document import Ref
from reconciler.core.errors import CallRefused, NotFound, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.kinds import KINDS
from reconciler.kinds.agent_connection import KIND, wire
from tests.support.build import (
    agent,
    borrowed,
    connection,
    external,
    mcp,
    okta,
    orn,
    raw_agent,
    raw_connection,
    records,
    registration,
    wish,
)
from tests.support.flows import Call, Items, Wait, get, ok, play

MCP, CUSTOM, STS = "IDENTITY_ASSERTION_MCP_SERVER", "IDENTITY_ASSERTION_CUSTOM_AS", "STS_ACCESS_TOKEN"
AGENT = "wlpSupport0000000000"
AGENTS = "/workload-principals/api/v1/ai-agents"
ROOT = f"{AGENTS}/{AGENT}/connections"
HERE, ID = f"{ROOT}/mcn1", f"{AGENT}/mcn1"
SERVER, SETTINGS, CUSTOM_AS = f"ems{'jira':0<17}", "rsc1", "aus1"
SERVER_ORN = orn(f"directory:ORG:resource-servers:mcp:{SERVER}")
SETTINGS_ORN = orn(f"idp:ORG:client_auth_settings:{SETTINGS}")
CUSTOM_ORN = orn(f"idp:ORG:authorization_servers:{CUSTOM_AS}")


def written(each):
    world = wish(
        external(),
        okta(),
        borrowed(),
        agent(),
        registration(),
        mcp(authorizationServers=["idp", "agents"]),
        mcp("plain"),
    )
    return wire.to_document(each, world, KINDS)


# -- documents -----------------------------------------------------------------------------------------------------


def test_a_connection_to_an_mcp_server_names_the_only_authorization_server_that_offers_xaa():
    assert written(connection()) == {
        "agent": {"$ref": "AiAgent.support#id"},
        "connectionType": MCP,
        "resource": {"$ref": "McpServer.jira#id"},
        "authorizationServer": {"$ref": "AuthorizationServer.agents#id"},
        "scopeCondition": "ALL_SCOPES",
        "scopes": [],
    }


def test_an_external_authorization_server_is_named_by_its_row_and_none_where_none_is_known():
    named = written(connection(authorizationServer="idp"))
    assert named["authorizationServer"] == {"$ref": "McpServer.jira#row https://idp.example.com"}
    assert written(connection(authorizationServer="corp"))["authorizationServer"] == {
        "$ref": "AuthorizationServer.corp#id"
    }
    assert "authorizationServer" not in written(connection(mcpServer="plain"))


def test_the_other_types_say_what_they_are_to_and_lists_are_sets():
    sts = written(connection(type=STS, clientRegistration="jira", scopeCondition="EXCLUDE", scopes=["b", "a", "b"]))
    assert sts["resource"] == {"$ref": "ClientRegistration.jira#id"}
    assert sts["scopes"] == ["a", "b"]
    custom = written(connection(type=CUSTOM, authorizationServer="agents", resourceIndicator="https://a.example.com"))
    assert custom["resource"] == {"$ref": "AuthorizationServer.agents#id"}
    assert custom["resourceIndicator"] == "https://a.example.com"
    assert "authorizationServer" not in custom


def test_keys_tell_documents_apart_by_names_and_live_objects_by_ids():
    spec = connection().spec
    assert wire.natural_key(spec) == "support McpServer.jira"
    assert wire.live_key(spec, lambda ref: AGENT if ref.address.kind == "AiAgent" else SERVER) == f"{AGENT} {SERVER}"
    assert wire.live_key(spec, Ref.to_json) == ""


def test_the_kind_leans_on_agent_resource_and_chosen_server():
    each = connection(authorizationServer="agents", state="inactive")
    assert [str(address) for address in KIND.references(each.spec)] == [
        "AiAgent.support",
        "McpServer.jira",
        "AuthorizationServer.agents",
    ]
    assert [str(address) for address in KIND.references(connection().spec)] == ["AiAgent.support", "McpServer.jira"]
    assert KIND.goal(each.spec) is State.INACTIVE
    assert KIND.stands_alone(each.spec)
    assert not KIND.borrowed(each.spec)
    assert (KIND.offers(each.spec), KIND.lends(each)) == (frozenset(), {})
    record = wire.record(raw_connection())
    assert KIND.observe(record, {}) is record.document
    assert not list(KIND.ready(record, {}))


def test_an_answer_is_read_by_the_settings_where_it_names_them():
    """A request of the STS type names the settings, its answer the server, and the settings beside it (§1.8)."""
    raw = raw_connection(
        connectionType=STS,
        resource={
            "resourceType": "MCP_SERVER",
            "orn": SERVER_ORN,
            "mcpServerId": SERVER,
            "clientAuthSettings": {"orn": SETTINGS_ORN},
        },
        scopeCondition="INCLUDE_ONLY",
        scopes=["b", "a"],
    )
    record = wire.record(raw)
    assert (record.id, record.key, record.state) == (ID, f"{AGENT} {SETTINGS}", State.ACTIVE)
    assert (record.document["resource"], record.document["scopes"]) == (SETTINGS, ["a", "b"])
    assert KIND.holds(record) == {SETTINGS, SERVER}


def test_the_authorization_server_is_the_resource_of_a_custom_one_and_a_part_of_an_mcp_one():
    of_mcp = wire.record(raw_connection(authorizationServer={"orn": CUSTOM_ORN, "name": "Agents"}))
    assert (of_mcp.document["resource"], of_mcp.document["authorizationServer"]) == (SERVER, CUSTOM_AS)
    assert of_mcp.document["scopes"] == []
    assert KIND.holds(of_mcp) == {SERVER, CUSTOM_AS}
    of_custom = wire.record(
        raw_connection(
            connectionType=CUSTOM, resource=None, authorizationServer={"orn": CUSTOM_ORN}, resourceIndicator="https://a"
        )
    )
    assert of_custom.document == {
        "agent": AGENT,
        "connectionType": CUSTOM,
        "resource": CUSTOM_AS,
        "scopeCondition": "ALL_SCOPES",
        "scopes": [],
        "resourceIndicator": "https://a",
    }


def test_a_connection_of_an_unknown_shape_still_has_id_key_and_state():
    record = wire.record({"id": "mcn9", "agent": AGENT})
    assert (record.id, record.key, record.state) == (f"{AGENT}/mcn9", f"{AGENT} mcn9", State.ACTIVE)


@pytest.mark.parametrize("kind", [MCP, CUSTOM, STS])
def test_an_imagined_connection_is_as_the_document_says(kind):
    document = {"agent": AGENT, "connectionType": kind, "resource": "x1", "scopeCondition": "EXCLUDE", "scopes": ["a"]}
    if kind == MCP:
        document["authorizationServer"] = CUSTOM_AS
    record = wire.record(wire.imagine(document, ID))
    assert (record.id, record.document) == (ID, document)


# -- flows ---------------------------------------------------------------------------------------------------------


def test_the_connections_of_an_agent_remember_whose_they_are():
    [owner] = records("AiAgent", [raw_agent()])
    assert play(wire.listing(owner), (Items(ROOT), [{"id": "mcn1"}])) == [{"id": "mcn1", "agent": AGENT}]
    assert play(wire.WIRE.complete({"id": "mcn1"})) == {"id": "mcn1"}
    assert play(wire.WIRE.find(ID), (get(HERE), ok({"id": "mcn1"}))) == {"id": "mcn1", "agent": AGENT}
    assert play(wire.WIRE.find(ID), (get(HERE), NotFound("gone"))) is None
    assert play(wire.WIRE.find("no connection")) is None


WHO = (get(f"{AGENTS}/{AGENT}"), ok(raw_agent()))
TO_SERVER = (get(f"/resource-servers/api/v1/mcp-servers/{SERVER}"), ok({"orn": SERVER_ORN}))
DOCUMENT = {
    "agent": AGENT,
    "connectionType": MCP,
    "resource": SERVER,
    "authorizationServer": CUSTOM_AS,
    "scopeCondition": "ALL_SCOPES",
    "scopes": [],
}
BODY = {
    "connectionType": MCP,
    "resource": {"orn": SERVER_ORN},
    "authorizationServer": {"orn": CUSTOM_ORN},
    "scopeCondition": "ALL_SCOPES",
    "scopes": ["*"],
}


def test_a_connection_is_made_with_names_that_the_organisation_gave():
    assert play(wire.create(DOCUMENT), WHO, TO_SERVER, (Call("POST", ROOT, BODY), ok({"id": "mcn1"}, 201))) == ID
    plain = {key: value for key, value in DOCUMENT.items() if key != "authorizationServer"}
    body = {key: value for key, value in BODY.items() if key != "authorizationServer"}
    play(wire.create(plain), WHO, TO_SERVER, (Call("POST", ROOT, body), ok({"id": "mcn1"}, 201)))


def test_a_connection_through_a_client_registration_names_the_settings():
    document = {**DOCUMENT, "connectionType": STS, "resource": SETTINGS, "scopeCondition": "EXCLUDE", "scopes": ["a"]}
    del document["authorizationServer"]
    body = {"connectionType": STS, "resource": {"orn": SETTINGS_ORN}, "scopeCondition": "EXCLUDE", "scopes": ["a"]}
    there = (get(f"/resource-servers/api/v1/client-auth-settings/{SETTINGS}"), ok({"orn": SETTINGS_ORN}))
    play(wire.create(document), WHO, there, (Call("POST", ROOT, body), ok({"id": "mcn1"}, 201)))


def test_a_connection_to_a_custom_authorization_server_names_that_alone():
    document = {"agent": AGENT, "connectionType": CUSTOM, "resource": CUSTOM_AS, "resourceIndicator": "https://a"}
    body = {"connectionType": CUSTOM, "authorizationServer": {"orn": CUSTOM_ORN}, "resourceIndicator": "https://a"}
    play(wire.create(document), WHO, (Call("POST", ROOT, body), ok({"id": "mcn1"}, 201)))


def refused(reason):
    return CallRefused("409", status=409, error_code="E0000195", reasons=(reason,))


@pytest.mark.parametrize(
    "trouble", [refused("DUPLICATE_CONNECTION"), refused("UNIQUE_CONSTRAINT"), OutcomeUnknown("reset")]
)
def test_a_connection_that_exists_is_taken_over_and_made_as_wished(trouble):
    there = raw_connection(authorizationServer={"orn": CUSTOM_ORN}, scopeCondition="EXCLUDE", scopes=["a"])
    assert (
        play(
            wire.create(DOCUMENT),
            WHO,
            TO_SERVER,
            (Call("POST", ROOT, BODY), trouble),
            (Items(ROOT), [raw_connection("mcn0", server="other"), there]),
            (get(HERE), ok(there)),
            (Call("PATCH", HERE, {"scopeCondition": "ALL_SCOPES", "scopes": ["*"]}, merge=True), ok()),
        )
        == ID
    )


def test_a_connection_of_another_type_is_not_taken_over():
    with pytest.raises(CallRefused):
        play(
            wire.create(DOCUMENT),
            WHO,
            TO_SERVER,
            (Call("POST", ROOT, BODY), refused("DUPLICATE_CONNECTION")),
            (Items(ROOT), [raw_connection(connectionType="IDENTITY_ASSERTION_APP_INSTANCE")]),
        )


def test_another_refusal_stays_as_it_was():
    with pytest.raises(CallRefused):
        play(wire.create(DOCUMENT), WHO, TO_SERVER, (Call("POST", ROOT, BODY), refused("INVALID_FORMAT")))


def test_scopes_and_their_condition_are_written_in_place_and_nothing_when_nothing_differs():
    narrow = {"agent": AGENT, "scopeCondition": "INCLUDE_ONLY", "scopes": ["a"]}
    play(
        wire.update(ID, narrow),
        (get(HERE), ok(raw_connection())),
        (Call("PATCH", HERE, {"scopeCondition": "INCLUDE_ONLY", "scopes": ["a"]}, merge=True), ok()),
    )
    play(wire.update(ID, DOCUMENT), (get(HERE), ok(raw_connection())))


def test_moves_wait_until_the_organisation_shows_them():
    play(
        wire.WIRE.move(ID, "deactivate", State.INACTIVE),
        (Call("POST", f"{HERE}/lifecycle/deactivate"), ok({})),
        (Wait(HERE), {"status": "INACTIVE"}),
    )
    play(wire.WIRE.move(ID, "delete", State.DELETED), (Call("DELETE", HERE), ok(status=204)), (Wait(HERE), None))
    play(wire.WIRE.move(ID, "delete", State.DELETED), (Call("DELETE", HERE), NotFound("gone")))
