"""An organisation that answers what it should not: the exit code, one sentence, and no write. In virtual time."""

import json

import httpx
import pytest

from reconciler.app import organisations
from reconciler.app.secret import resolve_secret
from reconciler.backends.okta import OktaBackend, Settings
from tests.support.clock import VirtualClock

TOKEN = "00aVerySecretToken"
CONFIGURATION = """\
probe: {gate: 'off'}
environments:
  local:
    target: {type: okta, orgUrl: 'https://org.okta.test', auth: {apiToken: {fromEnv: OKTA_API_TOKEN}}}
"""


def okta(status, code):
    return httpx.Response(status, json={"errorCode": code, "errorSummary": f"about {TOKEN}", "errorCauses": []})


@pytest.fixture
def organisation(shop, monkeypatch):
    """Puts an organisation in place that answers everything this way; gives what it was asked."""
    shop.configure(CONFIGURATION)
    monkeypatch.setenv("OKTA_API_TOKEN", TOKEN)
    clock = VirtualClock()
    monkeypatch.setattr(organisations, "SystemClock", lambda: clock)
    asked = []

    def become(answer):
        def handle(request):
            asked.append(request)
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        def connect(workspace, *_wait, **_more):
            token = resolve_secret(workspace.config.environments["local"].target.auth.api_token, shop.root)
            return OktaBackend(Settings("https://org.okta.test", f"SSWS {token}"), clock, httpx.MockTransport(handle))

        monkeypatch.setattr(organisations, "connect", connect)
        return asked

    return become


UNTRUSTED = {
    "refused": (httpx.ConnectError("Connection refused"), "RUN008"),
    "no such host": (httpx.ConnectError("Name or service not known"), "RUN008"),
    "certificate": (httpx.ConnectError("certificate verify failed"), "RUN008"),
    "timeout": (httpx.ReadTimeout("timed out"), "RUN008"),
    "cut off": (httpx.RemoteProtocolError("peer closed connection"), "RUN008"),
    "401": (okta(401, "E0000011"), "RUN081"),
    "401 HTML": (httpx.Response(401, text="<html>"), "RUN081"),
    "429": (okta(429, "E0000047"), "RUN084"),
    "500": (okta(500, "E0000009"), "RUN008"),
    "500 HTML": (httpx.Response(500, text="<html>"), "RUN008"),
    "503": (okta(503, "E0000010"), "RUN008"),
    "redirect": (httpx.Response(302, headers={"Location": "https://elsewhere.test"}), "RUN008"),
    "HTML": (httpx.Response(200, text="<html>"), "RUN085"),
    "nothing": (httpx.Response(200), "RUN085"),
    "half": (httpx.Response(200, content=b'{"data": ['), "RUN085"),
    "no list": (httpx.Response(200, json={"data": None}), "RUN085"),
    "no id": (httpx.Response(200, json=[{"name": "x"}]), "RUN085"),
    "deep": (httpx.Response(200, content=b"[" * 100_000), "RUN085"),
}


@pytest.mark.parametrize(("answer", "code"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_answer_that_cannot_be_trusted_is_8_one_sentence_and_no_write(shop, organisation, answer, code):
    asked = organisation(answer)
    for command in (("plan",), ("plan", "--detailed-exitcode"), ("apply", "--auto-approve")):
        said = shop(*command)
        assert said.code == 8
        assert said.out == ""
        assert f"error[{code}]" in said.err
        assert "fix:" in said.err
        assert len(said.err.splitlines()) <= 4
        assert TOKEN not in said.err
    assert {request.method for request in asked} == {"GET"}
    found = shop("plan", "--format", "json")
    assert (found.code, found.json["error"]["code"], found.json["error"]["exit_code"]) == (8, code, 8)


@pytest.mark.parametrize(
    "answer",
    [okta(403, "E0000006"), httpx.Response(403), okta(404, "E0000008"), httpx.Response(404), okta(401, "E0000015")],
    ids=["403", "403 empty", "404 path", "404 empty", "feature off"],
)
def test_kind_that_may_not_be_read_is_8_in_a_plan_that_changes_nothing(shop, organisation, answer):
    asked = organisation(answer)
    said = shop("plan", "--out", "p.json")
    assert said.code == 8
    assert "PLN005" in said.out
    assert TOKEN not in said.out
    saved = json.loads((shop.root / "p.json").read_text())
    assert [step for change in saved["changes"] for step in change["steps"]] == []
    for command in (("apply", "--auto-approve", "--allow-delete"), ("apply", "p.json")):
        assert shop(*command).code in {5, 8}
    assert {request.method for request in asked} == {"GET"}


@pytest.mark.parametrize("value", [None, "", " ", "\n", "two\nlines", "hüsh", "nul\x7f"])
def test_secret_that_is_none_is_3_and_nothing_is_sent(shop, organisation, monkeypatch, value):
    asked = organisation(okta(500, "E0000009"))
    monkeypatch.delenv("OKTA_API_TOKEN")
    if value is not None:
        monkeypatch.setenv("OKTA_API_TOKEN", value)
    said = shop("plan")
    assert said.code == 3
    assert "RUN031" in said.err
    assert "OKTA_API_TOKEN" in said.err
    assert "hüsh" not in said.err
    assert asked == []


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"hush\xff", b"hush\x00hush", b"hu\nsh", "hüsh".encode()])
def test_secret_file_that_holds_none_is_3_and_nothing_is_sent(shop, organisation, content):
    asked = organisation(okta(500, "E0000009"))
    shop.configure(CONFIGURATION.replace("fromEnv: OKTA_API_TOKEN", "fromFile: token"))
    if content is not None:
        (shop.root / "token").write_bytes(content)
    said = shop("plan")
    assert said.code == 3
    assert "RUN031" in said.err
    assert "file token" in said.err
    assert "hush" not in said.err
    assert asked == []


def test_secret_is_read_without_the_newline_that_editors_add(shop, organisation):
    asked = organisation(httpx.Response(200, json=[]))
    shop.configure(CONFIGURATION.replace("fromEnv: OKTA_API_TOKEN", "fromFile: token"))
    (shop.root / "token").write_text(f"{TOKEN}\r\n")
    assert shop("plan").code == 0
    assert {request.headers["Authorization"] for request in asked} == {f"SSWS {TOKEN}"}
