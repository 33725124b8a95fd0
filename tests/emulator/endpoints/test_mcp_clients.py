"""MCP servers as OAuth clients, and delegation links to them."""

import pytest

from tests.emulator.conftest import SERVERS, public_jwk

PRINCIPALS = "/workload-principals/api/v1"
LINKS = f"{PRINCIPALS}/delegation-links"


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


def client_path(server):
    return f"{PRINCIPALS}/mcp-servers/{server}"


@pytest.fixture
def server(world):
    """A connectable server that is a client."""
    made, _ = world.connectable()
    answer = world.call("POST", f"{client_path(made)}/oauth-client")
    assert (answer.status_code, answer.content) == (201, b"")
    return made


def link(world, agent, server, **to):
    resource = world.server(server)["oauthClient"]["orn"]
    came = {"type": "OKTA_AUTHORIZATION_SERVER", "clientOrn": world.agent_orn(agent), "tokenType": "ACCESS_TOKEN"}
    return world.call("POST", LINKS, {"from": came, "to": {"resourceOrn": resource, **to}})


def test_the_client_is_shown_by_its_server(world, server):
    said = world.server(server)["oauthClient"]
    assert said["clientId"].startswith("wlp")
    assert said["orn"].endswith(f":workload-principals:mcp:{said['clientId']}")
    assert (said["status"], said["tokenEndpointAuthMethod"], said["connectionCount"]) == (
        "ACTIVE",
        "private_key_jwt",
        0,
    )
    assert "oauthClient" not in world.server(world.manual()), "never made implicitly"
    assert refused(world.call("POST", f"{client_path(server)}/oauth-client"), 409, "E0000195")


def test_keys_keep_one_active_and_refuse_with_a_reason(world, server):
    keys = f"{client_path(server)}/credentials/jwks"
    one = world.call("POST", keys, public_jwk()).json()
    assert one["status"] == "ACTIVE"
    causes = refused(world.call("POST", f"{keys}/{one['id']}/lifecycle/deactivate"), 409, "E0000195")
    assert causes[0]["reason"] == "DEACTIVATE_NOT_ALLOWED"
    two = world.call("POST", keys, public_jwk("RSA", 2048, "two")).json()
    assert world.call("POST", f"{keys}/{one['id']}/lifecycle/deactivate").status_code == 200
    assert world.call("POST", f"{keys}/{one['id']}/lifecycle/activate").status_code == 200
    refused(world.call("DELETE", f"{keys}/{two['id']}"), 409, "E0000195")
    assert world.call("POST", f"{keys}/{two['id']}/lifecycle/deactivate").status_code == 200
    assert world.call("DELETE", f"{keys}/{two['id']}").status_code == 204
    refused(world.call("POST", f"{client_path(world.manual())}/credentials/jwks", public_jwk()), 404, "E0000007")


def test_the_client_goes_when_keys_and_connections_are_gone(world, server):
    other, _ = world.connectable()
    body = {"connectionType": "IDENTITY_ASSERTION_MCP_SERVER", "resource": {"orn": world.server(other)["orn"]}}
    made = world.call("POST", f"{client_path(server)}/connections", body)
    assert made.status_code == 201
    assert world.server(server)["oauthClient"]["connectionCount"] == 1
    refused(world.call("DELETE", f"{client_path(server)}/oauth-client"), 409, "E0000195")
    assert world.call("DELETE", f"{client_path(server)}/connections/{made.json()['id']}").status_code == 204
    assert world.server(server)["oauthClient"]["connectionCount"] == 0
    key = world.call("POST", f"{client_path(server)}/credentials/jwks", public_jwk() | {"status": "INACTIVE"}).json()
    refused(world.call("DELETE", f"{client_path(server)}/oauth-client"), 409, "E0000195")
    world.call("DELETE", f"{client_path(server)}/credentials/jwks/{key['id']}")
    assert world.call("DELETE", f"{client_path(server)}/oauth-client").status_code == 204
    assert "oauthClient" not in world.server(server)
    refused(world.call("DELETE", f"{client_path(server)}/oauth-client"), 404, "E0000007")
    refused(world.call("POST", f"{client_path('emsX')}/oauth-client"), 404, "E0000007")


def test_the_last_active_key_can_be_deleted_though_not_deactivated(world, server):
    keys = f"{client_path(server)}/credentials/jwks"
    one = world.call("POST", keys, public_jwk()).json()
    refused(world.call("POST", f"{keys}/{one['id']}/lifecycle/deactivate"), 409, "E0000195")
    refused(world.call("DELETE", f"{client_path(server)}/oauth-client"), 409, "E0000195")
    assert world.call("DELETE", f"{keys}/{one['id']}").status_code == 204
    assert world.call("DELETE", f"{client_path(server)}/oauth-client").status_code == 204


def test_the_client_goes_with_its_server(world, server):
    world.settle(world.call("POST", f"{SERVERS}/{server}/lifecycle/deactivate"))
    assert world.settle(world.call("DELETE", f"{SERVERS}/{server}"))["status"] == "COMPLETED"


def test_a_link_finds_its_authorization_server(world, server):
    agent = world.agent()
    world.clock.advance(2)
    answer = link(world, agent, server)
    assert answer.status_code == 201
    said = answer.json()
    [row] = world.rows(server)
    assert said["id"].startswith("dlk")
    assert said["from"]["clientOrn"] == world.agent_orn(agent)
    assert said["to"] == {
        "resourceOrn": world.server(server)["oauthClient"]["orn"],
        "authorizationServerOrn": row["orn"],
    }
    assert world.http.get(f"{LINKS}/{said['id']}").json() == said
    assert refused(link(world, agent, server), 409, "E0000195")[0]["reason"] == "UNIQUE_CONSTRAINT"
    assert world.call("DELETE", f"{LINKS}/{said['id']}").status_code == 204
    refused(world.http.get(f"{LINKS}/{said['id']}"), 404, "E0000007")
    refused(world.call("DELETE", f"{LINKS}/{said['id']}"), 404, "E0000007")


def test_quirk_21_a_server_that_was_just_attached_is_not_seen_at_once(world, server):
    causes = refused(link(world, world.agent(), server))
    assert causes[0]["location"] == "to.authorizationServerOrn", "the rows are younger than two seconds"
    world.clock.advance(2)
    assert link(world, world.agent("Other"), server).status_code == 201


def test_the_orn_of_the_server_itself_has_the_wrong_format(world, server):
    agent = world.agent()
    causes = refused(link(world, agent, server, resourceOrn=world.server(server)["orn"]))
    assert causes[0]["reason"] == "INVALID_FORMAT"


def test_links_are_found_by_either_end(world, server):
    one, two = world.agent("One agent"), world.agent("Two agents")
    world.clock.advance(2)
    ids = [link(world, agent, server).json()["id"] for agent in (one, two)]
    resource = world.server(server)["oauthClient"]["orn"]

    def found(expression):
        return [one["id"] for one in world.http.get(LINKS, params={"filter": expression}).json()["data"]]

    assert found(f'to.resourceOrn eq "{resource}"') == ids
    assert found(f'from.clientOrn eq "{world.agent_orn(two)}"') == ids[1:]
    refused(world.http.get(LINKS, params={"filter": 'id eq "x"'}), 400, "E0000031")


@pytest.mark.parametrize(
    "change",
    [
        {"from": {"clientOrn": "orn:x"}},
        {"from": {}},
        {"from": {"type": "OTHER"}},
        {"from": {"tokenType": "REFRESH_TOKEN"}},
        {"to": {}},
        {"to": {"authorizationServerOrn": "orn:x"}},
        {"flavour": "sweet"},
    ],
)
def test_validation_of_links(world, server, change):
    world.clock.advance(2)
    came = {"type": "OKTA_AUTHORIZATION_SERVER", "clientOrn": world.agent_orn(world.agent()), "tokenType": "ID_TOKEN"}
    body = {"from": came, "to": {"resourceOrn": world.server(server)["oauthClient"]["orn"]}}
    for name, value in change.items():
        body[name] = {**body[name], **value} if value and name in body else value
    refused(world.call("POST", LINKS, body))


def test_links_go_with_either_end(world, server):
    agent = world.agent()
    world.clock.advance(2)
    made = link(world, agent, server).json()["id"]
    assert world.call("DELETE", f"{client_path(server)}/oauth-client").status_code == 204
    refused(world.http.get(f"{LINKS}/{made}"), 404, "E0000007")
