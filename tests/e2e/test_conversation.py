"""A client that is not ours talks to the served emulator as okta-api §2 and §3 describe; our backend stays out."""

import json
import urllib.error
import urllib.request

import pytest

from .conftest import HEADERS, PATIENCE

SERVERS = "/resource-servers/api/v1/mcp-servers"
ROW = {
    "type": "EXTERNAL",
    "issuer": "https://as.test",
    "authorizationEndpoint": "https://as.test/authorize",
    "tokenEndpoint": "https://as.test/token",
    "grantTypesSupported": ["authorization_code"],
}


class Talk:
    """A conversation over urllib: no redirects to follow, no retries, no pool."""

    def __init__(self, url):
        self.url = url

    def __call__(self, method, path, body=None, headers=HEADERS, media="application/json"):
        content = None if body is None else json.dumps(body).encode()
        said = {"Accept": "application/json", **headers, **({"Content-Type": media} if content else {})}
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, content, said, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def get(self, path):
        status, _, body = self("GET", path)
        assert status == 200
        return json.loads(body)

    def done(self, answer):
        """Follow an accepted write to its end."""
        status, headers, body = answer
        assert (status, body) == (202, b"")
        assert "/resource-servers/api/v1/operations/op-" in headers["Location"]
        operation = self.get(headers["Location"])
        assert operation["status"] in {"COMPLETED", "FAILED"}
        return operation

    def refused(self, status, code, *request, **more):
        got, _, body = self(*request, **more)
        assert (got, json.loads(body)["errorCode"]) == (status, code)


@pytest.fixture
def talk(organisation):
    return Talk(organisation.url)


def test_server_is_registered_attached_activated_deactivated_and_deleted_step_by_step(talk):
    operation = talk.done(
        talk(
            "POST",
            SERVERS,
            {"resourceUrl": "https://one.test/mcp", "displayName": "One", "discoveryType": "MANUAL"},
        )
    )
    path = f"{SERVERS}/{operation['resource']['id']}"
    assert talk.get(path)["status"] == "PENDING"
    talk.refused(400, "E0000001", "POST", f"{path}/lifecycle/activate", {})
    assert talk.done(talk("POST", f"{path}/authorization-servers", ROW))["status"] == "COMPLETED"
    assert talk.get(path)["status"] == "INACTIVE"
    [row] = talk.get(f"{path}/authorization-servers")["data"]
    assert (row["status"], row["id"][:3]) == ("ACTIVE", "eas")
    talk.done(talk("POST", f"{path}/lifecycle/activate", {}))
    shown = talk.get(path)
    assert (shown["status"], shown["metadata"]["displayName"]) == ("ACTIVE", "One")
    talk.refused(400, "E0000001", "DELETE", path)
    talk.done(talk("POST", f"{path}/lifecycle/deactivate", {}))
    talk.done(talk("DELETE", path))
    talk.refused(404, "E0000007", "GET", path)


def test_identity_is_unique_and_immutable_and_names_are_merge_patched(talk):
    body = {"resourceUrl": "https://two.test/mcp", "displayName": "Two", "discoveryType": "MANUAL"}
    path = f"{SERVERS}/{talk.done(talk('POST', SERVERS, body))['resource']['id']}"
    talk.refused(409, "E0000195", "POST", SERVERS, body)
    merge = "application/merge-patch+json"
    talk.refused(400, "E0000001", "PATCH", path, {"resourceUrl": "https://other.test/mcp"}, media=merge)
    talk.refused(400, "E0000021", "PATCH", path, {"displayName": "Zwei"})
    assert talk("PATCH", path, {"displayName": "Zwei"}, media=merge)[0] == 200
    assert talk.get(path)["metadata"]["displayName"] == "Zwei"
    talk.refused(405, "E0000022", "PUT", path, {"displayName": "x"})


def test_doors_are_closed_without_the_token(talk):
    talk.refused(401, "E0000011", "GET", SERVERS, headers={})
    talk.refused(401, "E0000011", "GET", SERVERS, headers={"Authorization": "SSWS wrong"})
    talk.refused(401, "E0000011", "POST", SERVERS, {}, headers={"Authorization": "Bearer x"})
    talk.refused(404, "E0000008", "GET", "/resource-servers/api/v1/nothing")


def test_lists_are_read_page_by_page_by_following_links(talk):
    for number in range(5):
        talk.done(talk("POST", SERVERS, {"resourceUrl": f"https://n{number}.test/mcp", "discoveryType": "MANUAL"}))
    url, seen = f"{SERVERS}?limit=2", []
    while url:
        page = talk.get(url)
        assert len(page["data"]) <= 2
        seen += [server["resourceUrl"] for server in page["data"]]
        url = page["_links"].get("next", {}).get("href")
    assert sorted(seen) == [f"https://n{number}.test/mcp" for number in range(5)]
    status, headers, body = talk("GET", "/api/v1/authorizationServers?limit=1")
    assert status == 200
    assert isinstance(json.loads(body), list)
    assert {"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"} <= set(headers)


def test_registration_without_metadata_is_accepted_and_then_fails(talk):
    operation = talk.done(talk("POST", SERVERS, {"resourceUrl": "http://127.0.0.1:9/mcp"}))
    assert operation["status"] == "FAILED"
    assert operation["errorDetails"]["code"] == "E0000001"
    assert talk.get(SERVERS)["data"] == []


def test_custom_authorization_server_has_a_life_and_published_metadata(talk):
    status, _, body = talk("POST", "/api/v1/authorizationServers", {"name": "Own", "audiences": ["api://own"]})
    assert status == 201
    made = json.loads(body)
    path = f"/api/v1/authorizationServers/{made['id']}"
    assert made["status"] == "ACTIVE"
    assert talk("POST", f"{path}/lifecycle/deactivate", {})[0] == 204
    assert talk.get(path)["status"] == "INACTIVE"
    assert talk("POST", f"{path}/lifecycle/activate", {})[0] == 204
    published = json.loads(talk("GET", f"{made['issuer']}/.well-known/oauth-authorization-server", headers={})[2])
    assert published["issuer"] == made["issuer"]
