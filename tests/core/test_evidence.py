import pytest

from reconciler.core.evidence import Ask, Finding, Gate, Origin, Reply, Tier, Unanswered, Verdict, Weight


def test_an_ask_is_a_get_that_follows_redirects_unless_told_otherwise():
    ask = Ask("https://a.example/")
    assert (ask.method, dict(ask.headers), ask.body, ask.follow) == ("GET", {}, None, True)


def test_headers_are_found_without_regard_to_case_and_kept_in_order():
    reply = Reply("u", 401, (("www-authenticate", "Basic"), ("date", "x"), ("www-authenticate", "Bearer")))
    assert reply.header("WWW-Authenticate") == "Basic"
    assert reply.all("WWW-Authenticate") == ("Basic", "Bearer")
    assert reply.header("server") is None
    assert reply.all("server") == ()


def test_a_reply_that_never_came_is_empty_and_says_why():
    reply = Reply("u", unanswered=Unanswered.TIMEOUT)
    assert (reply.status, reply.body, reply.headers, reply.unanswered.value) == (0, b"", (), "timeout")
    assert Reply("u").unanswered is Unanswered.NONE


def test_a_finding_weighs_what_its_check_weighs_unless_it_says_otherwise():
    finding = Finding("PRM001", "McpServer.jira", Verdict.FAIL)
    assert (finding.weight, finding.origin, finding.evidence, finding.source) == (None, Origin.LIVE, None, None)


@pytest.mark.parametrize(
    ("words", "letters"),
    [(Weight, "EWI"), (Gate, "XSCG"), (Tier, "0GPK")],
)
def test_the_letters_are_those_of_the_catalogue(words, letters):
    assert "".join(word.value for word in words) == letters


def test_origins_are_ordered_from_the_strongest():
    assert [origin.value for origin in Origin] == ["control-plane", "live", "pinned", "static", "default"]
