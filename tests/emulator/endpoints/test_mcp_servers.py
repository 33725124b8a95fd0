"""The MCP server endpoints: every legal and illegal move, every way to write and to list."""

from typing import Any

import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"
STATES = ("PENDING", "INACTIVE", "ACTIVE", "INVALID")
MOVES = {
    ("activate", "INACTIVE"): "ACTIVE",
    ("deactivate", "ACTIVE"): "INACTIVE",
    ("delete", "PENDING"): None,
    ("delete", "INACTIVE"): None,
    ("delete", "INVALID"): None,
}


def move(world: Any, verb: str, server: str) -> Any:
    if verb == "delete":
        return world.call("DELETE", f"{SERVERS}/{server}")
    return world.call("POST", f"{SERVERS}/{server}/lifecycle/{verb}")


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    body = answer.json()
    assert (answer.status_code, body["errorCode"], body["errorLink"]) == (status, code, code)
    assert body["errorId"]
    assert body["errorSummary"]
    return body


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", ["activate", "deactivate", "delete"])
def test_transition_matrix(world, verb, state):
    server = world.in_state(state)
    answer = move(world, verb, server)
    if (verb, state) not in MOVES:
        body = refused(answer, 400, "E0000001")
        assert state in body["errorCauses"][0]["errorSummary"]
        assert world.status(server) == state
        return
    assert (answer.status_code, answer.content) == (202, b"")
    ended = world.settle(answer)
    assert ended["status"] == "COMPLETED"
    target = MOVES[verb, state]
    assert ended["resource"]["status"] == (target or "DELETED")
    if target is None:
        refused(world.http.get(f"{SERVERS}/{server}"), 404, "E0000007")
    else:
        assert world.status(server) == target


@pytest.mark.parametrize("verb", ["activate", "deactivate", "delete", "patch"])
def test_a_server_that_is_gone_answers_404_to_everything(world, verb):
    server = world.manual()
    world.settle(move(world, "delete", server))
    if verb == "patch":
        answer = world.call("PATCH", f"{SERVERS}/{server}", {"displayName": "late"})
    else:
        answer = move(world, verb, server)
    refused(answer, 404, "E0000007")


@pytest.mark.parametrize("state", STATES)
def test_name_and_description_can_be_patched_in_every_state(world, state):
    server = world.in_state(state)
    answer = world.call("PATCH", f"{SERVERS}/{server}", {"displayName": "New", "description": "Words"})
    assert answer.status_code == 200
    assert answer.json()["metadata"] == {"displayName": "New", "description": "Words"}
    assert answer.json()["status"] == state


def test_null_in_a_merge_patch_removes_and_absence_keeps(world):
    server = world.manual(displayName="Name", description="Words")
    world.call("PATCH", f"{SERVERS}/{server}", {"description": None})
    assert world.server(server)["metadata"] == {"displayName": "Name"}
    world.call("PATCH", f"{SERVERS}/{server}", {})
    assert world.server(server)["metadata"] == {"displayName": "Name"}


def test_a_patch_that_changes_nothing_leaves_time_and_log_alone(world):
    server = world.manual(displayName="Name")
    before, events = world.server(server), len(world.events())
    world.clock.advance(5)
    world.call("PATCH", f"{SERVERS}/{server}", {"displayName": "Name"})
    assert world.server(server) == before
    assert len(world.events()) == events


@pytest.mark.parametrize("field", ["resourceUrl", "status", "id", "metadata", "discoveryType"])
def test_nothing_else_can_be_patched(world, field):
    server = world.manual()
    body = refused(world.call("PATCH", f"{SERVERS}/{server}", {field: "https://x.test"}), 400, "E0000001")
    assert body["errorCauses"][0]["location"] == field


def test_patch_demands_its_media_type(world):
    server = world.manual()
    refused(world.http.patch(f"{SERVERS}/{server}", json={"displayName": "x"}), 400, "E0000021")
    refused(world.http.patch(f"{SERVERS}/{server}"), 400, "E0000021")


def test_put_is_not_offered(world):
    answer = world.call("PUT", f"{SERVERS}/{world.manual()}", {"displayName": "x"})
    refused(answer, 405, "E0000022")
    assert set(answer.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD", "PATCH"}


def test_register_answers_202_with_an_operation_and_no_body(world):
    answer = world.register("https://a.test/mcp", discoveryType="MANUAL")
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["Location"].startswith("https://emulated.okta.test/resource-servers/api/v1/operations/op-")
    [server] = world.http.get(SERVERS).json()["data"]
    assert server["status"] == "PENDING"


def test_shape_of_a_server(world):
    server = world.inactive(displayName="Acme", description="Tools")
    said = world.server(server)
    here = f"https://emulated.okta.test{SERVERS}/{server}"
    assert said == {
        "id": server,
        "orn": f"orn:okta:directory:{world.app.organisation.id}:resource-servers:mcp:{server}",
        "resourceUrl": "https://mcp1.acme.test/mcp",
        "status": "INACTIVE",
        "discoveryType": "MANUAL",
        "metadata": {"displayName": "Acme", "description": "Tools"},
        "authorizationServerCount": 1,
        "created": "2025-10-09T08:53:20.000Z",
        "lastUpdated": "2025-10-09T08:53:20.400Z",
        "_links": {
            "self": {"href": here},
            "authorization-servers": {"href": f"{here}/authorization-servers"},
            "activate": {"href": f"{here}/lifecycle/activate", "hints": {"allow": ["POST"]}},
        },
    }
    assert server.startswith("ems")
    assert len(server) == 20
    assert "deactivate" in world.server(world.active())["_links"]


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({}, "resourceUrl"),
        ({"resourceUrl": None}, "resourceUrl"),
        ({"resourceUrl": 7}, "resourceUrl"),
        ({"resourceUrl": "   "}, "resourceUrl"),
        ({"resourceUrl": "mcp.acme.test"}, "resourceUrl"),
        ({"resourceUrl": "http://mcp.acme.test/mcp"}, "resourceUrl"),
        ({"resourceUrl": "https://"}, "resourceUrl"),
        ({"resourceUrl": "https://mcp.acme.test:99999/"}, "resourceUrl"),
        ({"resourceUrl": "https://mcp.acme.test/#part"}, "resourceUrl"),
        ({"resourceUrl": "https://me@mcp.acme.test/"}, "resourceUrl"),
        ({"resourceUrl": "https://mcp.acme.test/a b"}, "resourceUrl"),
        ({"resourceUrl": "https://a.test", "displayName": 5}, "displayName"),
        ({"resourceUrl": "https://a.test", "displayName": "x" * 256}, "displayName"),
        ({"resourceUrl": "https://a.test", "description": []}, "description"),
        ({"resourceUrl": "https://a.test", "discoveryType": "GUESS"}, "discoveryType"),
        ({"resourceUrl": "https://a.test", "metadata": {"displayName": "x"}}, "metadata"),
        ({"resourceUrl": "https://a.test", "authorizationServers": []}, "authorizationServers"),
    ],
)
def test_register_validates(world, body, location):
    said = refused(world.call("POST", SERVERS, body), 400, "E0000001")
    assert said["errorCauses"][0]["location"] == location
    assert world.http.get(SERVERS).json()["data"] == []


def test_loopback_http_needs_the_setting(organisation):
    world = organisation(loopback=False)
    refused(world.register("http://127.0.0.1:9/mcp"), 400, "E0000001")
    assert organisation(loopback=True).register("http://127.0.0.1:9/mcp").status_code == 202


def test_the_same_url_collides_until_the_first_is_gone(world):
    server = world.manual()
    url = world.server(server)["resourceUrl"]
    body = refused(world.register(url), 409, "E0000195")
    assert body["errorCauses"][0]["reason"] == "UNIQUE_CONSTRAINT"
    world.settle(move(world, "delete", server))
    assert world.register(url).status_code == 202


def test_lifecycle_calls_tolerate_an_empty_object_and_nothing_more(world):
    server = world.inactive()
    refused(world.call("POST", f"{SERVERS}/{server}/lifecycle/activate", {"force": True}), 400, "E0000001")
    assert world.call("POST", f"{SERVERS}/{server}/lifecycle/activate", {}).status_code == 202


def test_deleting_emits_the_external_rows_and_keeps_the_custom_server(world):
    custom = world.custom()
    server = world.inactive()
    world.settle(world.attach_custom(server, custom["id"]))
    world.settle(move(world, "delete", server))
    types = world.event_types()
    assert types.count("resource_servers.mcp_server.auth_server.delete") == 1
    assert types.count("resource_servers.mcp_server.delete") == 1
    assert world.http.get(f"/api/v1/authorizationServers/{custom['id']}").status_code == 200


def test_a_refused_delete_leaves_its_reason_in_the_log(world):
    move(world, "delete", world.active())
    last = world.events()[-1]
    assert last["eventType"] == "resource_servers.mcp_server.delete"
    assert last["outcome"]["result"] == "FAILURE"
    assert "deactivate it first" in last["debugContext"]["debugData"]["error_message"]


def test_every_move_is_in_the_log(world):
    server = world.active(displayName="Acme")
    world.settle(move(world, "deactivate", server))
    world.call("PATCH", f"{SERVERS}/{server}", {"displayName": "New"})
    assert [one.removeprefix("resource_servers.mcp_server.") for one in world.event_types()] == [
        "register",
        "auth_server.create",
        "auth_server.update",
        "update",
        "activate",
        "deactivate",
        "update",
    ]
    last = world.events()[-1]
    assert last["target"][0]["changeDetails"] == {"from": {"displayName": "Acme"}, "to": {"displayName": "New"}}
    assert last["actor"]["type"] == "User"


def test_an_operation_whose_server_moved_on_fails(world):
    server = world.inactive()
    first, second = move(world, "activate", server), move(world, "activate", server)
    assert world.settle(first)["status"] == "COMPLETED"
    ended = world.settle(second)
    assert ended["status"] == "FAILED"
    assert ended["errorDetails"] == {"code": "E0000001", "message": "The MCP server is ACTIVE"}
    assert "resource" not in ended


def test_an_operation_on_a_deleted_server_fails(world):
    server = world.inactive()
    first, second = move(world, "delete", server), move(world, "activate", server)
    world.settle(first)
    assert world.settle(second)["errorDetails"]["code"] == "E0000007"


def test_the_limit_of_servers(organisation):
    world = organisation(max_servers="2")
    world.manual()
    world.manual()
    body = refused(world.register(discoveryType="MANUAL"), 400, "E0000001")
    assert "limit of 2" in body["errorCauses"][0]["errorSummary"]


def test_a_trailing_slash_on_the_collection_is_the_collection(world):
    assert world.http.get(f"{SERVERS}/").status_code == 200


def test_a_name_with_any_text_comes_back_as_it_was(world):
    name = 'Ünïcode "quoted" \\ \u0000 </script> 🚀'
    server = world.manual(displayName=name)
    assert world.server(server)["metadata"]["displayName"] == name


def test_a_malformed_body_is_e0000003(world):
    bodies = (b"{", b"[]", b'"x"', b"\xff", b"", b'{"resourceUrl": NaN}', b'{"a":"\\ud800"}', b"[" * 100_000)
    for content in bodies:
        answer = world.http.post(SERVERS, content=content, headers={"Content-Type": "application/json"})
        refused(answer, 400, "E0000003")
