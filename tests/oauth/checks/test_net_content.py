from dataclasses import replace

import pytest

from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth import Variant
from tests.support.defects import answers, defect, endpoint, everywhere, header, judge_world, more, prove, silent
from tests.support.readiness import ISSUER, PRM_URL, TOKEN, URL, reply

PAGE = b"<!doctype html><title>App</title>"
SIBLING = f"https://mcp.example.com/.well-known/oauth-protected-resource/{TOKEN}"


def page_at(*variants):
    """A catch-all page answers there."""

    def change(w):
        for fetched in w.server().documents:
            if fetched.variant in variants:
                w.places[fetched.variant] = reply(fetched.reply.url, 200, PAGE, content_type="text/html", etag="x")

    return change


def body(text, *variants):
    def change(w):
        for fetched in w.server().documents:
            if fetched.variant in variants:
                w.places[fetched.variant] = replace(fetched.reply, body=text)

    return change


def refusal(content):
    def change(w):
        w.replies["discover"] = replace(w.server().discover, body=content)

    return change


def hidden(w):
    w.replies["discover"] = header(access_control_expose_headers="")(w.server().discover)


TWICE = b'{"resource": "https://mcp.example.com/mcp", "resource": "https://x.example"}'
HUGE = b'{"a": "' + b"x" * (256 << 10) + b'"}'

DEFECTS = [
    defect("NET010", body(HUGE, Variant.ROOT), also="NET012", name="document"),
    defect("NET010", refusal(b"x" * (65 << 10)), name="refusal"),
    defect("NET010", everywhere(silent(Unanswered.TOO_LARGE)), name="cut"),
    defect("NET011", page_at(Variant.CHALLENGE, Variant.PATH), also="PRM002", weight="E", name="before"),
    defect("NET011", page_at(Variant.ROOT), weight="W", name="after"),
    defect("NET011", everywhere(header(content_type="")), weight="E", name="none"),
    defect("NET012", body(TWICE, Variant.ROOT), name="twice"),
    defect("NET013", everywhere(header(cache_control="no-store")), name="never"),
    defect("NET013", everywhere(header(cache_control="max-age=90000")), name="long"),
    defect("NET013", everywhere(header(cache_control="")), name="unsaid"),
    defect("NET014", everywhere(header(access_control_allow_origin="")), name="documents"),
    defect("NET014", hidden, name="challenge"),
    defect("NET015", endpoint(jwks=reply(f"{ISSUER}/keys", 429, retry_after="60")), verdict="unknown"),
    defect("NET015", endpoint(jwks=reply(f"{ISSUER}/keys", 503)), verdict="unknown", name="no-wait"),
    defect("NET016", answers(sibling=reply(SIBLING, 200, {"resource": f"{URL}/{TOKEN}"}))),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def test_the_wait_that_a_server_asks_for_is_passed_on():
    limited = reply(PRM_URL, 429, retry_after="60")
    found = [f for f in judge_world(everywhere(lambda _: limited)) if f.id == "NET015" and f.verdict == "unknown"]
    assert found[0].observed.endswith("(429), retry after 60")


def test_an_answer_of_a_filter_is_never_a_failure():
    shield = reply(PRM_URL, 403, PAGE, content_type="text/html")
    findings = judge_world(everywhere(lambda _: shield))
    assert {f.id for f in findings if f.verdict == "fail"} == set()
    assert {f.verdict for f in findings if f.id in {"PRM001", "PRM005", "NET015"} and f.subject.endswith("jira")} == {
        "unknown"
    }


def test_an_etag_is_enough_to_cache():
    findings = judge_world(everywhere(header(cache_control="", etag='"1"')))
    assert "NET013" not in {f.id for f in findings if f.verdict == "fail"}


@pytest.mark.parametrize(
    "sibling", [reply(SIBLING, 200, PAGE, content_type="text/html"), reply(SIBLING, 200, {"a": 1})]
)
def test_an_answer_that_does_not_echo_the_path_proves_nothing(sibling):
    assert [f.verdict for f in judge_world(answers(sibling=sibling)) if f.id == "NET016"] == ["pass"]


@pytest.mark.parametrize(
    ("sibling", "verdict"), [(None, "skip"), (Reply(SIBLING, unanswered=Unanswered.TIMEOUT), "unknown")]
)
def test_an_unasked_path_is_skipped(sibling, verdict):
    assert [f.verdict for f in judge_world(answers(sibling=sibling)) if f.id == "NET016"] == [verdict]


def test_nothing_observed_is_unknown_or_skipped_never_wrong():
    findings = judge_world(more(server=None, issuers={}, organisation=None, hosts={}, control=None))
    assert {f.id for f in findings if f.verdict == "fail"} == {"CON002"}  # Okta's own server rests on the manifest
    passing = {f.id for f in findings if f.verdict == "pass" and f.id[:3] in {"NET", "MCP", "WWA", "PRM", "JWK"}}
    assert passing == set()
