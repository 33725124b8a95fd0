"""AI agents: asynchronous writes, owners and keys before activation, the app behind an agent."""

from urllib.parse import parse_qs, urlsplit

from tests.emulator.conftest import AGENTS, APPS, JWT_BEARER, app_body, public_jwk

OWNERS = "/governance/api/v1/resource-owners"
OPERATIONS = "/workload-principals/api/v1/operations"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


def move(world, agent, verb):
    return world.call("POST", f"{AGENTS}/{agent}/lifecycle/{verb}")


def test_register_is_an_operation_of_its_own_family(world):
    answer = world.call("POST", AGENTS, {"profile": {"name": "Helper", "description": "Helps"}})
    assert (answer.status_code, answer.content) == (202, b"")
    assert OPERATIONS in answer.headers["Location"]
    ended = world.settle(answer)
    assert (ended["type"], ended["status"]) == ("ai-agent:Register", "COMPLETED")
    assert (ended["resource"]["type"], ended["resource"]["status"]) == ("AI_AGENT", "STAGED")
    said = world.http.get(ended["resource"]["_links"]["self"]["href"]).json()
    assert said["id"].startswith("wlp")
    assert said["orn"].endswith(f":workload-principals:ai-agents:{said['id']}")
    assert (said["status"], said["profile"]) == ("STAGED", {"name": "Helper", "description": "Helps"})
    elsewhere = answer.headers["Location"].replace("workload-principals", "resource-servers")
    refused(world.http.get(elsewhere), 404, "E0000007")
    assert [one["id"] for one in world.http.get(OPERATIONS).json()["data"]] == [ended["id"]]
    server_operation = world.register(discoveryType="MANUAL").headers["Location"]
    refused(world.http.get(server_operation.replace("resource-servers", "workload-principals")), 404, "E0000007")


def test_activation_needs_an_owner_and_a_key(world):
    agent = world.staged_agent()
    assert refused(move(world, agent, "activate"))[0]["location"] == "owners"
    orn = world.http.get(f"{AGENTS}/{agent}").json()["orn"]
    body = {"resourceOrns": [orn], "principalOrns": ["orn:okta:directory:00oX:users:00uX"]}
    assert world.call("POST", OWNERS, body).status_code == 200
    assert refused(move(world, agent, "activate"))[0]["location"] == "credentials"
    key = world.call("POST", f"{AGENTS}/{agent}/credentials/jwks", public_jwk() | {"status": "INACTIVE"}).json()
    assert refused(move(world, agent, "activate"))[0]["location"] == "credentials"
    world.call("POST", f"{AGENTS}/{agent}/credentials/jwks/{key['id']}/lifecycle/activate")
    assert world.settle(move(world, agent, "activate"))["resource"]["status"] == "ACTIVE"


def test_owners_are_replaced_and_must_be_orns_of_things_that_exist(world):
    for body in (
        {},
        {"resourceOrns": ["orn:x"]},
        {"resourceOrns": ["wlp"], "principalOrns": ["orn:x"]},
        {"resourceOrns": [], "principalOrns": ["orn:x"]},
    ):
        refused(world.call("POST", OWNERS, body))
    refused(world.call("POST", OWNERS, {"resourceOrns": ["orn:x"], "principalOrns": ["orn:y"]}), 404, "E0000007")


def test_lifecycle(world):
    agent = world.agent()
    refused(move(world, agent, "activate"))
    refused(world.call("DELETE", f"{AGENTS}/{agent}"))
    world.settle(move(world, agent, "deactivate"))
    assert world.http.get(f"{AGENTS}/{agent}").json()["status"] == "INACTIVE"
    refused(move(world, agent, "deactivate"))
    world.settle(move(world, agent, "activate"))
    world.settle(move(world, agent, "deactivate"))
    assert world.settle(world.call("DELETE", f"{AGENTS}/{agent}"))["status"] == "COMPLETED"
    refused(world.http.get(f"{AGENTS}/{agent}"), 404, "E0000007")
    refused(world.call("DELETE", f"{AGENTS}/{world.staged_agent()}"))


def test_an_operation_fails_when_the_state_moved_in_between(world):
    agent = world.agent()
    first, second = move(world, agent, "deactivate"), move(world, agent, "deactivate")
    assert world.settle(first)["status"] == "COMPLETED"
    assert world.http.get(second.headers["Location"]).json()["status"] == "FAILED"
    gone = [world.call("DELETE", f"{AGENTS}/{agent}") for _ in range(2)]
    world.settle(gone[0])
    assert world.http.get(gone[1].headers["Location"]).json()["errorDetails"]["code"] == "E0000007"
    again = world.agent("Again")
    world.settle(move(world, again, "deactivate"))
    activated, deleted = move(world, again, "activate"), world.call("DELETE", f"{AGENTS}/{again}")
    world.settle(activated)
    assert world.http.get(deleted.headers["Location"]).json()["status"] == "FAILED"


def test_put_and_patch_change_the_profile(world):
    agent = world.staged_agent("One")
    path = f"{AGENTS}/{agent}"
    world.settle(world.call("PUT", path, {"profile": {"name": "Two", "description": "More"}}))
    assert world.http.get(path).json()["profile"] == {"name": "Two", "description": "More"}
    world.settle(world.call("PATCH", path, {"profile": {"description": None}}))
    assert world.http.get(path).json()["profile"] == {"name": "Two"}
    for body in ({"profile": {"name": "x"}}, {"status": "ACTIVE"}, {"profile": {"name": "Two", "colour": "red"}}):
        refused(world.call("PUT", path, body))
        refused(world.call("PATCH", path, body))


def test_names_are_unique_and_three_characters_long(world):
    world.staged_agent("Helper")
    causes = refused(world.call("POST", AGENTS, {"profile": {"name": "helper"}}), 409, "E0000195")
    assert causes[0]["reason"] == "UNIQUE_CONSTRAINT"
    for profile in ({}, {"name": "ab"}, {"name": None}, {"name": "x" * 256}, "Helper"):
        refused(world.call("POST", AGENTS, {"profile": profile}))
    two = world.staged_agent("Other")
    refused(world.call("PATCH", f"{AGENTS}/{two}", {"profile": {"name": "HELPER"}}), 409, "E0000195")
    three = world.staged_agent("Third")
    both = [world.call("PATCH", f"{AGENTS}/{one}", {"profile": {"name": "Same"}}) for one in (two, three)]
    assert world.settle(both[0])["status"] == "COMPLETED"
    assert world.http.get(both[1].headers["Location"]).json()["status"] == "FAILED"


def test_search(world):
    one, two = world.staged_agent("Alpha helper"), world.agent("Beta helper")
    app = world.oauth_app()["id"]
    with_app = world.settle(world.call("POST", AGENTS, {"profile": {"name": "Gamma"}, "appId": app}))["resource"]["id"]

    def found(search):
        return [agent["id"] for agent in world.http.get(AGENTS, params={"search": search}).json()["data"]]

    assert found('status eq "ACTIVE"') == [two]
    assert found('profile.name sw "alpha"') == [one]
    assert found('profile.name co "helper" and status eq "STAGED"') == [one]
    assert found('profile.name eq "beta helper"') == [two]
    assert found(f'appId eq "{app}"') == [with_app]
    refused(world.http.get(AGENTS, params={"search": 'profile.description eq "x"'}), 400, "E0000031")
    page = world.http.get(AGENTS, params={"limit": 2}).json()
    assert len(page["data"]) == 2
    assert len(world.http.get(page["_links"]["next"]["href"]).json()["data"]) == 1


def test_quirk_26_the_app_behind_an_agent_is_made_inactive(world):
    body = {"profile": {"name": "Signer"}, "signOnProvider": {"type": "NEW_OIDC_APP"}}
    agent = world.http.get(f"{AGENTS}/{world.settle(world.call('POST', AGENTS, body))['resource']['id']}").json()
    assert agent["signOnProvider"] == {"type": "NEW_OIDC_APP", "appInstanceId": agent["appId"]}
    app = world.http.get(f"{APPS}/{agent['appId']}").json()
    assert app["status"] == "INACTIVE"
    assert world.call("POST", f"{APPS}/{agent['appId']}/lifecycle/activate").status_code == 200


def test_quirk_27_the_app_behind_an_agent_keeps_its_grants(world):
    body = {"profile": {"name": "Signer"}, "signOnProvider": {"type": "NEW_OIDC_APP"}}
    agent = world.http.get(f"{AGENTS}/{world.settle(world.call('POST', AGENTS, body))['resource']['id']}").json()
    path = f"{APPS}/{agent['appId']}"
    dropped = app_body("Signer", grant_types=[JWT_BEARER])
    assert refused(world.call("PUT", path, dropped))[0]["location"] == "grant_types"
    kept = app_body("Signer", grant_types=[TOKEN_EXCHANGE, JWT_BEARER, "client_credentials"])
    assert world.call("PUT", path, kept).status_code == 200


def test_agents_are_clients_but_no_apps(world):
    agent, app = world.agent(), world.oauth_app()["id"]
    assert {one["client_id"] for one in world.http.get("/oauth2/v1/clients").json()} == {agent, app}
    assert [one["id"] for one in world.http.get(APPS).json()] == [app]


def test_keys_of_an_agent_are_listed_in_an_envelope(world):
    keys = f"{AGENTS}/{world.agent()}/credentials/jwks"
    [one] = world.http.get(keys).json()["data"]
    assert world.http.get(f"{keys}/{one['id']}").json() == one
    refused(world.call("POST", f"{keys}/{one['id']}/lifecycle/deactivate"))
    refused(world.call("DELETE", f"{keys}/{one['id']}"))
    refused(world.http.get(f"{AGENTS}/wlpX/credentials/jwks"), 404, "E0000007")


def test_the_orn_can_be_dug_out_of_a_link(world):
    said = world.http.get(f"{AGENTS}/{world.agent()}").json()
    href = said["_links"]["delegation-links"]["href"]
    assert world.http.get(href).json()["data"] == []
    assert parse_qs(urlsplit(href).query)["filter"] == [f'from.clientOrn eq "{said["orn"]}"']
