"""Attaching, patching and detaching authorization servers by request."""

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"
ATTACHED = "resource_servers.mcp_server.auth_server"


def rows_of(server):
    return f"{SERVERS}/{server}/authorization-servers"


def refused(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body


def test_a_complete_external_row_is_verified_without_asking_anybody(world):
    server = world.manual()
    answer = world.external(server)
    assert (answer.status_code, answer.content) == (202, b"")
    ended = world.settle(answer)
    [row] = world.rows(server)
    assert ended["type"] == "mcp-server-authorization-server:Create"
    assert ended["resource"]["id"] == row["id"]
    assert world.http.get(ended["resource"]["_links"]["self"]["href"]).json() == row
    assert row == {
        "id": row["id"],
        "orn": world.orn(row["id"]),
        "type": "EXTERNAL",
        "issuer": "https://idp.acme.test",
        "status": "ACTIVE",
        "authorizationEndpoint": "https://idp.acme.test/authorize",
        "tokenEndpoint": "https://idp.acme.test/token",
        "grantTypesSupported": ["authorization_code", "refresh_token"],
        "created": row["created"],
        "lastUpdated": row["lastUpdated"],
        "_links": {"self": {"href": f"https://emulated.okta.test{rows_of(server)}/{row['id']}"}},
    }
    assert row["id"].startswith("eas")
    assert world.status(server) == "INACTIVE"


def test_a_row_is_pending_until_its_operation_ends(world):
    server = world.manual()
    world.external(server)
    assert [row["status"] for row in world.rows(server)] == ["PENDING"]
    assert (world.status(server), world.server(server)["authorizationServerCount"]) == ("PENDING", 1)


def test_a_custom_server_is_attached_by_its_orn_and_has_its_id(world):
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    [row] = world.rows(server)
    assert (row["id"], row["type"], row["issuer"]) == (custom["id"], "OKTA", custom["issuer"])
    assert (row["status"], world.status(server)) == ("ACTIVE", "INACTIVE")
    assert "tokenEndpoint" not in row


def test_a_custom_server_that_is_off_does_not_verify(world):
    custom, server = world.custom(), world.manual()
    lifecycle = f"/api/v1/authorizationServers/{custom['id']}/lifecycle"
    world.call("POST", f"{lifecycle}/deactivate")
    world.settle(world.attach_custom(server, custom["id"]))
    assert (world.rows(server)[0]["status"], world.status(server)) == ("INVALID", "INVALID")
    world.call("POST", f"{lifecycle}/activate")
    assert (world.rows(server)[0]["status"], world.status(server)) == ("ACTIVE", "INACTIVE")


def test_switching_a_custom_server_off_makes_its_rows_inactive_and_keeps_the_mcp_server(world):
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    lifecycle = f"/api/v1/authorizationServers/{custom['id']}/lifecycle"
    world.call("POST", f"{lifecycle}/deactivate")
    assert (world.rows(server)[0]["status"], world.status(server)) == ("INACTIVE", "INACTIVE")
    world.call("POST", f"{lifecycle}/activate")
    assert world.rows(server)[0]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({}, "type"),
        ({"type": "OTHER"}, "type"),
        ({"type": "OKTA"}, "orn"),
        ({"type": "OKTA", "orn": "orn:okta:idp:x:authorization_servers:ausX"}, "orn"),
        ({"type": "OKTA", "orn": "default"}, "orn"),
        ({"type": "OKTA", "orn": "x", "issuer": "https://a.test"}, "issuer"),
        ({"type": "EXTERNAL"}, "issuer"),
        ({"type": "EXTERNAL", "issuer": "a.test"}, "issuer"),
        ({"type": "EXTERNAL", "issuer": "http://a.test"}, "issuer"),
        ({"type": "EXTERNAL", "issuer": "https://emulated.okta.test/oauth2/default"}, "issuer"),
        ({"type": "EXTERNAL", "issuer": "https://a.test", "tokenEndpoint": "/token"}, "tokenEndpoint"),
        ({"type": "EXTERNAL", "issuer": "https://a.test", "grantTypesSupported": ["implicit"]}, "grantTypesSupported"),
        ({"type": "EXTERNAL", "issuer": "https://a.test", "grantTypesSupported": "code"}, "grantTypesSupported"),
        ({"type": "EXTERNAL", "issuer": "https://a.test", "status": "ACTIVE"}, "status"),
        (
            {"type": "EXTERNAL", "issuer": "https://a.test", "grantTypesSupported": ["refresh_token"] * 2},
            "grantTypesSupported",
        ),
    ],
)
def test_attach_validates(world, body, location):
    server = world.manual()
    said = refused(world.call("POST", rows_of(server), body), 400, "E0000001")
    assert said["errorCauses"][0]["location"] == location
    assert world.rows(server) == []


def test_the_same_authorization_server_cannot_be_attached_twice(world):
    custom, server = world.custom(), world.inactive()
    body = refused(world.external(server), 409, "E0000195")
    assert body["errorCauses"][0]["reason"] == "UNIQUE_CONSTRAINT"
    world.settle(world.attach_custom(server, custom["id"]))
    refused(world.attach_custom(server, custom["id"]), 409, "E0000195")


def test_two_servers_with_one_issuer_have_a_row_each(world):
    first, second = world.inactive(), world.inactive()
    assert world.rows(first)[0]["id"] != world.rows(second)[0]["id"]


def test_endpoints_of_a_row_can_be_patched_and_null_removes(world):
    server = world.inactive()
    [row] = world.rows(server)
    path = f"{rows_of(server)}/{row['id']}"
    patched = world.call("PATCH", path, {"tokenEndpoint": "https://new.acme.test/token"}).json()
    assert patched["tokenEndpoint"] == "https://new.acme.test/token"
    assert patched["authorizationEndpoint"] == row["authorizationEndpoint"]
    patched = world.call("PATCH", path, {"grantTypesSupported": ["authorization_code"]}).json()
    assert patched["grantTypesSupported"] == ["authorization_code"]
    assert patched["status"] == "ACTIVE"


def test_a_row_that_becomes_incomplete_is_discovered_and_may_fail(world, site):
    server = world.manual()
    issuer = f"{site.base}/gone"
    world.settle(world.external(server, issuer=issuer))
    [row] = world.rows(server)
    path = f"{rows_of(server)}/{row['id']}"
    patched = world.call("PATCH", path, {"tokenEndpoint": None}).json()
    assert (patched["status"], world.status(server)) == ("INVALID", "INVALID")
    site.issue("/gone")
    patched = world.call("PATCH", path, {}).json()
    assert patched["tokenEndpoint"] == f"{issuer}/token"
    assert (patched["status"], world.status(server)) == ("ACTIVE", "INACTIVE")


@pytest.mark.parametrize("field", ["issuer", "type", "status", "orn", "detectedMetadata"])
def test_the_identity_of_a_row_cannot_be_patched(world, field):
    server = world.inactive()
    path = f"{rows_of(server)}/{world.rows(server)[0]['id']}"
    body = refused(world.call("PATCH", path, {field: "x"}), 400, "E0000001")
    assert body["errorCauses"][0]["location"] == field
    refused(world.http.patch(path, json={}), 400, "E0000021")


def test_a_custom_row_has_no_endpoints_to_patch(world):
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    path = f"{rows_of(server)}/{custom['id']}"
    refused(world.call("PATCH", path, {"tokenEndpoint": "https://a.test"}), 400, "E0000001")
    assert world.call("PATCH", path, {}).status_code == 200


def test_detaching_the_last_row_makes_the_server_invalid_and_a_new_one_heals_it(world):
    server = world.active()
    [row] = world.rows(server)
    ended = world.settle(world.call("DELETE", f"{rows_of(server)}/{row['id']}"))
    assert ended["resource"]["status"] == "DELETED"
    said = world.server(server)
    assert (said["status"], said["authorizationServerCount"]) == ("INVALID", 0)
    world.settle(world.external(server))
    assert world.status(server) == "INACTIVE"


def test_one_valid_row_is_enough(world, site):
    server = world.manual()
    world.settle(world.external(server))
    world.settle(world.call("POST", rows_of(server), {"type": "EXTERNAL", "issuer": site.base}))
    assert [row["status"] for row in world.rows(server)] == ["ACTIVE", "INVALID"]
    assert world.status(server) == "INACTIVE"


def test_a_filter_by_status(world, site):
    server = world.manual()
    world.settle(world.external(server))
    world.settle(world.call("POST", rows_of(server), {"type": "EXTERNAL", "issuer": site.base}))
    answer = world.http.get(rows_of(server), params={"filter": 'status eq "INVALID"'})
    assert [row["issuer"] for row in answer.json()["data"]] == [site.base]
    for wrong in ('status ne "ACTIVE"', 'issuer eq "x"', 'status eq "ACTIVE" or status eq "INVALID"'):
        refused(world.http.get(rows_of(server), params={"filter": wrong}), 400, "E0000031")


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {}), ("DELETE", None)])
def test_unknown_rows_and_unknown_servers_are_404(world, method, body):
    server = world.manual()
    refused(world.call(method, f"{rows_of(server)}/easX", body), 404, "E0000007")
    refused(world.call(method, f"{rows_of('emsX')}/easX", body), 404, "E0000007")
    refused(world.http.get(rows_of("emsX")), 404, "E0000007")
    refused(world.external("emsX"), 404, "E0000007")


def test_a_row_that_was_removed_before_its_operation_fails_it(world):
    server = world.manual()
    first = world.external(server)
    [row] = world.rows(server)
    path = f"{rows_of(server)}/{row['id']}"
    second, third = world.call("DELETE", path), world.call("DELETE", path)
    assert world.settle(second)["status"] == "COMPLETED"
    assert world.settle(third)["errorDetails"]["code"] == "E0000007"
    assert world.settle(first)["errorDetails"]["code"] == "E0000007"


def test_rows_have_no_lifecycle_calls(world):
    server = world.inactive()
    path = f"{rows_of(server)}/{world.rows(server)[0]['id']}/lifecycle/activate"
    refused(world.call("POST", path), 404, "E0000008")


def test_events_of_rows(world):
    server = world.inactive()
    [row] = world.rows(server)
    world.settle(world.call("DELETE", f"{rows_of(server)}/{row['id']}"))
    assert [one for one in world.event_types() if one.startswith(ATTACHED)] == [
        f"{ATTACHED}.create",
        f"{ATTACHED}.update",
        f"{ATTACHED}.delete",
    ]
