"""Connections: what can be connected, what may change, and what they hold on to."""

import pytest

from tests.emulator.conftest import AGENTS, CUSTOM, JWT_BEARER, SERVERS, SETTINGS

POTENTIAL = "/workload-principals/api/v1/potential-connections"
TO_MCP, TO_CUSTOM, TO_APP, STS = (
    "IDENTITY_ASSERTION_MCP_SERVER",
    "IDENTITY_ASSERTION_CUSTOM_AS",
    "IDENTITY_ASSERTION_APP_INSTANCE",
    "STS_ACCESS_TOKEN",
)


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


def connect(world, agent, kind, resource=None, **more):
    body = {"connectionType": kind, **({"resource": {"orn": resource}} if resource else {}), **more}
    return world.call("POST", f"{AGENTS}/{agent}/connections", body)


def orn_of(world, server):
    return world.server(server)["orn"]


def test_to_an_mcp_server(world):
    agent, (server, custom) = world.agent(), world.connectable()
    answer = connect(world, agent, TO_MCP, orn_of(world, server))
    assert answer.status_code == 201
    said = answer.json()
    assert said["id"].startswith("mcn")
    assert said["orn"] == f"orn:okta:idp:{world.app.organisation.id}:connections:{said['id']}"
    assert (said["connectionType"], said["status"]) == (TO_MCP, "ACTIVE")
    assert said["resource"] == {
        "resourceType": "MCP_SERVER",
        "orn": orn_of(world, server),
        "name": world.server(server)["resourceUrl"],
        "mcpServerId": server,
        "endpointUrl": world.server(server)["resourceUrl"],
    }
    assert said["authorizationServer"] == {
        "orn": world.orn(custom),
        "name": "Tools",
        "issuerUrl": f"https://emulated.okta.test/oauth2/{custom}",
    }
    assert (said["scopeCondition"], said["scopes"]) == ("ALL_SCOPES", ["*"])
    assert said["resourceIndicator"] == world.server(server)["resourceUrl"], "derived"
    path = f"{AGENTS}/{agent}/connections"
    assert world.http.get(f"{path}/{said['id']}").json() == said
    assert world.http.get(path).json()["data"] == [said]
    given = connect(world, agent, TO_MCP, orn_of(world, server), authorizationServer={"orn": world.orn(custom)})
    assert refused(given, 409, "E0000195")[0]["reason"] == "DUPLICATE_CONNECTION"


def test_sts_names_settings_and_shows_the_server(world):
    agent, server = world.agent(), world.active()
    settings = world.settings(server).json()
    said = connect(world, agent, STS, settings["orn"], scopeCondition="INCLUDE_ONLY", scopes=["read"]).json()
    assert said["resource"]["orn"] == orn_of(world, server), "not what the request named"
    assert said["resource"]["clientAuthSettings"] == {
        "orn": settings["orn"],
        "name": "Provider",
        "_links": {"self": {"href": f"https://emulated.okta.test{SETTINGS}/{settings['id']}"}},
    }
    assert (said["scopeCondition"], said["scopes"]) == ("INCLUDE_ONLY", ["read"])
    refused(world.call("DELETE", f"{SETTINGS}/{settings['id']}"), 409, "E0000195")


def test_to_a_custom_authorization_server_and_to_an_app(world):
    agent, custom = world.agent(), world.custom()["id"]
    said = connect(world, agent, TO_CUSTOM, authorizationServer={"orn": world.orn(custom)}).json()
    assert said["authorizationServer"]["orn"] == world.orn(custom)
    assert "resource" not in said
    refused(connect(world, agent, TO_CUSTOM, world.orn(custom)), 409, "E0000195")
    refused(world.call("DELETE", f"{CUSTOM}/{custom}"), 409, "E0000195")
    app = world.oauth_app()
    to_app = connect(world, agent, TO_APP, app["orn"], issuerUrl="https://issuer.test").json()
    assert to_app["resource"] == {"resourceType": "APP_INSTANCE", "orn": app["orn"], "name": "Trusted client"}
    path = f"{AGENTS}/{agent}/connections/{to_app['id']}"
    assert world.call("PATCH", path, {"issuerUrl": "https://new.test"}).json()["issuerUrl"] == "https://new.test"


@pytest.mark.parametrize("state", ["PENDING", "INACTIVE", "INVALID"])
def test_only_an_active_server_can_be_connected(world, state):
    refused(connect(world, world.agent(), TO_MCP, orn_of(world, world.in_state(state))))


def test_a_server_must_support_what_is_asked_for(world):
    agent, server = world.agent(), world.active()
    refused(connect(world, agent, TO_MCP, orn_of(world, server)))
    settings = world.settings(server).json()["orn"]
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/deactivate"))
    refused(connect(world, agent, STS, settings))
    app = world.oauth_app()
    world.call("POST", f"/api/v1/apps/{app['id']}/lifecycle/deactivate")
    refused(connect(world, agent, TO_APP, app["orn"]))
    custom = world.custom()["id"]
    world.call("POST", f"{CUSTOM}/{custom}/lifecycle/deactivate")
    refused(connect(world, agent, TO_CUSTOM, authorizationServer={"orn": world.orn(custom)}))


@pytest.mark.parametrize("kind", [TO_MCP, TO_CUSTOM, TO_APP, STS])
def test_the_resource_must_exist(world, kind):
    causes = refused(connect(world, world.agent(), kind, "orn:okta:idp:00oX:things:X"))
    assert causes[0]["reason"] == "INVALID_FORMAT"
    refused(connect(world, world.agent("Other"), kind))


def test_the_authorization_server_must_be_attached(world):
    agent, (server, _) = world.agent(), world.connectable()
    other = world.orn(world.custom("Other")["id"])
    refused(connect(world, agent, TO_MCP, orn_of(world, server), authorizationServer={"orn": other}))


@pytest.mark.parametrize(
    "more",
    [
        {"scopeCondition": "SOME"},
        {"scopeCondition": "INCLUDE_ONLY"},
        {"scopeCondition": "EXCLUDE", "scopes": []},
        {"scopes": ["read"]},
        {"issuerUrl": "https://a.test"},
        {"authorizationServer": "orn"},
        {"flavour": "sweet"},
    ],
)
def test_validation(world, more):
    agent, (server, _) = world.agent(), world.connectable()
    refused(connect(world, agent, TO_MCP, orn_of(world, server), **more))


def test_types(world):
    agent = world.agent()
    refused(connect(world, agent, "MAGIC"))
    for kind in ("IDENTITY_ASSERTION_A2A_SERVER", "IDENTITY_ASSERTION_VIRTUAL_MCP_SERVER", "STS_VAULT_SECRET"):
        assert "does not support" in refused(connect(world, agent, kind, "orn:x"))[0]["errorSummary"]


def test_scopes_change_in_place_and_nothing_else(world):
    agent, (server, _) = world.agent(), world.connectable()
    path = f"{AGENTS}/{agent}/connections/{connect(world, agent, TO_MCP, orn_of(world, server)).json()['id']}"
    now = world.call("PATCH", path, {"scopeCondition": "EXCLUDE", "scopes": ["admin"]}).json()
    assert (now["scopeCondition"], now["scopes"]) == ("EXCLUDE", ["admin"])
    assert world.call("PATCH", path, {"scopes": ["other"]}).json()["scopes"] == ["other"]
    assert world.call("PATCH", path, {"scopeCondition": "ALL_SCOPES"}).json()["scopes"] == ["*"]
    named = world.call("PATCH", path, {"resourceIndicator": "https://other.test"}).json()
    assert named["resourceIndicator"] == "https://other.test"
    reset = world.call("PATCH", path, {"resourceIndicator": None}).json()
    assert reset["resourceIndicator"] == world.server(server)["resourceUrl"]
    for patch in (
        {"connectionType": STS},
        {"resource": {"orn": "orn:x"}},
        {"authorizationServer": {"orn": "orn:x"}},
        {"issuerUrl": "https://a.test"},
        {"status": "INACTIVE"},
        {"scopeCondition": "INCLUDE_ONLY", "scopes": None},
    ):
        refused(world.call("PATCH", path, patch))


def test_lifecycle_and_delete_in_any_state(world):
    agent, (server, _) = world.agent(), world.connectable()
    path = f"{AGENTS}/{agent}/connections/{connect(world, agent, TO_MCP, orn_of(world, server)).json()['id']}"
    for verb, status in (("deactivate", "INACTIVE"), ("deactivate", "INACTIVE"), ("activate", "ACTIVE")):
        assert world.call("POST", f"{path}/lifecycle/{verb}").json()["status"] == status
    assert world.call("DELETE", path).status_code == 204
    refused(world.http.get(path), 404, "E0000007")


def test_a_connected_server_cannot_be_deleted(world):
    agent, (server, _) = world.agent(), world.connectable()
    path = f"{AGENTS}/{agent}/connections/{connect(world, agent, TO_MCP, orn_of(world, server)).json()['id']}"
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/deactivate"))
    refused(world.call("DELETE", f"{SERVERS}/{server}"), 409, "E0000195")
    world.call("DELETE", path)
    assert world.settle(world.call("DELETE", f"{SERVERS}/{server}"))["status"] == "COMPLETED"


def test_a_server_that_is_connected_by_its_settings_cannot_be_deleted(world):
    agent, server = world.agent(), world.active()
    assert connect(world, agent, STS, world.settings(server).json()["orn"]).status_code == 201
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/deactivate"))
    refused(world.call("DELETE", f"{SERVERS}/{server}"), 409, "E0000195")


def test_connections_go_with_their_agent(world):
    agent, (server, _) = world.agent(), world.connectable()
    connect(world, agent, TO_MCP, orn_of(world, server))
    world.settle(world.call("POST", f"{AGENTS}/{agent}/lifecycle/deactivate"))
    world.settle(world.call("DELETE", f"{AGENTS}/{agent}"))
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/deactivate"))
    assert world.call("DELETE", f"{SERVERS}/{server}").status_code == 202


def test_potential_connections(world):
    (server, custom), plain = world.connectable(), world.active()
    settings = world.settings(plain).json()
    app = world.oauth_app()

    def found(kind):
        answer = world.http.get(POTENTIAL, params={"filter": f'connectionType eq "{kind}"'})
        assert answer.status_code == 200, answer.text
        return [one["resource"] for one in answer.json()["data"]]

    assert [one["mcpServerId"] for one in found(TO_MCP)] == [server]
    assert [one["clientAuthSettings"]["orn"] for one in found(STS)] == [settings["orn"]]
    assert [one["orn"] for one in found(TO_APP)] == [app["orn"]]
    assert world.orn(custom) in [one["orn"] for one in found(TO_CUSTOM)]
    refused(world.http.get(POTENTIAL), 400, "E0000028")
    for bad in ('connectionType eq "MAGIC"', "connectionType", 'status eq "ACTIVE"'):
        causes = refused(world.http.get(POTENTIAL, params={"filter": bad}), 400, "E0000031")
        assert causes[0]["reason"] == "INVALID_FILTER"
    refused(world.http.get(POTENTIAL, params={"filter": 'connectionType eq "STS_VAULT_SECRET"'}))


def test_an_external_authorization_server_can_offer_xaa(world, site):
    chaining = site.issue(
        grant_types_supported=[JWT_BEARER],
        identity_chaining_requested_token_types_supported=["urn:ietf:params:oauth:token-type:id-jag"],
        authorization_endpoint=None,
    )
    server = world.settle(world.register(site.protect(chaining)))["resource"]["id"]
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/activate"))
    said = connect(world, world.agent(), TO_MCP, orn_of(world, server)).json()
    assert "authorizationServer" not in said
