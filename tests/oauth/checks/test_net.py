from dataclasses import replace

import pytest

from reconciler.core.evidence import Reply, TlsFacts, Unanswered
from tests.support.defects import answers, defect, everywhere, hosts, judge_world, prove, silent
from tests.support.readiness import PRM_URL, reply

PLAIN = "http://mcp.example.com/mcp"
HOST = "mcp.example.com"


def only_tls(version="TLSv1.3", days_left=80):
    """All answers come by handshakes of this kind."""

    def change(w):
        facts = TlsFacts(version, days_left)
        everywhere(lambda old: replace(old, tls=facts))(w)
        w.replies |= {name: old and replace(old, tls=facts) for name, old in w.replies.items()}
        w.replies["discover"] = replace(w.server().discover, tls=facts)

    return change


def slow(w):
    everywhere(lambda old: replace(old, seconds=3.0))(w)
    w.replies["discover"] = replace(w.server().discover, seconds=3.0)


def lost(why, detail=""):
    """The document that the challenge names does not arrive; the others do."""

    def change(w):
        for fetched in w.server().documents[-1:]:
            w.places[fetched.variant] = silent(why, detail)(fetched.reply)

    return change


def redirected(*hops):
    return everywhere(lambda old: replace(old, redirects=hops))


DEFECTS = [
    defect("NET001", lost(Unanswered.UNRESOLVED)),
    defect("NET002", hosts(HOST, public=0, refused=1, second=(0, 1))),
    defect("NET003", hosts(HOST, second=(1, 1))),
    defect("NET004", lost(Unanswered.TLS, "expired"), name="detail"),
    defect("NET004", lost(Unanswered.TLS)),
    defect("NET005", only_tls(days_left=7), weight="E", name="days"),
    defect("NET005", only_tls(days_left=30), weight="W", name="weeks"),
    defect("NET006", only_tls("TLSv1.1"), weight="E", name="old"),
    defect("NET006", only_tls("TLSv1.2"), weight="I", name="not-newest"),
    defect("NET007", answers(plain=reply(PLAIN, 200)), name="open"),
    defect("NET007", answers(plain=reply(PLAIN, 302, location="https://mcp.example.com/mcp")), name="temporary"),
    defect("NET007", answers(plain=reply(PLAIN, 301, location="https://other.example.net/")), name="away"),
    defect("NET008", redirected("https://other.example.net/a"), also="PRM003", name="origin"),
    defect("NET008", redirected("http://mcp.example.com/a"), also="PRM003", name="http"),
    defect("NET008", redirected(*[f"https://{HOST}/{n}" for n in range(4)]), also="PRM003", name="many"),
    defect("NET008", lost(Unanswered.REDIRECT), name="refused"),
    defect("NET009", slow),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


@pytest.mark.parametrize(
    "plain",
    [
        Reply(PLAIN, unanswered=Unanswered.UNREACHABLE),
        reply(PLAIN, 308, location="https://mcp.example.com/mcp"),
        replace(reply(PLAIN, 401), redirects=("https://mcp.example.com/mcp",)),
    ],
)
def test_port_80_may_be_closed_or_lead_to_https(plain):
    assert [f.verdict for f in judge_world(answers(plain=plain)) if f.id == "NET007"] == ["pass"]


def test_without_an_answer_port_80_is_unknown_and_unasked_it_is_skipped():
    blocked = Reply(PLAIN, unanswered=Unanswered.BLOCKED)
    assert [f.verdict for f in judge_world(answers(plain=blocked)) if f.id == "NET007"] == ["unknown"]
    assert [f.verdict for f in judge_world(answers(plain=None)) if f.id == "NET007"] == ["skip"]


def test_one_resolution_says_nothing_about_rebinding():
    found = judge_world(*(hosts(host, second=None) for host in (HOST, "idp.example.com", "example.okta.com")))
    assert {f.verdict for f in found if f.id == "NET003"} == {"unknown"}


def test_internal_addresses_never_show():
    [finding] = [f for f in judge_world(hosts(HOST, refused=1, public=1)) if f.id == "NET002" and f.verdict == "fail"]
    assert finding.observed == "2 addresses of mcp.example.com, 1 not public"


def test_redirects_within_the_origin_pass_even_though_some_clients_stumble():
    failing = {f.id for f in judge_world(redirected(PRM_URL)) if f.verdict == "fail"}
    assert failing == {"PRM003"}
