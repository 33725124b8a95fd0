"""The outermost door: who is let in, what unknown paths get, and that no exception gets out."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

SERVERS = "/resource-servers/api/v1/mcp-servers"


def error(answer):
    body = answer.json()
    assert set(body) == {"errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"}
    return answer.status_code, body["errorCode"]


@pytest.mark.parametrize("header", ["", "SSWS", "SSWS ", "SSWS wrong", "Bearer local-development-token", "ssws x"])
def test_without_the_token_it_is_401(world, header):
    for path in (SERVERS, "/api/v1/authorizationServers", "/api/v1/logs", "/_emulator/requests"):
        assert error(world.http.get(path, headers={"Authorization": header})) == (401, "E0000011")


@pytest.mark.parametrize("path", ["/_emulator/health", "/openapi.json"])
def test_some_paths_need_no_token(world, path):
    assert world.http.get(path, headers={"Authorization": ""}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1", "/api/v1/resource-servers", "/api/v1/users", f"{SERVERS}/a/b/c/d", "//", "/ä", "/%ff", "/a%2Fb"],
)
def test_an_unknown_path_is_e0000008(world, path):
    assert error(world.http.get(path)) == (404, "E0000008")


@pytest.mark.parametrize("path", [f"{SERVERS}/emsX", f"{SERVERS}/%F0%9F%9A%80", f"{SERVERS}/ems%00", f"{SERVERS}/%ff"])
def test_an_unknown_id_is_e0000007(world, path):
    assert error(world.http.get(path)) == (404, "E0000007")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "QUERY"])
def test_an_unknown_method_is_e0000022(world, method):
    answer = world.http.request(method, SERVERS)
    assert error(answer) == (405, "E0000022")
    assert "GET" in answer.headers["Allow"]


def test_head_is_a_get_without_a_body(world):
    answer = world.http.head(SERVERS)
    assert (answer.status_code, answer.content) == (200, b"")


def test_media_types(world):
    body = b'{"resourceUrl": "https://a.test"}'
    for media_type in ("text/plain", "application/merge-patch+json", ""):
        answer = world.http.post(SERVERS, content=body, headers={"Content-Type": media_type})
        assert error(answer) == (400, "E0000021")
    answer = world.http.post(SERVERS, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 202
    for accept, status in (("text/html", 400), ("*/*", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200)):
        assert world.http.get(SERVERS, headers={"Accept": accept}).status_code == status


def test_every_answer_has_an_id_a_date_and_json(world):
    answer = world.http.get(SERVERS)
    assert answer.headers["Date"] == "Thu, 09 Oct 2025 08:53:20 GMT"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Okta-Request-Id"] != world.http.get(SERVERS).headers["X-Okta-Request-Id"]


def test_a_defect_is_e0000009_and_its_trace_goes_to_stderr(world, monkeypatch, capsys):
    from reconciler.emulator import servers

    def broken(*_args):
        raise RuntimeError("defect")

    monkeypatch.setattr(servers, "get", broken)
    answer = world.http.get(f"{SERVERS}/emsX")
    assert error(answer) == (500, "E0000009")
    assert "defect" not in answer.text
    assert "RuntimeError: defect" in capsys.readouterr().err


def test_a_large_body_is_refused(world):
    body = b'{"resourceUrl": "' + b"x" * (1 << 20) + b'"}'
    answer = world.http.post(SERVERS, content=body, headers={"Content-Type": "application/json"})
    assert error(answer) == (400, "E0000003")


def test_the_default_token_holds_until_another_is_given(tmp_path):
    from reconciler.emulator.app import create_app
    from reconciler.emulator.settings import Settings

    state = tmp_path / "state.db"

    def status(settings, token):
        with (
            create_app(settings) as app,
            httpx.Client(transport=httpx.WSGITransport(app=app), base_url="https://a.test") as client,
        ):
            return client.get("/_emulator/switches", headers={"Authorization": f"SSWS {token}"}).status_code

    known = Settings(base_url="https://a.test", state=state)
    assert status(known, "local-development-token") == 200
    assert status(Settings(base_url="https://a.test", state=state, api_token="other"), "other") == 200
    assert status(known, "other") == 200, "it is part of the state"
    assert status(known, "local-development-token") == 401
    assert b"other" not in state.read_bytes(), "only a digest of it is kept"


def test_importing_the_application_does_not_import_an_http_client():
    program = "import sys, reconciler.emulator.app; sys.exit('httpx' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_the_emulator_imports_nothing_else_of_the_product():
    program = (
        "import sys, reconciler.emulator.serve as _;"
        "print([n for n in sys.modules if n.startswith('reconciler.') and not n.startswith('reconciler.emulator')])"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_there_is_no_locking_with_etags(world):
    server = world.inactive(displayName="One")
    answer = world.http.get(f"{SERVERS}/{server}")
    assert "ETag" not in answer.headers
    merge = {"Content-Type": "application/merge-patch+json", "If-Match": '"something-else"'}
    now = world.http.patch(f"{SERVERS}/{server}", content='{"displayName": "Two"}', headers=merge)
    assert now.json()["metadata"]["displayName"] == "Two", "nobody looks at If-Match"
