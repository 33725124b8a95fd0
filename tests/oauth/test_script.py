"""The flows, driven by hand: what they ask, in which order, when they stop, and what they make of it."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence import Ask, Reply, Tier, Unanswered
from reconciler.oauth import Declared, Limits, Registration, Static, Target, issuers_of, probe_issuer, probe_server
from reconciler.oauth.script import within
from tests.support.readiness import CLIENT, ISSUER, OKTA, PRM_URL, TOKEN, URL, reply, rpc, server_metadata
from tests.support.steady import STEADY

GET = Limits(tier=Tier.GET, token=TOKEN)
POST = Limits(tier=Tier.POST, token=TOKEN)
TARGET = Target("McpServer.jira", URL)
DECLARED = Declared("AuthorizationServer.idp", "external", ISSUER)
PRM = {"resource": URL, "authorization_servers": [ISSUER, OKTA, ISSUER]}
CHALLENGE = f'Bearer resource_metadata="{PRM_URL}"'
OPEN = rpc({"supportedVersions": ["2026-07-28"]})

Answer = Callable[[Ask], Reply]


def drive(flow, answer: Answer):
    """Play the shell: give every ask its answer; hand back the asks and what came out."""
    asks = []
    try:
        ask = next(flow)
        while True:
            asks.append(ask)
            ask = flow.send(answer(ask))
    except StopIteration as end:
        return asks, end.value


def method(ask):
    """The JSON-RPC method of a post, or the path of a GET."""
    for name in ("server/discover", "initialize", "tools/list"):
        if ask.body and f'"{name}"'.encode() in ask.body:
            return f"{name} from afar" if "Origin" in ask.headers else name
    return f"{ask.method} {urlsplit(ask.url).scheme}:{urlsplit(ask.url).path}"


def server(**said):
    """Answers by method; metadata where it belongs, 404 elsewhere."""
    known = {method(Ask(PRM_URL)): reply(PRM_URL, 200, PRM), **said}
    return lambda ask: known.get(method(ask), reply(ask.url, 404))


WELL = "/.well-known/oauth-protected-resource"
READS = [f"GET https:{WELL}/mcp", f"GET https:{WELL}", f"GET https:{WELL}/{TOKEN}", "GET http:/mcp"]


def test_at_tier_g_only_documents_are_read():
    asks, evidence = drive(probe_server(TARGET, GET), server())
    assert [method(ask) for ask in asks] == READS
    assert {ask.method for ask in asks} == {"GET"}
    assert [ask.follow for ask in asks] == [True, True, True, False]
    assert (evidence.discover, evidence.legacy) == (None, None)
    assert [fetched.variant for fetched in evidence.documents] == ["path", "root"]


def test_without_metadata_the_place_of_2025_03_26_is_asked_too():
    asks, evidence = drive(probe_server(TARGET, GET), lambda ask: reply(ask.url, 404))
    assert method(asks[-1]) == "GET https:/.well-known/oauth-authorization-server"
    assert evidence.legacy is not None


@pytest.mark.parametrize("limits", [Limits(tier=Tier.OFFLINE), GET])
def test_nothing_is_asked_offline_or_of_an_unsafe_url(limits):
    target = Target("x", URL if limits.tier is Tier.OFFLINE else "http://mcp.example.com/mcp")
    assert drive(probe_server(target, limits), server())[0] == []
    issuer = Declared("x", "external", ISSUER if limits.tier is Tier.OFFLINE else None)
    assert drive(probe_issuer(issuer, limits), server())[0] == []


@pytest.mark.parametrize("why", ["blocked", "unresolved", "unreachable", "tls"])
def test_a_host_that_cannot_be_asked_is_asked_once(why):
    gone = Unanswered(why)
    asks, evidence = drive(probe_server(TARGET, POST), lambda ask: Reply(ask.url, unanswered=gone))
    assert (len(asks), len(evidence.documents)) == (1, 1)
    asks, _ = drive(probe_issuer(DECLARED, POST), lambda ask: Reply(ask.url, unanswered=gone))
    assert len(asks) == 1


def opening(asks):
    return [method(ask) for ask in asks if ask.method == "POST"]


def test_who_demands_a_token_is_asked_nothing_more():
    refused = reply(URL, 401, www_authenticate=CHALLENGE)
    asks, evidence = drive(probe_server(TARGET, POST), server(**{"server/discover": refused}))
    assert opening(asks) == ["server/discover"]
    assert [fetched.variant for fetched in evidence.documents] == ["path", "root", "challenge"]
    assert len([ask for ask in asks if ask.url == PRM_URL]) == 1  # known already


def test_a_modern_server_is_not_asked_in_the_old_way():
    asks, evidence = drive(probe_server(TARGET, POST), server(**{"server/discover": reply(URL, 200, OPEN)}))
    assert opening(asks) == ["server/discover", "tools/list", "server/discover from afar"]
    assert evidence.initialize is None


def test_a_server_of_before_is_asked_in_the_old_way_and_keeps_its_session():
    old = reply(URL, 200, rpc({"protocolVersion": "2025-06-18"}), mcp_session_id="s1")
    asks, evidence = drive(
        probe_server(TARGET, POST), server(**{"server/discover": reply(URL, 400, rpc(error=-32600)), "initialize": old})
    )
    assert opening(asks) == ["server/discover", "initialize", "tools/list", "initialize from afar"]
    assert [ask.headers.get("Mcp-Session-Id") for ask in asks if method(ask) == "tools/list"] == ["s1"]
    assert evidence.stream is None


def test_intrusive_questions_can_be_left_out():
    limits = Limits(tier=Tier.POST, intrusive=False)
    asks, evidence = drive(probe_server(TARGET, limits), server(**{"server/discover": reply(URL, 200, OPEN)}))
    assert opening(asks) == ["server/discover"]
    assert (evidence.tools, evidence.hostile) == (None, None)


def test_where_no_post_is_taken_a_stream_is_looked_for():
    asks, evidence = drive(probe_server(TARGET, POST), server(initialize=reply(URL, 405)))
    assert opening(asks) == ["server/discover", "initialize"]
    assert (method(asks[-1]), asks[-1].headers["Accept"]) == ("GET https:/mcp", "text/event-stream")
    assert evidence.stream is not None
    asks, evidence = drive(probe_server(TARGET, POST), server(initialize=reply(URL, 403)))
    assert evidence.stream is None


@pytest.mark.parametrize("first", [reply(URL, 500), reply(URL, 429), Reply(URL, unanswered=Unanswered.TIMEOUT)])
def test_a_server_in_trouble_is_left_alone(first):
    asks, _ = drive(probe_server(TARGET, POST), server(**{"server/discover": first}))
    assert opening(asks) == ["server/discover"]


@pytest.mark.parametrize(
    ("hint", "limits", "fetched"),
    [
        ("https://mcp.example.com/prm.json", POST, True),
        ("https://x.example/prm.json", POST, False),
        ("https://x.example/prm.json", Limits(tier=Tier.POST, follow_hints=True), True),
        ("javascript:alert(1)", Limits(tier=Tier.POST, follow_hints=True), False),
    ],
)
def test_a_hint_to_another_host_is_reported_not_followed(hint, limits, fetched):
    refused = reply(URL, 401, www_authenticate=f'Bearer resource_metadata="{hint}"')
    asks, evidence = drive(probe_server(TARGET, limits), server(**{"server/discover": refused}))
    assert (hint in [ask.url for ask in asks]) is fetched
    assert ("challenge" in [each.variant for each in evidence.documents]) is fetched


def test_a_refusal_without_challenge_hints_at_nothing():
    asks, evidence = drive(probe_server(TARGET, POST), server(**{"server/discover": reply(URL, 401)}))
    assert [each.variant for each in evidence.documents] == ["path", "root"]
    assert opening(asks) == ["server/discover"]


def test_undeclared_issuers_are_those_of_the_metadata():
    _, evidence = drive(probe_server(TARGET, GET), server())
    found = issuers_of(TARGET, evidence)
    assert [(each.issuer, each.type, each.written) for each in found] == [
        (ISSUER, "external", False),
        (OKTA, "okta", False),
    ]
    assert issuers_of(Target("x", URL, servers=(DECLARED,)), evidence) == (DECLARED,)
    assert issuers_of(TARGET, None) == ()
    nothing = drive(probe_server(TARGET, GET), lambda ask: reply(ask.url, 404))[1]
    assert issuers_of(TARGET, nothing) == ()


# -- authorization servers -----------------------------------------------------------------------------------------

META = server_metadata(ISSUER)


def issuer(document=META, **said):
    """An authorization server; answers of its endpoints by the last step of their path."""

    def answer(ask):
        last = urlsplit(ask.url).path.rpartition("/")[2]
        if ".well-known" in ask.url:
            return reply(ask.url, 200, document) if document else reply(ask.url, 404)
        return said.get(last, reply(ask.url, 400, {"error": "invalid_grant"}))

    return answer


def forms(asks):
    return [parse_qs((ask.body or b"").decode())["grant_type"][0].rpartition(":")[2] for ask in asks if ask.body]


def test_at_tier_g_an_issuer_is_only_read():
    asks, evidence = drive(probe_issuer(DECLARED, GET), issuer())
    assert {ask.method for ask in asks} == {"GET"}
    assert [ask.url.removeprefix(ISSUER) for ask in asks[4:]] == ["/keys", "/authorize", "/token"]
    assert (len(evidence.documents), evidence.foreign, evidence.token_code) == (4, None, None)


def test_junk_is_posted_twice_and_carries_no_secret():
    asks, evidence = drive(probe_issuer(DECLARED, POST), issuer())
    assert forms(asks) == ["authorization_code", "jwt-bearer"]
    assert all("secret" not in str(ask) and "Authorization" not in ask.headers for ask in asks)
    assert all(b"client_id" not in (ask.body or b"") and b"assertion" not in (ask.body or b"") for ask in asks)
    assert [ask.headers["Accept"] for ask in asks if ask.body] == ["*/*", "application/json"]
    foreign = parse_qs(urlsplit(asks[-1].url).query)
    assert (foreign["redirect_uri"], foreign["client_id"]) == (["https://client.invalid/callback"], [TOKEN])
    assert evidence.token_exchange is None
    assert len(asks) <= POST.issuer_requests


def test_registration_is_never_touched():
    asks, _ = drive(probe_issuer(DECLARED, Limits(tier=Tier.CONTROL, issuer_requests=99)), issuer())
    assert META["registration_endpoint"] not in [ask.url for ask in asks]


def test_a_third_post_has_to_be_asked_for():
    limits = Limits(tier=Tier.POST, token_posts=3, issuer_requests=12)
    asks, evidence = drive(probe_issuer(DECLARED, limits), issuer())
    assert forms(asks) == ["authorization_code", "jwt-bearer", "token-exchange"]
    assert evidence.token_exchange is not None


@pytest.mark.parametrize("first", [reply(ISSUER, 429), reply(ISSUER, 503), reply(ISSUER, 500)])
def test_a_token_endpoint_in_trouble_is_left_alone(first):
    asks, _ = drive(probe_issuer(DECLARED, POST), issuer(token=first))
    assert len(forms(asks)) == 1


def test_without_metadata_static_facts_are_asked():
    static = Static(authorization_endpoint=f"{ISSUER}/a?x=y", token_endpoint=f"{ISSUER}/t")
    declared = Declared("x", "external", ISSUER, discovery="static", static=static)
    asks, evidence = drive(probe_issuer(declared, POST), issuer(None))
    assert [ask.url for ask in asks[4:6]] == [f"{ISSUER}/a?x=y", f"{ISSUER}/t"]
    assert asks[-1].url.startswith(f"{ISSUER}/a?x=y&response_type=code")
    assert evidence.jwks is None


def test_live_facts_go_first_unless_static_rules():
    static = Static(token_endpoint="https://static.example/t")
    for discovery, host in (("auto", "idp.example.com"), ("static", "static.example")):
        declared = Declared("x", "external", ISSUER, discovery=discovery, static=static)
        asks, _ = drive(probe_issuer(declared, POST), issuer())
        assert {urlsplit(ask.url).hostname for ask in asks if ask.body} == {host}


def test_nothing_known_is_nothing_to_ask():
    asks, evidence = drive(probe_issuer(DECLARED, POST), issuer({"issuer": ISSUER}))
    assert len(asks) == 4
    assert (evidence.authorize, evidence.foreign, evidence.token_code) == (None, None, None)


@pytest.mark.parametrize(("client_id", "asked"), [(CLIENT, True), ("abc", False), ("http://a.example/c", False)])
def test_the_document_of_a_client_is_read_where_its_id_is_a_url(client_id, asked):
    declared = Declared("x", "external", ISSUER, registration=Registration(client_id))
    asks, evidence = drive(probe_issuer(declared, GET), issuer())
    assert (client_id in [ask.url for ask in asks]) is asked
    assert (evidence.client is not None) is asked


def test_endpoints_that_are_not_safe_are_never_asked():
    odd = {
        **META,
        "authorization_endpoint": "javascript:alert(1)",
        "token_endpoint": "http://x/",
        "jwks_uri": "file:///a",
    }
    asks, _ = drive(probe_issuer(DECLARED, POST), issuer(odd))
    assert len(asks) == 4


# -- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", range(12))
def test_no_flow_asks_more_than_it_may(most):
    limits = Limits(tier=Tier.CONTROL, server_requests=most, issuer_requests=most)
    old = server(**{"server/discover": reply(URL, 400), "initialize": reply(URL, 200, rpc({}))})
    asks, evidence = drive(probe_server(TARGET, limits), old)
    assert len(asks) == min(most, 8)
    assert len(evidence.documents) == 2
    asks, evidence = drive(probe_issuer(DECLARED, limits), issuer())
    assert len(asks) == min(most, 10)


def test_beyond_the_budget_answers_say_so():
    _, evidence = drive(probe_server(TARGET, Limits(server_requests=1)), server())
    assert evidence.documents[1].reply.unanswered is Unanswered.BUDGET


@STEADY
@given(
    st.lists(
        st.tuples(
            st.sampled_from([200, 204, 301, 400, 401, 403, 404, 405, 429, 500, 503]),
            st.sampled_from(
                [None, PRM, META, OPEN, rpc({"protocolVersion": "2025-06-18"}), rpc(error=-32022), b"<html>"]
            ),
            st.sampled_from(list(Unanswered)),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(list(Tier)),
)
def test_whatever_is_answered_a_flow_ends_within_twenty_requests(answers, tier):
    limits = Limits(tier=tier, token=TOKEN)
    turns = iter(answers * 30)

    def answer(ask):
        status, body, unanswered = next(turns)
        if unanswered is not Unanswered.NONE:
            return Reply(ask.url, unanswered=unanswered)
        return reply(ask.url, status, body, www_authenticate=CHALLENGE)

    asked, _ = drive(probe_server(TARGET, limits), answer)
    more, _ = drive(probe_issuer(DECLARED, limits), answer)
    assert len(asked) + len(more) <= 20
    if tier in {Tier.OFFLINE, Tier.GET}:
        assert {ask.method for ask in asked + more} <= {"GET"}
    assert all(ask.url.startswith("https://") or ask.url == "http://mcp.example.com/mcp" for ask in asked + more)


def test_a_flow_that_asks_nothing_ends_at_once():
    def silent():
        return 7
        yield

    assert drive(within(silent(), 3), server()) == ([], 7)
