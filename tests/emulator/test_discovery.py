"""Discovery over real HTTP: where metadata is looked for, what is taken from it, what makes it useless."""

import json
import time

import pytest

from reconciler.emulator.discovery import issuer_metadata_urls, resource_metadata_urls

SERVERS = "/resource-servers/api/v1/mcp-servers"
PRM = "/.well-known/oauth-protected-resource"
ASM = "/.well-known/oauth-authorization-server"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"


def discover(world, url):
    """Register a discoverable server: how the operation ended, and the server if there is one."""
    ended = world.settle(world.register(url))
    return ended, world.server(ended["resource"]["id"]) if "resource" in ended else None


@pytest.mark.parametrize(
    ("url", "paths"),
    [
        ("https://a.test/mcp", [f"{PRM}/mcp", f"/mcp{PRM}", PRM]),
        ("https://a.test/x/y/", [f"{PRM}/x/y", f"/x/y{PRM}", PRM]),
        ("https://a.test", [PRM]),
        ("https://a.test/", [PRM]),
        ("https://a.test/mcp?v=1", [f"{PRM}/mcp?v=1", f"/mcp{PRM}", PRM]),
    ],
)
def test_places_of_protected_resource_metadata(url, paths):
    assert list(resource_metadata_urls(url)) == [f"https://a.test{path}" for path in paths]


@pytest.mark.parametrize(
    ("issuer", "paths"),
    [
        ("https://a.test", [ASM]),
        ("https://a.test/", [ASM]),
        ("https://a.test/oauth2/x", [f"{ASM}/oauth2/x", f"/oauth2/x{ASM}"]),
    ],
)
def test_places_of_issuer_metadata(issuer, paths):
    assert list(issuer_metadata_urls(issuer)) == [f"https://a.test{path}" for path in paths]


@pytest.mark.parametrize(("path", "asked"), [(f"{PRM}/mcp", 1), (f"/mcp{PRM}", 2), (PRM, 3)])
def test_each_place_is_enough(world, site, path, asked):
    url = site.protect(site.issue("/idp"), path=path, resource_name="Acme MCP", scopes_supported=["read", "write"])
    ended, server = discover(world, url)
    assert (ended["status"], server["status"]) == ("COMPLETED", "INACTIVE")
    assert server["detectedMetadata"] == {
        "resourceName": "Acme MCP",
        "scopesSupported": ["read", "write"],
        "lastRefreshedAt": "2025-10-09T08:53:20.200Z",
    }
    assert site.asked == [*[f"{PRM}/mcp", f"/mcp{PRM}", PRM][:asked], f"{ASM}/idp"]


def test_what_is_taken_from_an_issuer(world, site, other_site):
    issuer = other_site.issue(identity_chaining_requested_token_types_supported=[ID_JAG])
    _, server = discover(world, site.protect(issuer, resource_name="Acme"))
    [row] = world.rows(server["id"])
    assert row["id"].startswith("eas")
    assert (row["type"], row["issuer"], row["status"]) == ("EXTERNAL", issuer, "ACTIVE")
    assert row["authorizationEndpoint"] == f"{issuer}/authorize"
    assert row["tokenEndpoint"] == f"{issuer}/token"
    assert row["grantTypesSupported"] == ["authorization_code", "refresh_token"], "what the console knows of"
    assert row["detectedMetadata"] == {
        "tokenEndpoint": f"{issuer}/token",
        "grantTypesSupported": ["authorization_code", "refresh_token", "client_credentials"],
        "identityChainingRequestedTokenTypesSupported": [ID_JAG],
        "resourceName": "Acme",
    }
    assert server["authorizationServerCount"] == 1


def test_the_older_place_of_issuer_metadata(world, site):
    issuer = site.issue("/idp")
    site.documents[f"/idp{ASM}"] = site.documents.pop(f"{ASM}/idp")
    _, server = discover(world, site.protect(issuer))
    assert world.rows(server["id"])[0]["status"] == "ACTIVE"


def test_an_issuer_of_this_organisation_is_read_from_its_own_state(world, site):
    custom = world.custom()
    default = world.http.get("/api/v1/authorizationServers/default").json()
    url = site.protect(custom["issuer"], "https://emulated.okta.test/oauth2/default", site.issue())
    _, server = discover(world, url)
    rows = world.rows(server["id"])
    assert [(row["type"], row["status"]) for row in rows] == [("OKTA", "ACTIVE")] * 2 + [("EXTERNAL", "ACTIVE")]
    assert [row["id"] for row in rows[:2]] == [custom["id"], default["id"]]
    assert world.app.organisation.meters.seen().get("well-known") is None, "it did not ask itself"


def test_an_issuer_of_this_organisation_that_does_not_exist_is_invalid(world, site):
    _, server = discover(world, site.protect("https://emulated.okta.test/oauth2/ausNone"))
    [row] = world.rows(server["id"])
    assert (row["type"], row["status"], server["status"]) == ("EXTERNAL", "INVALID", "INVALID")


def broken_resource(site, kind):
    bodies = {
        "broken JSON": b"{",
        "not an object": b"[]",
        "not text": b"\xff\xfe",
        "no list": json.dumps({"resource": "x"}).encode(),
        "empty list": json.dumps({"authorization_servers": []}).encode(),
        "wrong list": json.dumps({"authorization_servers": "https://a.test"}).encode(),
        "wrong items": json.dumps({"authorization_servers": [7, None, "", "\ud800"]}).encode(),
        "deep": b"[" * 100_000,
        "huge": b'{"authorization_servers": ["https://a.test"], "x": "' + b"x" * (1 << 20) + b'"}',
    }
    if kind == "missing":
        return
    for path in (f"{PRM}/mcp", f"/mcp{PRM}", PRM):
        if kind == "error":
            site.put(path, {"authorization_servers": [site.base]}, status=500)
        else:
            site.put(path, bodies[kind])


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "error",
        "broken JSON",
        "not an object",
        "not text",
        "no list",
        "empty list",
        "wrong list",
        "wrong items",
        "deep",
        "huge",
    ],
)
def test_useless_metadata_fails_the_registration_and_keeps_no_record(world, site, kind, capsys):
    site.issue()
    broken_resource(site, kind)
    ended, _ = discover(world, f"{site.base}/mcp")
    assert ended["status"] == "FAILED"
    assert ended["errorDetails"] == {"code": "E0000001", "message": "No authorization servers found"}
    assert world.http.get(SERVERS).json()["data"] == []
    assert world.events()[-1]["outcome"] == {"result": "FAILURE", "reason": "No authorization servers found"}
    assert capsys.readouterr().err == ""


def test_a_better_document_at_a_later_place_is_found(world, site):
    site.put(f"{PRM}/mcp", b"<html>")
    site.put(f"/mcp{PRM}", {"authorization_servers": []})
    _, server = discover(world, site.protect(site.issue("/idp"), path=PRM))
    assert server["status"] == "INACTIVE"


def test_nobody_listens(world, site):
    url = f"{site.base.rpartition(':')[0]}:1/mcp"
    assert discover(world, url)[0]["status"] == "FAILED"


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.test"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": 7},
        {"token_endpoint": "/token"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://other.test/authorize"},
    ],
)
def test_useless_issuer_metadata_keeps_the_record_invalid(world, site, change):
    ended, server = discover(world, site.protect(site.issue(**change)))
    assert (ended["status"], ended["resource"]["status"]) == ("COMPLETED", "INVALID")
    assert (server["status"], world.rows(server["id"])[0]["status"]) == ("INVALID", "INVALID")


def test_without_the_code_grant_no_authorization_endpoint_is_needed(world, site):
    issuer = site.issue(authorization_endpoint=None, grant_types_supported=["client_credentials"])
    _, server = discover(world, site.protect(issuer))
    [row] = world.rows(server["id"])
    assert row["status"] == "ACTIVE"
    assert "authorizationEndpoint" not in row
    assert "grantTypesSupported" not in row


def test_grant_types_default_as_in_rfc_8414(world, site):
    _, server = discover(world, site.protect(site.issue(grant_types_supported=None)))
    [row] = world.rows(server["id"])
    assert row["detectedMetadata"]["grantTypesSupported"] == ["authorization_code", "implicit"]


def test_an_issuer_that_is_not_https_is_never_asked(organisation, site, world):
    url = site.protect("http://idp.acme.test", "ftp://idp.acme.test", "nonsense")
    _, server = discover(world, url)
    assert [row["status"] for row in world.rows(server["id"])] == ["INVALID"] * 3


def test_http_on_loopback_is_refused_unless_allowed(organisation, site):
    world = organisation(loopback=False)
    server = world.manual()
    body = {"type": "EXTERNAL", "issuer": site.issue()}
    answer = world.call("POST", f"{SERVERS}/{server}/authorization-servers", body)
    assert answer.json()["errorCode"] == "E0000001"
    assert site.asked == []


def test_a_redirect_on_the_same_origin_is_followed(world, site):
    url = site.protect(site.issue("/idp"), path="/moved")
    site.documents[f"{PRM}/mcp"] = (302, {"Location": "/moved"}, b"")
    _, server = discover(world, url)
    assert server["status"] == "INACTIVE"


def test_a_redirect_to_another_host_is_not(world, site, other_site):
    other_site.protect(other_site.issue(), path="/moved")
    for path in (f"{PRM}/mcp", f"/mcp{PRM}", PRM):
        site.documents[path] = (302, {"Location": f"{other_site.base}/moved"}, b"")
    assert discover(world, f"{site.base}/mcp")[0]["status"] == "FAILED"
    assert other_site.asked == []


def test_a_redirect_in_a_circle_ends(world, site):
    for path in (f"{PRM}/mcp", f"/mcp{PRM}", PRM):
        site.documents[path] = (302, {"Location": path}, b"")
    assert discover(world, f"{site.base}/mcp")[0]["status"] == "FAILED"
    assert len(site.asked) == 12


def test_a_slow_site_is_given_up_and_asked_only_once(organisation, site):
    world = organisation(discovery_timeout="1")

    def slow():
        time.sleep(3)
        return 404, {}, b""

    site.documents[f"{PRM}/mcp"] = slow
    started = time.monotonic()
    assert discover(world, f"{site.base}/mcp")[0]["status"] == "FAILED"
    assert time.monotonic() - started < 2.5
    assert site.asked == [f"{PRM}/mcp"]


def test_strange_names_do_no_harm(world, site):
    url = site.protect(site.issue(), resource_name="\ud800", scopes_supported=["a", 7, "\ud800"])
    _, server = discover(world, url)
    assert server["detectedMetadata"]["scopesSupported"] == ["a"]
    assert "resourceName" not in server["detectedMetadata"]


def test_a_search_by_resource_name(world, site):
    discover(world, site.protect(site.issue(), resource_name="Acme MCP"))
    answer = world.http.get(SERVERS, params={"search": 'detectedMetadata.resourceName co "mcp"'})
    assert len(answer.json()["data"]) == 1


def test_a_body_that_trickles_is_cut_off(organisation):
    """Each single read is quick; all of them together are not."""
    import socket
    import threading

    world = organisation(discovery_timeout="1")
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def trickle():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        started = time.monotonic()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        assert discover(world, url)[0]["status"] == "FAILED"
        assert time.monotonic() - started < 3
        stop.set()
        thread.join()


def test_a_redirect_to_an_address_that_cannot_be_asked(world, site):
    for path in (f"{PRM}/mcp", f"/mcp{PRM}", PRM):
        site.documents[path] = (302, {"Location": "/a#part"}, b"")
    assert discover(world, f"{site.base}/mcp")[0]["status"] == "FAILED"
    assert "/a" not in site.asked
