"""Custom authorization servers: documents, lifecycle, keys, trust, published metadata."""

import pytest

CUSTOM = "/api/v1/authorizationServers"


def refused(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body


def test_shape(world):
    said = world.custom("Tools", description="For tools")
    assert said["id"].startswith("aus")
    assert said["issuer"] == f"https://emulated.okta.test/oauth2/{said['id']}"
    assert (said["name"], said["description"], said["audiences"]) == ("Tools", "For tools", ["https://mcp.acme.test"])
    assert said["status"] == "ACTIVE"
    assert set(said["credentials"]["signing"]) == {"kid", "rotationMode", "lastRotated", "nextRotation", "use"}
    assert world.http.get(f"{CUSTOM}/{said['id']}").json() == said


def test_put_replaces_everything(world):
    said = world.custom("Tools", description="For tools")
    answer = world.call("PUT", f"{CUSTOM}/{said['id']}", {"name": "New", "audiences": ["https://b.test"]})
    assert answer.status_code == 200
    now = answer.json()
    assert (now["name"], now["audiences"]) == ("New", ["https://b.test"])
    assert "description" not in now
    assert (now["id"], now["issuer"], now["created"]) == (said["id"], said["issuer"], said["created"])


def test_there_is_no_patch(world):
    refused(world.call("PATCH", f"{CUSTOM}/{world.custom()['id']}", {"name": "x"}), 405, "E0000022")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "", "audiences": ["a"]},
        {"name": "x" * 256, "audiences": ["a"]},
        {"name": "x", "audiences": []},
        {"name": "x", "audiences": ["a", "b"]},
        {"name": "x", "audiences": "a"},
        {"name": "x", "audiences": ["a"], "issuerMode": "OTHER"},
        {"name": "x", "audiences": ["a"], "credentials": {"signing": {"rotationMode": "NEVER"}}},
        {"name": "x", "audiences": ["a"], "credentials": []},
        {"name": "x", "audiences": ["a"], "description": 5},
    ],
)
def test_validation(world, body):
    refused(world.call("POST", CUSTOM, body), 400, "E0000001")
    refused(world.call("PUT", f"{CUSTOM}/{world.custom()['id']}", body), 400, "E0000001")


def test_properties_that_this_older_family_does_not_know_are_ignored(world):
    assert "flavour" not in world.custom(flavour="sweet", status="INACTIVE")
    assert world.custom(status="INACTIVE")["status"] == "ACTIVE"


def test_a_manual_rotation_mode_is_taken_by_update_only(world):
    manual = {"credentials": {"signing": {"rotationMode": "MANUAL"}}}
    said = world.custom(**manual)
    assert said["credentials"]["signing"]["rotationMode"] == "AUTO"
    body = {"name": "x", "audiences": ["a"]}
    now = world.call("PUT", f"{CUSTOM}/{said['id']}", {**body, **manual}).json()
    assert now["credentials"]["signing"]["rotationMode"] == "MANUAL"
    assert "nextRotation" not in now["credentials"]["signing"]
    assert world.call("PUT", f"{CUSTOM}/{said['id']}", body).json()["credentials"] == now["credentials"]


def test_lifecycle_is_204_and_a_repetition_changes_nothing(world):
    path = f"{CUSTOM}/{world.custom()['id']}"
    for verb, status in (
        ("activate", "ACTIVE"),
        ("deactivate", "INACTIVE"),
        ("deactivate", "INACTIVE"),
        ("activate", "ACTIVE"),
    ):
        answer = world.call("POST", f"{path}/lifecycle/{verb}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert world.http.get(path).json()["status"] == status
    assert world.event_types() == ["oauth2.as.created", "oauth2.as.deactivated", "oauth2.as.activated"]


def test_delete_works_in_any_status(world):
    for verb in ("activate", "deactivate"):
        path = f"{CUSTOM}/{world.custom()['id']}"
        world.call("POST", f"{path}/lifecycle/{verb}")
        assert world.call("DELETE", path).status_code == 204
        refused(world.http.get(path), 404, "E0000007")


def test_delete_is_blocked_while_attached(world):
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    path = f"{CUSTOM}/{custom['id']}"
    refused(world.call("DELETE", path), 409, "E0000195")
    world.settle(world.call("DELETE", f"/resource-servers/api/v1/mcp-servers/{server}"))
    assert world.call("DELETE", path).status_code == 204


def test_default_is_an_alias(world):
    said = world.http.get(f"{CUSTOM}/default").json()
    assert said["name"] == "default"
    assert said["id"].startswith("aus")
    assert world.http.get(f"{CUSTOM}/{said['id']}").json() == said
    server = world.manual()
    world.settle(world.attach_custom(server, said["id"]))
    assert world.status(server) == "INACTIVE"


@pytest.mark.parametrize(("query", "names"), [("too", ["Tools"]), ("MCP.acme", ["Tools", "Other"]), ("nothing", [])])
def test_q_looks_into_names_and_audiences(world, query, names):
    world.custom("Tools")
    world.custom("Other")
    assert [one["name"] for one in world.http.get(CUSTOM, params={"q": query}).json()] == names


def test_keys_and_rotation(world):
    path = f"{CUSTOM}/{world.custom()['id']}/credentials"
    active, following = world.http.get(f"{path}/keys").json()
    assert (active["status"], following["status"]) == ("ACTIVE", "NEXT")
    refused(world.call("POST", f"{path}/lifecycle/keyRotate", {"use": "enc"}), 400, "E0000001")
    rotated = world.call("POST", f"{path}/lifecycle/keyRotate", {"use": "sig"})
    assert rotated.status_code == 200
    assert [key["status"] for key in rotated.json()] == ["ACTIVE", "NEXT", "EXPIRED"]
    assert rotated.json()[0]["kid"] == following["kid"]
    assert rotated.json()[2]["kid"] == active["kid"]


def test_trust_between_servers(world):
    first, second = world.custom("First")["id"], world.custom("Second")["id"]
    path = f"{CUSTOM}/{first}/associatedServers"
    assert world.http.get(path).json() == []
    answer = world.call("POST", path, {"trusted": [second]})
    assert (answer.status_code, [one["id"] for one in answer.json()]) == (200, [second])
    assert [one["id"] for one in world.http.get(path).json()] == [second]
    back = world.http.get(f"{CUSTOM}/{second}/associatedServers", params={"trusted": "false"}).json()
    assert [one["id"] for one in back] == [first]
    for wrong in ([], [first], ["ausX"]):
        refused(world.call("POST", path, {"trusted": wrong}), 400, "E0000001")
    assert world.call("DELETE", f"{path}/{second}").status_code == 204
    refused(world.call("DELETE", f"{path}/{second}"), 404, "E0000007")


def test_metadata_is_published_without_a_token_at_both_places(world):
    custom = world.custom()
    places = (
        f"/oauth2/{custom['id']}/.well-known/oauth-authorization-server",
        f"/.well-known/oauth-authorization-server/oauth2/{custom['id']}",
    )
    for place in places:
        answer = world.http.get(place, headers={"Authorization": ""})
        assert answer.status_code == 200
        assert answer.json()["issuer"] == custom["issuer"]
        assert not any("jwt-bearer" in grant for grant in answer.json()["grant_types_supported"])
        assert "authorization_grant_profiles_supported" not in answer.json()
        assert "X-Rate-Limit-Limit" not in answer.headers
    keys = world.http.get(answer.json()["jwks_uri"], headers={"Authorization": ""}).json()["keys"]
    assert custom["credentials"]["signing"]["kid"] in [key["kid"] for key in keys]
    world.call("POST", f"{CUSTOM}/{custom['id']}/lifecycle/deactivate")
    for place in places:
        assert world.http.get(place).status_code == 404


def test_only_published_scopes_are_in_the_metadata(world):
    custom = world.custom()["id"]
    world.call("POST", f"{CUSTOM}/{custom}/scopes", {"name": "hidden"})
    world.call("POST", f"{CUSTOM}/{custom}/scopes", {"name": "shown", "metadataPublish": "ALL_CLIENTS"})
    scopes = world.http.get(f"/oauth2/{custom}/.well-known/oauth-authorization-server").json()["scopes_supported"]
    assert "shown" in scopes
    assert "hidden" not in scopes


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"name": "x", "audiences": ["a"]}),
        ("DELETE", "", None),
        ("POST", "/lifecycle/activate", None),
        ("POST", "/lifecycle/deactivate", None),
        ("GET", "/credentials/keys", None),
        ("POST", "/credentials/lifecycle/keyRotate", {"use": "sig"}),
        ("GET", "/associatedServers", None),
        ("GET", "/scopes", None),
        ("GET", "/policies/00pX/rules", None),
    ],
)
def test_an_unknown_server_is_404(world, method, tail, body):
    refused(world.call(method, f"{CUSTOM}/ausX{tail}", body), 404, "E0000007")
