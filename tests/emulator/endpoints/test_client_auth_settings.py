"""Client auth settings: what they are for, what may change, and that the secret never comes back."""

import pytest

SETTINGS = "/resource-servers/api/v1/client-auth-settings"
SERVERS = "/resource-servers/api/v1/mcp-servers"
SECRET = "provider-secret-never-shown"


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


@pytest.fixture
def server(world):
    return world.inactive()


def test_shape(world, server):
    answer = world.settings(server, purpose="TOKEN_EXCHANGE")
    assert answer.status_code == 201
    said = answer.json()
    [row] = world.rows(server)
    assert said["id"].startswith("rsc")
    assert said["orn"] == f"orn:okta:idp:{world.app.organisation.id}:client_auth_settings:{said['id']}"
    assert said["resourceServerOrn"] == world.server(server)["orn"]
    assert said["authorizationServerOrn"] == row["orn"], "the only one, since none was named"
    assert (said["name"], said["clientId"], said["scopes"]) == ("Provider", "client-at-provider", ["read"])
    assert (said["registrationType"], said["purpose"]) == ("MANUAL", "TOKEN_EXCHANGE")
    assert said["_links"]["self"]["href"].endswith(f"{SETTINGS}/{said['id']}")
    assert world.http.get(f"{SETTINGS}/{said['id']}").json() == said


def test_the_secret_is_in_no_answer_and_masked_in_the_log(world, server):
    made = world.settings(server)
    path = f"{SETTINGS}/{made.json()['id']}"
    changed = world.call("PATCH", path, {"clientSecret": "another-secret-never-shown"})
    seen = made.text + changed.text + world.http.get(path).text + world.http.get(SETTINGS).text
    log = str(world.events())
    for secret in (SECRET, "another-secret-never-shown"):
        assert secret not in seen
        assert secret not in log
    assert "********" in log
    assert {f"resource_servers.client_auth_settings.{verb}" for verb in ("create", "update")} <= set(
        world.event_types()
    )


def test_several_sets_for_one_server_and_paging(world, server):
    ids = [world.settings(server, name=f"Set {number}").json()["id"] for number in range(3)]
    first = world.http.get(SETTINGS, params={"limit": 2})
    assert [one["id"] for one in first.json()["data"]] == ids[:2]
    rest = world.http.get(first.json()["_links"]["next"]["href"]).json()
    assert [one["id"] for one in rest["data"]] == ids[2:]


def test_scopes_are_prefilled_from_discovery_when_none_are_given(world, site):
    url = site.protect(site.issue(), scopes_supported=["tools.read", "tools.write"])
    server = world.settle(world.register(url))["resource"]["id"]
    assert world.settings(server, scopes=None).json()["scopes"] == ["tools.read", "tools.write"]
    assert world.settings(server, scopes=[]).json()["scopes"] == []


def test_name_scopes_and_secret_change_in_place(world, server):
    made = world.settings(server).json()
    path = f"{SETTINGS}/{made['id']}"
    world.clock.advance(1)
    now = world.call("PATCH", path, {"name": "New", "scopes": ["write"]}).json()
    assert (now["name"], now["scopes"]) == ("New", ["write"])
    assert now["lastUpdated"] > made["lastUpdated"]
    assert world.call("PATCH", path, {"scopes": None}).json()["scopes"] == []
    world.clock.advance(1)
    before = world.http.get(path).json()
    assert world.call("PATCH", path, {"name": "New"}).json() == before, "nothing differs, nothing happens"


@pytest.mark.parametrize(
    "patch",
    [
        {"clientId": "other"},
        {"registrationType": "DYNAMIC"},
        {"purpose": "OTHER"},
        {"resourceServerOrn": "orn:x"},
        {"authorizationServerOrn": "orn:x"},
        {"status": "ACTIVE"},
        {"name": None},
        {"name": ""},
        {"clientSecret": None},
        {"clientSecret": ""},
        {"scopes": "read"},
        {"scopes": ["a", "a"]},
    ],
)
def test_what_cannot_change_is_refused(world, server, patch):
    made = world.settings(server).json()
    refused(world.call("PATCH", f"{SETTINGS}/{made['id']}", patch))
    assert world.http.get(f"{SETTINGS}/{made['id']}").json() == made


def test_a_patch_needs_its_media_type(world, server):
    path = f"{SETTINGS}/{world.settings(server).json()['id']}"
    refused(world.http.patch(path, json={"name": "x"}), 400, "E0000021")


@pytest.mark.parametrize(
    "body",
    [
        {"name": None},
        {"clientId": None},
        {"clientSecret": None},
        {"clientSecret": ""},
        {"registrationType": "MAGIC"},
        {"registrationType": "DYNAMIC"},
        {"purpose": ["A", "B"]},
        {"purpose": "a b"},
        {"scopes": [1]},
        {"resourceServerOrn": "orn:okta:directory:00oX:resource-servers:mcp:emsX"},
        {"resourceServerOrn": None},
        {"authorizationServerOrn": "orn:okta:idp:00oX:authorization_servers:easX"},
        {"flavour": "sweet"},
    ],
)
def test_validation(world, server, body):
    refused(world.settings(server, **body))
    assert world.http.get(SETTINGS).json()["data"] == []


def test_dynamic_registration_fills_in_the_credentials(world, server):
    said = world.settings(server, registrationType="DYNAMIC", clientId=None, clientSecret=None).json()
    assert said["registrationType"] == "DYNAMIC"
    assert said["clientId"].startswith("dcr-")


def test_settings_are_for_an_external_authorization_server_of_that_server(world):
    server = world.manual()
    refused(world.settings(server))
    world.settle(world.attach_custom(server, world.custom()["id"]))
    refused(world.settings(server))
    for issuer in ("https://one.test", "https://two.test"):
        world.settle(world.external(server, issuer=issuer))
    refused(world.settings(server))
    external = [row for row in world.rows(server) if row["type"] == "EXTERNAL"]
    answer = world.settings(server, authorizationServerOrn=external[1]["orn"])
    assert answer.json()["authorizationServerOrn"] == external[1]["orn"]


def test_delete(world, server):
    path = f"{SETTINGS}/{world.settings(server).json()['id']}"
    assert world.call("DELETE", path).status_code == 204
    refused(world.http.get(path), 404, "E0000007")
    refused(world.call("PATCH", path, {"name": "x"}), 404, "E0000007")
    refused(world.call("DELETE", path), 404, "E0000007")
