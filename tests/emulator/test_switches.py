"""Every switch, both ways; names and values are checked, and the page that lists them is current."""

import re
from pathlib import Path

import pytest

from reconciler.emulator.app import create_app
from reconciler.emulator.settings import Settings
from reconciler.emulator.switches import SWITCHES, SwitchError, parse

from .conftest import AGENTS, APPS, SETTINGS, app_body, public_jwk

SERVERS = "/resource-servers/api/v1/mcp-servers"
CUSTOM = "/api/v1/authorizationServers"
ROOT = Path(__file__).parents[2]
PRM = "/.well-known/oauth-protected-resource/mcp"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def error(answer):
    return answer.status_code, answer.json()["errorCode"]


def lifecycle(world, server, verb):
    return world.call("POST", f"{SERVERS}/{server}/lifecycle/{verb}")


def test_an_unknown_switch_is_refused_with_the_nearest_name():
    with pytest.raises(SwitchError, match=r"Did you mean 'landing-state'\?.*max-servers"):
        parse({"landing-stat": "ACTIVE"})


def test_an_unknown_value_is_refused_with_all_values():
    with pytest.raises(SwitchError, match=r"Did you mean 'ACTIVE'\? Values: INACTIVE, ACTIVE"):
        parse({"landing-state": "ACTIV"})
    for value in ("-1", "many", "", "1.5", "٣", "9999999999"):
        with pytest.raises(SwitchError, match="whole number"):
            parse({"max-servers": value})
    with pytest.raises(ValueError, match="unknown switch"):
        create_app(Settings(base_url="https://a.test", switches={"x": "y"}))


def test_defaults_are_accepted_by_their_own_switch():
    names = [switch.name for switch in SWITCHES]
    assert len(set(names)) == len(names)
    assert all(switch.accepts(switch.default) for switch in SWITCHES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_no_switch_is_dead():
    package = ROOT / "reconciler" / "emulator"
    source = "".join(path.read_text() for path in package.rglob("*.py") if not path.name.startswith("switch"))
    assert [switch.name for switch in SWITCHES if f'"{switch.name}"' not in source] == []


def test_every_switch_is_tested_here():
    source = Path(__file__).read_text() + Path(__file__).with_name("test_access.py").read_text()
    assert [switch.name for switch in SWITCHES if f"{switch.name.replace('-', '_')}=" not in source] == []


@pytest.mark.parametrize(
    ("value", "kind", "resource"),
    [("kebab", "mcp-server:Register", "mcp_server"), ("upper", "MCP_SERVER_REGISTER", "MCP_SERVER")],
)
def test_operation_type(organisation, value, kind, resource):
    world = organisation(operation_type=value)
    ended = world.settle(world.register(discoveryType="MANUAL"))
    assert (ended["type"], ended["resource"]["type"]) == (kind, resource)


@pytest.mark.parametrize("value", ["202", "200", "204"])
def test_lifecycle_response(organisation, value):
    world = organisation(lifecycle_response=value)
    server = world.inactive()
    for verb, status in (("activate", "ACTIVE"), ("deactivate", "INACTIVE"), ("delete", None)):
        answer = world.call("DELETE", f"{SERVERS}/{server}") if verb == "delete" else lifecycle(world, server, verb)
        assert answer.status_code == int(value)
        if value == "202":
            assert world.settle(answer)["status"] == "COMPLETED"
        elif value == "200":
            assert answer.json().get("status") == status
        else:
            assert answer.content == b""
        if status:
            assert world.status(server) == status
    assert world.http.get(f"{SERVERS}/{server}").status_code == 404


def test_patch_response(organisation):
    world = organisation(patch_response="202")
    server = world.manual(displayName="Old")
    answer = world.call("PATCH", f"{SERVERS}/{server}", {"displayName": "New"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert world.server(server)["metadata"]["displayName"] == "Old"
    ended = world.settle(answer)
    assert ended["type"] == "mcp-server:Update"
    assert world.server(server)["metadata"]["displayName"] == "New"
    world = organisation(patch_response="200")
    answer = world.call("PATCH", f"{SERVERS}/{world.manual()}", {"displayName": "New"})
    assert answer.json()["metadata"]["displayName"] == "New"


@pytest.mark.parametrize("value", ["400-E0000001", "409-E0000195", "403-E0000038"])
def test_illegal_transition(organisation, value):
    world = organisation(illegal_transition=value)
    status, code = value.split("-")
    server = world.active()
    for answer in (lifecycle(world, server, "activate"), world.call("DELETE", f"{SERVERS}/{server}")):
        assert error(answer) == (int(status), code)
        assert "ACTIVE" in answer.json()["errorCauses"][0]["errorSummary"]


@pytest.mark.parametrize("value", ["409-E0000195", "400-E0000001"])
def test_duplicate_url_refused(organisation, value):
    world = organisation(duplicate_url=value)
    world.register("https://a.test/")
    answer = world.register("https://a.test/")
    status, code = value.split("-")
    assert error(answer) == (int(status), code)
    assert answer.json()["errorCauses"][0]["reason"] == "UNIQUE_CONSTRAINT"


def test_duplicate_url_accepted_and_failed(organisation):
    world = organisation(duplicate_url="202-failed")
    world.settle(world.register("https://a.test/", discoveryType="MANUAL"))
    ended = world.settle(world.register("https://a.test/", discoveryType="MANUAL"))
    assert ended["status"] == "FAILED"
    assert "already exists" in ended["errorDetails"]["message"]
    assert len(world.http.get(SERVERS).json()["data"]) == 1


def test_register_failure_operation_failed_and_synchronous(organisation, site):
    world = organisation(register_failure="operation-failed")
    assert world.settle(world.register(f"{site.base}/mcp"))["status"] == "FAILED"
    world = organisation(register_failure="synchronous-400")
    answer = world.register(f"{site.base}/mcp")
    assert error(answer) == (400, "E0000001")
    assert "No authorization servers found" in answer.json()["errorCauses"][0]["errorSummary"]
    assert world.http.get(SERVERS).json()["data"] == []
    assert world.settle(world.register(site.protect(site.issue())))["resource"]["status"] == "INACTIVE"
    assert world.settle(world.register(discoveryType="MANUAL"))["status"] == "COMPLETED"


@pytest.mark.parametrize(("value", "status"), [("keep-invalid", "INVALID"), ("keep-pending", "PENDING")])
def test_register_failure_keeping_the_record(organisation, site, value, status):
    world = organisation(register_failure=value)
    ended = world.settle(world.register(f"{site.base}/mcp"))
    assert (ended["status"], ended["resource"]["status"]) == ("COMPLETED", status)
    bad = site.protect(
        site.issue("/bad", issuer="https://other.test"), path="/.well-known/oauth-protected-resource/bad"
    )
    server = world.settle(world.register(bad.replace("/mcp", "/bad")))["resource"]["id"]
    assert (world.status(server), world.rows(server)[0]["status"]) == (status, status)
    site.issue("/bad", issuer=f"{site.base}/bad")
    site.put(
        "/.well-known/oauth-authorization-server/bad",
        {
            "issuer": f"{site.base}/bad",
            "authorization_endpoint": f"{site.base}/a",
            "token_endpoint": f"{site.base}/t",
        },
    )
    assert world.refresh(server)["status"] == "INACTIVE"


def test_register_response(organisation):
    world = organisation(register_response="400-empty")
    answer = world.register(discoveryType="MANUAL", displayName="There")
    assert (answer.status_code, answer.content) == (400, b"")
    world.clock.advance(1)
    assert [one["metadata"]["displayName"] for one in world.http.get(SERVERS).json()["data"]] == ["There"]
    assert organisation(register_response="202").register().status_code == 202


@pytest.mark.parametrize("value", ["INACTIVE", "ACTIVE"])
def test_landing_state(organisation, site, value):
    world = organisation(landing_state=value)
    assert world.settle(world.register(site.protect(site.issue())))["resource"]["status"] == value
    server = world.manual()
    world.settle(world.external(server))
    assert world.status(server) == value


def test_patch_resource_url(organisation):
    for value, status in (("reject", 400), ("ignore", 200)):
        world = organisation(patch_resource_url=value)
        server = world.manual()
        url = world.server(server)["resourceUrl"]
        answer = world.call("PATCH", f"{SERVERS}/{server}", {"resourceUrl": "https://new.test", "displayName": "x"})
        assert answer.status_code == status
        assert world.server(server)["resourceUrl"] == url
        assert world.server(server)["metadata"] == ({"displayName": "x"} if status == 200 else {})


def test_patch_authorization_server_identity(organisation):
    for value, status in (("reject", 400), ("ignore", 200)):
        world = organisation(patch_authorization_server_identity=value)
        server = world.inactive()
        [row] = world.rows(server)
        path = f"{SERVERS}/{server}/authorization-servers/{row['id']}"
        assert world.call("PATCH", path, {"issuer": "https://new.test", "type": "OKTA"}).status_code == status
        assert world.rows(server)[0]["issuer"] == row["issuer"]


def test_manual_registration_inline(organisation):
    world = organisation(manual_registration="inline")
    assert error(world.register(discoveryType="MANUAL")) == (400, "E0000001")
    custom = world.custom()
    rows = [
        {"type": "OKTA", "orn": world.orn(custom["id"])},
        {
            "type": "EXTERNAL",
            "issuer": "https://idp.test",
            "authorizationEndpoint": "https://idp.test/a",
            "tokenEndpoint": "https://idp.test/t",
            "grantTypesSupported": ["authorization_code"],
        },
    ]
    ended = world.settle(world.register(authorizationServers=rows))
    assert ended["resource"]["status"] == "INACTIVE"
    server = ended["resource"]["id"]
    assert [row["status"] for row in world.rows(server)] == ["ACTIVE", "ACTIVE"]
    assert "discoveryType" not in world.server(server)
    for wrong in ("x", [7], [{}], [rows[0], rows[0]], [rows[0]] * 51):
        assert world.register(authorizationServers=wrong).status_code in (400, 409)
    assert len(world.http.get(SERVERS).json()["data"]) == 1
    world = organisation(manual_registration="discovery-type")
    assert error(world.register(authorizationServers=rows)) == (400, "E0000001")


def test_authorization_server_writes_sync(organisation):
    world = organisation(authorization_server_writes="sync")
    server = world.manual()
    answer = world.external(server)
    assert (answer.status_code, answer.json()["status"]) == (201, "ACTIVE")
    assert answer.headers["Location"] == answer.json()["_links"]["self"]["href"]
    answer = world.call("DELETE", answer.headers["Location"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert world.rows(server) == []
    assert organisation(authorization_server_writes="async").external("emsX").status_code == 404


def test_authorization_server_landing(organisation):
    world = organisation(authorization_server_landing="INACTIVE")
    custom, server = world.custom(), world.manual()
    world.settle(world.external(server))
    world.settle(world.attach_custom(server, custom["id"]))
    assert [row["status"] for row in world.rows(server)] == ["INACTIVE", "INACTIVE"]
    assert world.status(server) == "INACTIVE"
    world.settle(lifecycle(world, server, "activate"))
    assert [row["status"] for row in world.rows(server)] == ["ACTIVE", "ACTIVE"]
    world.settle(world.external(server, issuer="https://late.test"))
    assert world.rows(server)[-1]["status"] == "ACTIVE"
    both = organisation(authorization_server_landing="INACTIVE", landing_state="ACTIVE")
    server = both.manual()
    both.settle(both.external(server))
    assert (both.status(server), both.rows(server)[0]["status"]) == ("ACTIVE", "ACTIVE")
    assert organisation(authorization_server_landing="ACTIVE").inactive()


def test_refresh_none(organisation, site):
    world = organisation(refresh="none")
    server = world.settle(world.register(site.protect(site.issue())))["resource"]["id"]
    site.documents.clear()
    world.clock.advance(10 * 86400)
    [row] = world.rows(server)
    assert world.call("PATCH", f"{SERVERS}/{server}/authorization-servers/{row['id']}", {}).status_code == 200
    assert world.status(server) == "INACTIVE"
    assert world.refresh(server)["status"] == "INVALID", "a forced refresh works all the same"


def test_refresh_interval(organisation, site):
    world = organisation(refresh="timer", refresh_interval="60")
    server = world.settle(world.register(site.protect(site.issue())))["resource"]["id"]
    site.documents.clear()
    world.clock.advance(61)
    assert world.status(server) == "INVALID"


def test_delete_unsettled(organisation):
    for state in ("PENDING", "INVALID"):
        world = organisation(delete_unsettled="refuse")
        assert error(world.call("DELETE", f"{SERVERS}/{world.in_state(state)}")) == (400, "E0000001")
        world = organisation(delete_unsettled="allow")
        assert world.call("DELETE", f"{SERVERS}/{world.in_state(state)}").status_code == 202
    assert organisation(delete_unsettled="refuse").call("DELETE", f"{SERVERS}/emsX").status_code == 404


def test_activate_not_connectable(organisation, site):
    world = organisation(activate_not_connectable="refuse")
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    answer = lifecycle(world, server, "activate")
    assert error(answer) == (400, "E0000001")
    assert "XAA or STS" in answer.json()["errorCauses"][0]["errorSummary"]
    policies = f"{CUSTOM}/{custom['id']}/policies"
    policy = world.call("POST", policies, {"name": "P", "description": "D"}).json()["id"]
    rule = {"name": "R", "conditions": {"grantTypes": {"include": [JWT_BEARER]}}}
    made = world.call("POST", f"{policies}/{policy}/rules", rule).json()["id"]
    world.call("POST", f"{policies}/{policy}/rules/{made}/lifecycle/deactivate")
    assert lifecycle(world, server, "activate").status_code == 400
    world.call("POST", f"{policies}/{policy}/rules/{made}/lifecycle/activate")
    assert lifecycle(world, server, "activate").status_code == 202
    sts = world.inactive()
    assert lifecycle(world, sts, "activate").status_code == 400, "no client credentials"
    assert world.settings(sts).status_code == 201
    assert lifecycle(world, sts, "activate").status_code == 202, "STS"
    off = world.manual()
    world.settle(world.attach_custom(off, custom["id"]))
    world.call("POST", f"{CUSTOM}/{custom['id']}/lifecycle/deactivate")
    assert lifecycle(world, off, "activate").status_code == 400
    only_refresh = world.manual()
    world.settle(world.external(only_refresh, grantTypesSupported=["refresh_token"]))
    assert lifecycle(world, only_refresh, "activate").status_code == 400
    chaining = site.issue(
        authorization_endpoint=None,
        grant_types_supported=[JWT_BEARER],
        identity_chaining_requested_token_types_supported=[ID_JAG],
    )
    xaa = world.settle(world.register(site.protect(chaining)))["resource"]["id"]
    assert lifecycle(world, xaa, "activate").status_code == 202, "XAA of an external one"
    world = organisation(activate_not_connectable="allow")
    server = world.manual()
    world.settle(world.attach_custom(server, world.custom()["id"]))
    assert lifecycle(world, server, "activate").status_code == 202


def test_settings_on_delete(organisation):
    for value, status in (("cascade", 404), ("separate", 200)):
        world = organisation(settings_on_delete=value)
        server = world.inactive()
        made = world.settings(server).json()["id"]
        world.settle(world.call("DELETE", f"{SERVERS}/{server}"))
        assert world.http.get(f"{SETTINGS}/{made}").status_code == status


CONNECTION = {"connectionType": "IDENTITY_ASSERTION_MCP_SERVER"}


def connect(world, agent, server):
    body = {**CONNECTION, "resource": {"orn": world.server(server)["orn"]}}
    return world.call("POST", f"{AGENTS}/{agent}/connections", body)


def test_deactivate_connected(organisation):
    for value, status in (("allow", 202), ("refuse", 409)):
        world = organisation(deactivate_connected=value)
        server, _ = world.connectable()
        assert connect(world, world.agent(), server).status_code == 201
        assert lifecycle(world, server, "deactivate").status_code == status


def test_connection_types(organisation):
    for value, statuses in (("all", (201, 201)), ("xaa", (201, 400)), ("sts", (400, 201))):
        world = organisation(connection_types=value)
        agent, (server, _), other = world.agent(), world.connectable(), world.active()
        sts = {"connectionType": "STS_ACCESS_TOKEN", "resource": {"orn": world.settings(other).json()["orn"]}}
        made = world.call("POST", f"{AGENTS}/{agent}/connections", sts)
        assert (connect(world, agent, server).status_code, made.status_code) == statuses


def test_link_propagation(organisation):
    for value, status in (("0", 201), ("60", 400)):
        world = organisation(link_propagation=value)
        server, _ = world.connectable()
        world.call("POST", f"/workload-principals/api/v1/mcp-servers/{server}/oauth-client")
        client = world.server(server)["oauthClient"]["orn"]
        body = {"from": {"clientOrn": world.agent_orn(world.agent())}, "to": {"resourceOrn": client}}
        assert world.call("POST", "/workload-principals/api/v1/delegation-links", body).status_code == status


def test_last_mcp_key(organisation):
    for value, key_goes, client_goes in (("deletable", 204, 409), ("with-client", 409, 204)):
        world = organisation(last_mcp_key=value)
        home = f"/workload-principals/api/v1/mcp-servers/{world.manual()}"
        world.call("POST", f"{home}/oauth-client")
        keys = [world.call("POST", f"{home}/credentials/jwks", public_jwk(kid=kid)).json()["id"] for kid in "ab"]
        assert world.call("DELETE", f"{home}/credentials/jwks/{keys[0]}").status_code == 409, "another one is active"
        assert world.call("POST", f"{home}/credentials/jwks/{keys[0]}/lifecycle/deactivate").status_code == 200
        assert world.call("DELETE", f"{home}/oauth-client").status_code == 409, "one more than the last"
        assert world.call("DELETE", f"{home}/credentials/jwks/{keys[0]}").status_code == 204
        assert world.call("DELETE", f"{home}/oauth-client").status_code == client_goes
        if key_goes == 204:
            assert world.call("DELETE", f"{home}/credentials/jwks/{keys[1]}").status_code == 204
            assert world.call("DELETE", f"{home}/oauth-client").status_code == 204


def test_mcp_keys(organisation):
    for value, status in (("hidden", 405), ("listed", 200)):
        world = organisation(mcp_keys=value)
        home = f"/workload-principals/api/v1/mcp-servers/{world.manual()}"
        world.call("POST", f"{home}/oauth-client")
        key = world.call("POST", f"{home}/credentials/jwks", public_jwk(kid="a")).json()
        listed, read = (world.http.get(f"{home}/credentials/jwks{end}") for end in ("", f"/{key['id']}"))
        assert (listed.status_code, read.status_code) == (status, status)
        if status == 200:
            assert (listed.json()["data"], read.json()) == ([key], key)
        else:
            assert (listed.json()["errorCode"], read.json()["errorCode"]) == ("E0000022", "E0000022")


def test_orn_spelling(organisation):
    world = organisation(orn_spelling="drifted")
    assert all(one["orn"].startswith("orn:oktapreview:") for one in (world.oauth_app(), world.server(world.inactive())))
    assert ":apps:oidc:" in world.oauth_app("Other")["orn"]
    server = world.manual()
    custom = world.custom()["id"]
    assert world.attach_custom(server, custom).status_code == 400, "the spelling of the references is not this one's"
    spelled = f"orn:oktapreview:idp:{world.app.organisation.id}:authorization-servers:{custom}"
    body = {"type": "OKTA", "orn": spelled}
    world.settle(world.call("POST", f"{SERVERS}/{server}/authorization-servers", body))
    assert world.rows(server)[0]["orn"] == spelled
    server = world.inactive()
    named = world.server(server)["orn"]
    assert ":client-auth-settings:" in world.settings(server, resourceServerOrn=named).json()["orn"]
    assert organisation(orn_spelling="documented").oauth_app()["orn"].startswith("orn:okta:idp:")


def test_app_label_clash(organisation):
    for value, status in (("E0000040", 400), ("allow", 200)):
        world = organisation(app_label_clash=value)
        world.oauth_app("Same")
        again = world.call("POST", APPS, app_body("Same"))
        assert again.status_code == status
        assert status == 200 or again.json()["errorCode"] == "E0000040"


@pytest.mark.parametrize("value", ["409-E0000195", "400-E0000001"])
def test_delete_referenced(organisation, value):
    world = organisation(delete_referenced=value)
    custom, server = world.custom(), world.manual()
    world.settle(world.attach_custom(server, custom["id"]))
    status, code = value.split("-")
    assert error(world.call("DELETE", f"{CUSTOM}/{custom['id']}")) == (int(status), code)
    connected, _ = world.connectable()
    connect(world, world.agent(), connected)
    world.settle(lifecycle(world, connected, "deactivate"))
    assert error(world.call("DELETE", f"{SERVERS}/{connected}")) == (int(status), code)


def test_discovery_timeout(organisation, site):
    """Zero seconds are over before anything is read; the slow case stands in test_discovery."""
    world = organisation(discovery_timeout="0")
    assert world.settle(world.register(site.protect(site.issue())))["status"] == "FAILED"
    world = organisation(discovery_timeout="10")
    assert world.settle(world.register(f"{site.base}/mcp"))["status"] == "COMPLETED"


@pytest.mark.parametrize(("value", "rows"), [("inactive", ["INACTIVE", "ACTIVE"]), ("delete", ["ACTIVE"])])
def test_dropped_issuer(organisation, site, value, rows):
    world = organisation(dropped_issuer=value)
    server = world.settle(world.register(site.protect(site.issue("/one"))))["resource"]["id"]
    site.protect(site.issue("/two"))
    world.refresh(server)
    assert [row["status"] for row in world.rows(server)] == rows
    assert world.server(server)["authorizationServerCount"] == len(rows)


def test_limits(organisation):
    world = organisation(max_servers="1", max_authorization_servers="1", max_name_length="3")
    assert world.register(discoveryType="MANUAL", displayName="abcd").status_code == 400
    server = world.inactive(displayName="abc")
    assert world.register().status_code == 400
    assert world.external(server, issuer="https://second.test").status_code == 400
    assert world.call("POST", CUSTOM, {"name": "abcd", "audiences": ["a"]}).status_code == 400
    world = organisation(max_servers="0", max_authorization_servers="0", max_name_length="0")
    server = world.inactive(displayName="x" * 300)
    assert world.external(server, issuer="https://second.test").status_code == 202


def test_rate_limit_and_concurrency_limit(organisation):
    world = organisation(rate_limit="2", concurrency_limit="1")
    assert [world.http.get(SERVERS).status_code for _ in range(3)] == [200, 200, 429]
    world = organisation(rate_limit="0", concurrency_limit="0")
    assert {world.http.get(SERVERS).status_code for _ in range(70)} == {200}


def test_client_share(organisation):
    world = organisation(rate_limit="10", client_share="50")
    own = [world.http.get(SERVERS) for _ in range(6)]
    assert [answer.status_code for answer in own] == [200] * 5 + [429]
    assert own[4].headers["X-Rate-Limit-Remaining"] == "5", "the headers speak of the whole bucket"
    assert own[5].headers["X-Rate-Limit-Remaining"] == "0"
    stranger = {"Authorization": "SSWS somebody-else"}
    assert [world.http.get(SERVERS, headers=stranger).status_code for _ in range(5)] == [401] * 4 + [429]
    world.clock.advance(60)
    assert world.http.get(SERVERS).status_code == 200


def test_operation_retention(organisation):
    world = organisation(operation_retention="10")
    location = world.register(discoveryType="MANUAL").headers["Location"]
    world.clock.advance(1)
    assert world.http.get(location).status_code == 200
    world.clock.advance(11)
    assert world.http.get(location).status_code == 404


def test_stale_reads(organisation):
    world = organisation(stale_reads="3")
    server = world.manual()
    ended = world.settle(world.external(server))
    assert ended["status"] == "COMPLETED"
    world.settle(lifecycle(world, server, "activate"))
    assert world.status(server) == "INACTIVE"
    assert error(lifecycle(world, server, "activate")) == (400, "E0000001"), "the truth decides"
    world.clock.advance(3)
    assert world.status(server) == "ACTIVE"
    world.settle(lifecycle(world, server, "deactivate"))
    ended = world.settle(world.call("DELETE", f"{SERVERS}/{server}"))
    assert ended["resource"]["status"] == "DELETED"
    assert world.http.get(f"{SERVERS}/{server}").status_code == 200
    assert world.call("PATCH", f"{SERVERS}/{server}", {}).status_code == 404
    url = world.server(server)["resourceUrl"]
    assert world.register(url).status_code == 409
    world.clock.advance(3)
    assert world.http.get(f"{SERVERS}/{server}").status_code == 404
    assert world.register(url).status_code == 202
    now = organisation(stale_reads="0")
    assert now.status(now.active()) == "ACTIVE"


@pytest.mark.parametrize(("value", "url"), [("keep", "https://a.test/mcp/"), ("strip", "https://a.test/mcp")])
def test_trailing_slash(organisation, value, url):
    world = organisation(trailing_slash=value)
    ended = world.settle(world.register("https://a.test/mcp/", discoveryType="MANUAL"))
    assert world.server(ended["resource"]["id"])["resourceUrl"] == url
