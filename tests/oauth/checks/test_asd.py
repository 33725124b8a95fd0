from dataclasses import replace

import pytest

from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth import Static, Variant
from reconciler.oauth.discovery import issuer_places
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import answers, declared, defect, everywhere, facts, judge_world, meta, more, prove, static
from tests.support.readiness import AGENTS, IDP, ISSUER, NOW, reply

ROOT = "https://mcp.example.com/.well-known/oauth-authorization-server"


def quirk(match):
    row = Provider(name="E", issuers=(ISSUER,), issuer_match=match, note="n", source="s", review_by=NOW.date())
    return more(providers=Providers((row,)))


def moved(issuer):
    """The external server goes by another issuer, everywhere alike."""

    def change(w):
        w.idp.issuer = w.idp.meta["issuer"] = issuer
        w.declared[IDP]["issuer"] = issuer
        w.prm["authorization_servers"][0] = issuer
        w.registration = replace(w.registration, issuer=issuer)

    return change


def twin(**members):
    """The OpenID documents say something else."""

    def change(w):
        for variant, url in issuer_places(ISSUER):
            if variant.startswith("oidc"):
                w.idp.places[variant] = reply(url, 200, {**w.idp.meta, **members})

    return change


def nowhere(w):
    w.idp.only()


def lost(w):
    """No protected-resource metadata anywhere."""
    everywhere(lambda old: reply(old.url, 404))(w)


DEFECTS = [
    defect("ASD001", moved("https://idp.example.com/tenant?a=b"), also="", name="query"),
    defect("ASD001", moved("http://idp.example.com/tenant"), also="PRM007 XAA010", name="http"),
    defect("ASD001", moved("urn:issuer"), also="PRM007", name="none"),
    defect("ASD002", nowhere),
    defect("ASD003", lambda w: w.idp.only(Variant.OAUTH_APPEND)),
    defect("ASD004", meta(issuer=f"{ISSUER}/"), also="XAA008", weight="E", name="slash"),
    defect("ASD004", meta(issuer="https://idp.example.com"), also="XAA008", weight="E", name="path"),
    defect("ASD004", meta(issuer="https://x.example/tenant"), also="XAA008", weight="E", name="host"),
    defect(
        "ASD004",
        meta(issuer="https://x.example/a"),
        also="XAA008",
        weight="W",
        name="known",
        base=(quirk("pinned:https://x.example/a"),),
    ),
    defect("ASD005", twin(code_challenge_methods_supported=["plain"]), name="differs"),
    defect("ASD005", lambda w: twin()(w) or w.idp.meta.update(userinfo_endpoint=f"{ISSUER}/me"), name="lacks"),
    defect("ASD006", moved("https://idp.example.com/{tenantid}"), name="braces"),
    defect("ASD006", moved("https://idp.example.com/common/v2.0"), name="shared"),
    defect("ASD006", meta(issuer="https://idp.example.com/{tenantid}"), also="ASD004 XAA008", name="document"),
    defect("ASD007", lambda w: lost(w) or answers(legacy=reply(ROOT, 200, {"issuer": "a"}))(w), also="PRM001"),
    defect("ASD008", declared(AGENTS, issuer="https://example.okta.com/other"), also="PRM008"),
    defect("ASD008", facts(AGENTS, issuer="https://login.example.com/oauth2/aus1"), name="domain"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("ASD") and f.subject == subject}


@pytest.mark.parametrize("match", ["pinned:https://x.example/a"])
def test_an_expected_issuer_passes_and_says_so(match):
    found = verdicts(meta(issuer="https://x.example/a"), static(issuer_match=match))["ASD004"]
    assert (found.verdict, found.observed, found.relation) == ("pass", "as the manifest expects", "other-host")


def test_a_slash_at_the_root_is_a_warning_and_can_be_expected():
    issuer = "https://idp.example.com"
    changes = (moved(issuer), meta(issuer=f"{issuer}/"))
    assert verdicts(*changes)["ASD004"].weight == "W"
    assert verdicts(*changes, static(issuer_match="root_slash"))["ASD004"].verdict == "pass"
    assert verdicts(meta(issuer=f"{ISSUER}/"), static(issuer_match="root_slash"))["ASD004"].verdict == "fail"


def test_static_facts_stand_in_for_metadata():
    ends = Static(authorization_endpoint=f"{ISSUER}/a", token_endpoint=f"{ISSUER}/t")
    found = verdicts(nowhere, declared(discovery="static"), lambda w: setattr(w, "static", ends))
    assert (found["ASD002"].observed, found["ASD003"].verdict) == ("static facts stand in", "skip")


def test_a_place_that_did_not_answer_makes_it_unknown():
    def quiet(w):
        nowhere(w)
        w.idp.places[Variant.OIDC_APPEND] = Reply(ISSUER, unanswered=Unanswered.TIMEOUT)

    assert verdicts(quiet)["ASD002"].verdict == "unknown"
    assert verdicts(more(issuers={}))["ASD004"].verdict == "unknown"


def test_a_document_without_issuer_is_compared_by_nobody():
    assert verdicts(meta(issuer=None))["ASD004"].verdict == "skip"


def test_one_document_has_no_twin():
    assert verdicts(lambda w: w.idp.only(Variant.OIDC_APPEND))["ASD005"].verdict == "skip"


def test_okta_may_not_tell_the_issuer_of_its_own_server():
    found = verdicts(declared(AGENTS, issuer=None), subject=AGENTS)
    assert {found[code].verdict for code in ("ASD001", "ASD006", "ASD008")} == {"skip"}


@pytest.mark.parametrize(
    ("legacy", "verdict"),
    [(reply(ROOT, 404), "pass"), (Reply(ROOT, unanswered=Unanswered.TIMEOUT), "unknown"), (None, "unknown")],
)
def test_the_old_place_counts_only_with_metadata_there(legacy, verdict):
    found = judge_world(lost, answers(legacy=legacy))
    assert [f.verdict for f in found if f.id == "ASD007"] == [verdict]
