"""What leaves the house, to whom, and what is tried again."""

import json
import threading

import httpx
import pytest

from reconciler import __version__
from reconciler.backends.okta import Settings
from reconciler.backends.okta.client import Client, Exchange
from reconciler.core.errors import (
    AnswerUnreadable,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    ReconcilerError,
    RemoteError,
)

from .conftest import ORG, SECRET, SERVERS, okta_error

OK = httpx.Response(200, json={"data": []})
ELSEWHERE = [
    "https://evil.test/api/v1/x",
    "//evil.test/api/v1/x",
    "http://org.okta.test/api/v1/x",
    "https://org.okta.test:8443/api/v1/x",
    "https://org.okta.test.evil.test/x",
    "https://org.okta.test@evil.test/x",
    "ftp://org.okta.test/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://[::1",
    "https://org.okta.test:99999999/x",
    "https://\x00evil.test/",
]


def test_request_carries_credential_agent_and_accept(scripted):
    client, script = scripted(OK)
    client.send(Exchange("GET", SERVERS))
    [request] = script.asked
    assert request.headers["Authorization"] == SECRET
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == f"mcp-reconciler/{__version__}"
    assert request.headers["Host"] == "org.okta.test"
    assert str(request.url) == f"{ORG}{SERVERS}"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_write_without_body_says_that_its_length_is_zero(method, scripted):
    client, script = scripted(httpx.Response(204))
    client.send(Exchange(method, f"{SERVERS}/ems1/lifecycle/activate"))
    [request] = script.asked
    assert request.headers["Content-Length"] == "0"
    assert request.read() == b""


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_request_that_has_no_body_does_not_speak_of_one(method, scripted):
    client, script = scripted(httpx.Response(204))
    client.send(Exchange(method, SERVERS))
    assert "Content-Length" not in script.asked[0].headers
    assert "Content-Type" not in script.asked[0].headers


@pytest.mark.parametrize(
    ("merge", "media"), [(False, "application/json"), (True, "application/merge-patch+json")], ids=["json", "merge"]
)
def test_body_is_json_under_the_media_type_that_the_call_needs(merge, media, scripted):
    client, script = scripted(OK, OK)
    client.send(Exchange("PATCH", f"{SERVERS}/ems1", {"displayName": "Füße"}, merge=merge))
    assert script.asked[0].headers["Content-Type"] == media
    assert json.loads(script.asked[0].read()) == {"displayName": "Füße"}
    client.send(Exchange("GET", SERVERS))
    assert "Content-Type" not in script.asked[1].headers


@pytest.mark.parametrize("url", ELSEWHERE)
def test_credential_is_sent_to_no_other_origin_whatever_a_link_says(url, scripted):
    client, script = scripted(OK)
    with pytest.raises(ReconcilerError) as raised:
        client.send(Exchange("GET", url))
    assert raised.value.exit_code == 8
    assert script.asked == []


@pytest.mark.parametrize("url", ["https:\\\\evil.test/x", "\\\\evil.test/x", "evil.test/x", "/\\evil.test"])
def test_address_that_only_browsers_take_for_another_host_stays_at_home(url, scripted):
    client, script = scripted(OK)
    client.send(Exchange("GET", url))
    assert script.asked[0].url.host == "org.okta.test"


@pytest.mark.parametrize(
    "url",
    [
        f"{ORG}{SERVERS}?after=x",
        f"{ORG}:443{SERVERS}?after=x",
        f"HTTPS://ORG.okta.test{SERVERS}?after=x",
        f"{SERVERS}?after=x",
    ],
)
def test_own_origin_is_recognised_however_it_is_written(url, scripted):
    client, script = scripted(OK)
    client.send(Exchange("GET", url))
    assert str(script.asked[0].url) == f"{ORG}{SERVERS}?after=x"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.test/", f"{ORG}/elsewhere"])
def test_redirects_are_never_followed(status, target, scripted):
    client, script = scripted(httpx.Response(status, headers={"Location": target}))
    with pytest.raises(RemoteError, match=f"redirects .{status}.") as raised:
        client.send(Exchange("GET", SERVERS))
    assert "credentials do not follow redirects" in raised.value.fix
    assert len(script.asked) == 1


def test_real_sockets_follow_no_redirect_and_use_no_proxy(clock, monkeypatch):
    """Over the transport that is really used: a proxy from the environment would see the credential."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    asked = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            client = Client(f"http://127.0.0.1:{server.server_port}", SECRET, clock)
            with pytest.raises(RemoteError, match="redirects"):
                client.send(Exchange("GET", SERVERS))
            client.close()
        finally:
            server.shutdown()
            thread.join()
    assert asked == [SERVERS]


# -- trying again --------------------------------------------------------------------------------------------------

PASSING = [
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut off"),
    httpx.Response(500, text="<html>"),
    httpx.Response(502),
    okta_error(503, "E0000010"),
]
NAMES = ["refused", "timeout", "connect timeout", "reset", "cut off", "500 HTML", "502 empty", "503"]


@pytest.mark.parametrize("trouble", PASSING, ids=NAMES)
def test_read_is_tried_again_and_each_time_later(trouble, scripted, clock):
    client, script = scripted(trouble, trouble, OK)
    assert client.send(Exchange("GET", SERVERS)).status_code == 200
    assert len(script.asked) == 3
    assert clock.slept == sorted(clock.slept)


@pytest.mark.parametrize("trouble", PASSING, ids=NAMES)
def test_read_is_given_up_after_a_bounded_number_of_tries(trouble, scripted, clock):
    client, script = scripted(trouble)
    with pytest.raises(RemoteError) as raised:
        client.send(Exchange("GET", SERVERS))
    assert type(raised.value) is RemoteError
    assert len(script.asked) == 4
    assert sum(clock.slept) < 10


@pytest.mark.parametrize("trouble", PASSING[1:2] + PASSING[3:7], ids=NAMES[1:2] + NAMES[3:7])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_write_is_sent_once_and_its_outcome_is_unknown(method, trouble, scripted):
    client, script = scripted(trouble)
    with pytest.raises(OutcomeUnknown):
        client.send(Exchange(method, SERVERS, {}))
    assert len(script.asked) == 1


@pytest.mark.parametrize("trouble", PASSING[1:2] + PASSING[3:7], ids=NAMES[1:2] + NAMES[3:7])
def test_delete_is_tried_again_and_done_when_it_finds_nothing_left(trouble, scripted):
    client, script = scripted(trouble, okta_error(404, "E0000007"))
    assert client.send(Exchange("DELETE", f"{SERVERS}/ems1")).status_code == 204
    assert len(script.asked) == 2


def test_delete_of_what_was_never_there_is_not_found(scripted):
    client, _ = scripted(okta_error(404, "E0000007"))
    with pytest.raises(NotFound):
        client.send(Exchange("DELETE", f"{SERVERS}/ems1"))


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("refused"), okta_error(503, "E0000010")], ids=["refused", "503"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_write_that_certainly_had_no_effect_is_tried_again_a_few_times(method, trouble, scripted, clock):
    client, script = scripted(trouble, trouble, OK)
    client.send(Exchange(method, SERVERS, {}))
    assert len(script.asked) == 3
    client, script = scripted(trouble)
    with pytest.raises(RemoteError) as raised:
        client.send(Exchange(method, SERVERS, {}))
    assert type(raised.value) is RemoteError
    assert len(script.asked) == 4
    assert sum(clock.slept) < 20


@pytest.mark.parametrize(("said", "waits"), [("7", 7), ("99999", 60), ("soon", 0.6), ("-1", 0.6), ("", 0.6)])
def test_wait_that_the_organisation_asks_for_is_kept_within_reason(said, waits, scripted, clock):
    busy = okta_error(503, "E0000010")
    busy.headers["Retry-After"] = said
    client, _ = scripted(busy, OK)
    client.send(Exchange("POST", SERVERS, {}))
    assert clock.slept == [waits]


def test_bare_400_is_never_repeated(scripted):
    for method in ("POST", "PUT", "PATCH", "GET", "DELETE"):
        client, script = scripted(httpx.Response(400))
        with pytest.raises(RemoteError):
            client.send(Exchange(method, SERVERS))
        assert len(script.asked) == 1


@pytest.mark.parametrize(
    "answer", [okta_error(403, "E0000006"), okta_error(401, "E0000011"), okta_error(400, "E0000031")]
)
def test_refusal_is_not_tried_again(answer, scripted, clock):
    client, script = scripted(answer)
    with pytest.raises(ReconcilerError):
        client.send(Exchange("GET", SERVERS))
    assert len(script.asked) == 1
    assert clock.slept == []


class Broken(httpx.SyncByteStream):
    """A body that is not what its headers promise, or ends too early."""

    def __init__(self, *, cut: bool) -> None:
        self.cut = cut

    def __iter__(self):
        yield b'{"data": ['
        if self.cut:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


@pytest.mark.parametrize("cut", [True, False], ids=["cut off", "bad encoding"])
def test_body_that_cannot_be_received_is_trouble_of_the_connection(cut, scripted):
    def answer(_request):
        return httpx.Response(200, headers={} if cut else {"Content-Encoding": "gzip"}, stream=Broken(cut=cut))

    client, _ = scripted(answer)
    with pytest.raises(RemoteError, match="connection failed"):
        client.send(Exchange("GET", SERVERS))
    with pytest.raises(OutcomeUnknown, match="connection failed"):
        client.send(Exchange("POST", SERVERS, {}))


# -- secrets -------------------------------------------------------------------------------------------------------


def test_secret_is_in_no_repr_and_no_error(scripted):
    client, _ = scripted(PASSING[0])
    texts = [repr(Settings(ORG, SECRET)), repr(client), str(client), repr(vars(client))]
    for trouble in (*PASSING, okta_error(403, "E0000006"), httpx.Response(302, headers={"Location": "https://e.test"})):
        for method in ("GET", "POST"):
            failing, _ = scripted(trouble)
            with pytest.raises(ReconcilerError) as raised:
                failing.send(
                    Exchange(method, SERVERS, {"clientSecret": "00aVerySecretToken"} if method == "POST" else None)
                )
            error = raised.value
            texts += [repr(error), str(error), error.detail, error.fix, repr(error.diagnostic)]
    assert not [text for text in texts if "VerySecret" in text]


def test_organisation_that_echoes_the_credential_does_not_get_it_into_our_texts(scripted):
    client, _ = scripted(okta_error(403, "E0000006", f"Token {SECRET} lacks a role"))
    with pytest.raises(PermissionDenied) as raised:
        client.send(Exchange("GET", SERVERS))
    assert "VerySecret" not in raised.value.detail


def test_html_with_status_200_is_for_the_driver_to_refuse(driven):
    driver, _ = driven(httpx.Response(200, text="<html>"))
    with pytest.raises(AnswerUnreadable):
        driver._get(SERVERS)
