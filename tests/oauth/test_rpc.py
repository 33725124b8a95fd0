import json

import pytest

from reconciler.core.evidence import Reply
from reconciler.oauth import Limits, Revision, ServerEvidence, rpc
from tests.support.readiness import URL, legacy, opened, reply, world
from tests.support.readiness import rpc as said

LIMITS = Limits(client="me", version="1.2")


def test_the_opening_question_of_today():
    ask = rpc.discover(URL, LIMITS)
    assert (ask.method, ask.follow, ask.headers["Mcp-Method"]) == ("POST", False, "server/discover")
    assert ask.headers["MCP-Protocol-Version"] == "2026-07-28"
    assert ask.headers["Accept"] == "application/json, text/event-stream"
    body = json.loads(ask.body or b"")
    assert (body["method"], body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"]) == (
        "server/discover",
        "2026-07-28",
    )
    assert body["params"]["_meta"]["io.modelcontextprotocol/clientInfo"] == {"name": "me", "version": "1.2"}
    assert rpc.discover(URL, LIMITS, origin="https://o").headers["Origin"] == "https://o"


def test_the_opening_request_of_before():
    ask = rpc.initialize(URL, LIMITS)
    assert json.loads(ask.body or b"")["params"]["protocolVersion"] == "2025-11-25"
    assert "Origin" not in ask.headers
    assert rpc.initialize(URL, LIMITS, origin="https://o").headers["Origin"] == "https://o"


def test_tools_are_listed_in_the_words_of_the_era():
    modern, before = (rpc.tools(URL, LIMITS, r, session="s") for r in (Revision.M26, Revision.M06))
    assert (modern.headers["Mcp-Method"], "Mcp-Session-Id" in modern.headers) == ("tools/list", False)
    assert (before.headers["Mcp-Session-Id"], "Mcp-Method" in before.headers) == ("s", False)
    assert "Mcp-Session-Id" not in rpc.tools(URL, LIMITS, Revision.M25).headers


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'{"jsonrpc": "1.0"}', b'{"id": 1}', b'{"jsonrpc": "2.0", "jsonrpc": "2.0"}']
)
def test_what_is_no_message_is_none(body):
    assert rpc.message(Reply(URL, 200, body=body)) is None
    assert rpc.message(None) is None
    assert rpc.result(None) is None
    assert not rpc.is_modern(None)


@pytest.mark.parametrize("result", [None, 7, []])
def test_a_result_is_an_object(result):
    assert rpc.result(reply(URL, 200, said(result))) is None
    assert rpc.result(reply(URL, 500, said({}))) is None


@pytest.mark.parametrize(
    ("status", "code", "modern"), [(400, -32022, True), (200, -32601, False), (400, -32600, False)]
)
def test_an_error_tells_the_era_by_code_and_status(status, code, modern):
    assert rpc.is_modern(reply(URL, status, said(error=code))) is modern
    for error in ("x", {"code": []}, {"code": "-32022"}):
        assert not rpc.is_modern(reply(URL, 400, {"jsonrpc": "2.0", "error": error}))


def test_the_revision_is_the_newest_that_was_shown():
    assert rpc.revision(None) is None
    assert rpc.revision(world(opened).server()) is Revision.M26
    assert rpc.revision(world(legacy).server()) is Revision.M06
    assert rpc.revision(ServerEvidence(URL)) is None
    odd = reply(URL, 200, said({"protocolVersion": "1999"}))
    assert rpc.revision(ServerEvidence(URL, initialize=odd)) is None
    odder = reply(URL, 200, said({"protocolVersion": ["x"]}))
    assert rpc.revision(ServerEvidence(URL, initialize=odder)) is None


@pytest.mark.parametrize("result", [{}, {"capabilities": 7}, {"capabilities": {"extensions": []}}])
def test_extensions_are_listed_where_there_are_some(result):
    assert rpc.extensions(ServerEvidence(URL, discover=reply(URL, 200, said(result)))) == ()
    assert rpc.extensions(world(opened).server()) == (rpc.EMA_EXTENSION,)


@pytest.mark.parametrize(
    ("status", "kind", "stream"),
    [(200, "text/event-stream", True), (200, "", False), (404, "text/event-stream", False)],
)
def test_a_stream_is_a_stream(status, kind, stream):
    assert rpc.is_stream(reply(URL, status, b"", content_type=kind)) is stream
    assert rpc.is_stream(None) is False
