import pytest

from reconciler.core.evidence import Reply, Unanswered
from tests.support.defects import answers, defect, judge_world, prove, target
from tests.support.readiness import URL, legacy, opened, reply, rpc, world

LOGIN = "https://mcp.example.com/login"
TIMEOUT = Reply(URL, unanswered=Unanswered.TIMEOUT)
PAGE = b"<title>Please log in</title>"
TOOLS = reply(URL, 200, rpc({"tools": [{"name": "a"}, {"name": "b"}]}))
STREAM = answers(
    discover=reply(URL, 405),
    initialize=reply(URL, 405),
    stream=reply(URL, 200, b"event: endpoint\n\n", content_type="text/event-stream"),
)


def refused(**headers):
    return lambda w: w.replies.update(discover=reply(URL, 401, www_authenticate=w.challenge, **EXPOSED, **headers))


EXPOSED = {"access_control_expose_headers": "*"}
GONE = answers(discover=reply(URL, 404), initialize=reply(URL, 404), stream=reply(URL, 404))
BASE = (opened,)

DEFECTS = [
    defect("MCP001", GONE, also="MCP002", base=(opened, target(auth="lazy")), name="gone"),
    defect("MCP001", answers(discover=reply(URL, 502)), also="MCP002", base=BASE, name="broken"),
    defect("MCP001", answers(discover=Reply(URL, unanswered=Unanswered.UNREACHABLE)), verdict="unknown", name="silent"),
    defect("MCP002", answers(discover=reply(URL, 200, b"hello"), initialize=reply(URL, 200, b"hello")), base=BASE),
    defect("MCP003", answers(discover=reply(URL, 403), initialize=reply(URL, 403)), also="MCP002", name="403"),
    defect("MCP003", answers(discover=reply(URL, 302, location=LOGIN)), also="MCP002", name="login"),
    defect("MCP004", answers(discover=reply(URL, 200, PAGE)), also="MCP002", base=BASE),
    defect("MCP005", target(auth="open"), base=BASE),
    defect("MCP006", answers(tools=TOOLS), base=BASE),
    defect("MCP007", answers(hostile=reply(URL, 200, rpc({}))), base=BASE),
    defect("MCP008", refused(mcp_session_id="1"), name="session"),
    defect("MCP008", refused(set_cookie="a=b"), name="cookie"),
    defect("MCP009", STREAM, base=(opened, target(auth="lazy"))),
    defect("MCP010", answers(discover=reply(URL, 200, rpc({"capabilities": {}}))), base=BASE),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("MCP")}


@pytest.mark.parametrize(
    ("versions", "era"), [(["2026-07-28"], "modern"), (["2025-11-25", "2026-07-28", 7], "dual"), ("all", "modern")]
)
def test_the_era_is_recorded(versions, era):
    found = verdicts(opened, answers(discover=reply(URL, 200, rpc({"supportedVersions": versions}))))
    assert found["MCP002"].observed == era


def test_a_server_of_before_is_recorded_too():
    found = verdicts(legacy)
    assert (found["MCP002"].observed, found["MCP005"].observed, found["MCP009"].verdict) == ("legacy", "lazy", "pass")
    assert (found["MCP010"].verdict, found["MCP007"].verdict) == ("skip", "pass")


@pytest.mark.parametrize("code", [-32020, -32021, -32022, -32601])
def test_an_error_of_the_new_protocol_is_an_answer(code):
    found = verdicts(opened, answers(discover=reply(URL, 400, rpc(error=code))))
    assert (found["MCP001"].verdict, found["MCP002"].observed) == ("pass", "modern")


def test_silence_is_unknown():
    found = verdicts(answers(discover=TIMEOUT))
    assert {code: found[code].verdict for code in ("MCP001", "MCP002", "MCP003")} == {
        "MCP001": "unknown",
        "MCP002": "unknown",
        "MCP003": "unknown",
    }
    found = verdicts(opened, answers(tools=TIMEOUT, hostile=TIMEOUT))
    assert (found["MCP006"].verdict, found["MCP007"].verdict) == ("unknown", "unknown")


def test_what_was_not_asked_is_skipped():
    found = verdicts(opened, answers(tools=None, hostile=None))
    assert (found["MCP006"].verdict, found["MCP007"].verdict) == ("skip", "skip")
    unsent = verdicts(answers(discover=None))
    assert {unsent[f"MCP00{n}"].verdict for n in (1, 2, 3, 4, 5, 9)} == {"unknown"}


def test_an_open_server_may_list_its_tools_and_have_no_metadata():
    def bare(w):
        for fetched in w.server().documents:
            w.places[fetched.variant] = reply(fetched.reply.url, 404)

    found = verdicts(opened, target(auth="open"), answers(tools=TOOLS), bare)
    assert (found["MCP005"].verdict, found["MCP006"].observed) == ("skip", "declared open")


def test_an_answer_in_a_stream_counts_like_any_other():
    event = b"event: message\ndata: " + reply(URL, 200, rpc({"tools": [1]})).body + b"\n\n"
    streamed = reply(URL, 200, event, content_type="text/event-stream; charset=utf-8")
    assert verdicts(opened, answers(tools=streamed))["MCP006"].verdict == "fail"
    empty = reply(URL, 200, b": ping\n\n", content_type="text/event-stream")
    assert verdicts(opened, answers(tools=empty))["MCP006"].verdict == "pass"


def test_a_world_can_be_made_of_nothing():
    assert world().server().discover is not None
