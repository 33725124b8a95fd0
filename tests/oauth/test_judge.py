"""All checks together: they never raise, never call silence a failure, and come in one order."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.diagnostic import Source
from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth import (
    CHECKS,
    Declared,
    Fetched,
    IssuerEvidence,
    Observation,
    ServerEvidence,
    Target,
    checks,
    conclude,
    is_error,
    judge,
)
from reconciler.oauth.prepare import prepare
from tests.support.defects import declared, everywhere, facts, hosts, more, no_lock, prm, silent, target
from tests.support.readiness import AGENTS, IDP, ISSUER, NOW, SERVER, URL, opened, reply, rpc, signing_key, world
from tests.support.steady import STEADY, many


def test_findings_come_by_subject_and_then_in_the_order_of_the_catalogue():
    found = judge(world().observe())
    order = [(f.subject, checks.place(f.id)) for f in found]
    subjects = [SERVER, IDP, AGENTS]
    assert order == sorted(order, key=lambda pair: (subjects.index(pair[0]), pair[1]))
    assert {f.id for f in found} == set(CHECKS)
    assert judge(world().observe()) == found


def test_findings_stand_where_their_subject_was_written():
    here, there = Source("a.yaml", 3, 1), Source("b.yaml", 9, 1)
    found = judge(world(target(source=here), declared(IDP, source=there)).observe())
    assert {f.source for f in found if f.subject == SERVER} == {here}
    assert {f.source for f in found if f.subject == IDP} == {there}
    assert {f.source for f in found if f.subject == AGENTS} == {None}


def test_a_url_without_any_manifest_can_be_judged():
    full = world(no_lock).observe()
    bare = Observation(Target(URL, URL, written=False), NOW, server=full.server, issuers=full.issuers)
    found = conclude(bare)
    assert [server.subject for server in found.verdicts.servers] == [ISSUER, world().okta.issuer]
    assert (found.verdicts.connectable, found.ready) == (True, True)


def test_nothing_at_all_is_unknown():
    found = conclude(Observation(Target("x", "https://a.example/mcp", written=False), NOW))
    assert (found.ready, [f for f in found.findings if f.verdict == "fail"]) == (None, [])


def test_a_manifest_without_authorization_server_is_a_failure_all_the_same():
    found = conclude(Observation(Target("x", "https://a.example/mcp"), NOW))
    assert (found.ready, found.blocking) == (False, ("CFG007", "CON001"))


def test_what_blocks_is_named():
    found = conclude(world(prm(resource="https://x.example/mcp"), no_lock).observe())
    assert (found.ready, found.blocking) == (False, ("PRM005",))  # Okta's own server is usable, the document is not
    lost = conclude(world(facts(AGENTS, status="INVALID"), lambda w: w.declared.pop(IDP), no_lock).observe())
    assert (lost.ready, lost.blocking) == (False, ("CON001", "CON003"))


def test_a_failure_of_an_authorization_server_that_is_not_needed_does_not_block():
    found = conclude(world(facts(AGENTS, status="INVALID"), no_lock).observe())
    assert (found.ready, found.blocking) == (True, ())
    assert [f.id for f in found.findings if is_error(f)] == ["CON003"]


@pytest.mark.parametrize("why", ["blocked", "unresolved", "unreachable", "tls", "timeout"])
def test_an_untrusted_run_tells_no_refused_host_from_a_silent_one(why):
    def hushed(unanswered):
        gone = Reply(URL, unanswered=unanswered, detail="10.0.0.5 refused")
        quiet = (everywhere(silent(unanswered, "10.0.0.5")), lambda w: w.replies.update(discover=gone, plain=gone))
        facts_ = hosts("mcp.example.com", public=0, refused=1)
        return judge(world(*quiet, facts_, more(trusted=False), no_lock).observe())

    assert hushed(Unanswered(why)) == hushed(Unanswered.BLOCKED)


def test_silence_everywhere_is_never_a_failure():
    gone = Unanswered.TIMEOUT
    full = world(no_lock).observe()

    def mute(evidence):
        documents = tuple(Fetched(f.variant, Reply(f.reply.url, unanswered=gone)) for f in evidence.documents)
        single = {
            each.name: Reply("u", unanswered=gone)
            for each in fields(evidence)
            if isinstance(getattr(evidence, each.name), Reply)
        }
        return replace(evidence, documents=documents, **single)

    quiet = replace(
        full,
        server=mute(full.server),
        issuers={issuer: mute(evidence) for issuer, evidence in full.issuers.items()},
        organisation=mute(full.organisation),
        hosts={},
    )
    assert [f.id for f in judge(quiet) if f.verdict == "fail"] == []


def test_the_document_of_the_challenge_goes_first():
    def hinted(w):
        w.places["challenge"] = reply("https://mcp.example.com/prm", 200, {**w.prm, "resource_name": "hinted"})

    case = prepare(world(hinted).observe())
    assert case.meta.text("resource_name") == "hinted"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["https://a.example", "urn:x"]),
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=4), v, max_size=2),
    max_leaves=5,
)
META = st.dictionaries(st.sampled_from(sorted({*world().idp.meta, "signed_metadata", "x_endpoint"})), JSON)
PRM = st.dictionaries(st.sampled_from(sorted(world().prm)), JSON)
KEYS = st.lists(st.dictionaries(st.sampled_from(sorted(signing_key())), JSON), max_size=2) | JSON
RPC = st.dictionaries(st.sampled_from(["jsonrpc", "result", "error", "id"]), JSON)


@given(META, PRM, KEYS, RPC, st.text(max_size=40))
@settings(STEADY, max_examples=many(25))
def test_whatever_others_say_nothing_raises(meta, prm, keys, message, challenge):
    def spoil(w):
        w.idp.meta.update(meta)
        w.prm.update(prm)
        w.idp.jwks = {"keys": keys}
        w.idp.client = meta
        if message:
            opened(w)
            said = {**rpc({}), **message}
            w.replies["discover"] = reply(URL, 200, said, www_authenticate=challenge)
            w.replies["tools"] = reply(URL, 401, said, www_authenticate=challenge)
        w.challenge = challenge

    for trusted in (True, False):
        found = conclude(world(spoil, more(trusted=trusted)).observe())
        assert len({(f.subject, f.id) for f in found.findings}) == len(found.findings)


@given(st.text(max_size=30), st.text(max_size=30))
@settings(STEADY, max_examples=many(25))
def test_whatever_is_declared_nothing_raises(url, issuer):
    servers = (Declared("a", "external", issuer), Declared("b", "okta", issuer))
    evidence = IssuerEvidence(issuer, (Fetched(checks.asd.Variant.OIDC_APPEND, reply(issuer, 200, {"issuer": url})),))
    observation = Observation(
        Target("x", url, servers), NOW, server=ServerEvidence(url, discover=reply(url, 401)), issuers={issuer: evidence}
    )
    assert conclude(observation).findings
