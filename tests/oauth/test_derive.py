from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.evidence import Origin
from reconciler.core.kind import Offer
from reconciler.oauth import OktaFacts, Standing, Static, conclude, derive
from reconciler.oauth.metadata import ID_JAG_PROFILE, JWT_BEARER
from tests.support.defects import declared, endpoint, facts, meta, more, no_lock, prm, registration, target
from tests.support.readiness import AGENTS, IDP, ISSUER, reply, world

CODE = ["authorization_code", "refresh_token"]
PROFILES = "authorization_grant_profiles_supported"
PLAIN = meta(grant_types_supported=CODE, **{PROFILES: None})


def verdicts(*changes, locked=False):
    observation = world(*changes, *(() if locked else (no_lock,))).observe()
    return conclude(observation).verdicts


def capability(offer, *changes, subject=IDP, locked=False):
    [server] = [each for each in verdicts(*changes, locked=locked).servers if each.subject == subject]
    return next(each for each in server.capabilities if each.offer == offer)


def xaa(*changes, **more_):
    return capability(Offer.XAA, *changes, **more_)


def sts(*changes, **more_):
    return capability(Offer.STS, *changes, **more_)


def static(w):
    """No metadata, facts by hand, no probe."""
    w.idp.only()
    w.declared[IDP]["discovery"] = "static"
    w.static = Static(
        authorization_endpoint=f"{ISSUER}/a",
        token_endpoint=f"{ISSUER}/t",
        grants=tuple(CODE),
        source="s",
        review_by=date(2027, 1, 1),
    )
    w.idp.replies = dict.fromkeys(w.idp.replies)


def only_idp(w):
    w.declared.pop(AGENTS)


def only_agents(w):
    w.declared.pop(IDP)


def test_a_custom_server_is_verified_by_the_control_plane():
    found = xaa(subject=AGENTS)
    assert (found.standing, found.origin, found.usable) == (Standing.VERIFIED, Origin.CONTROL_PLANE, True)
    assert sts(subject=AGENTS).standing is Standing.NO


def test_okta_metadata_does_not_count_against_its_control_plane():
    assert xaa(lambda w: w.okta.only(), subject=AGENTS).standing is Standing.VERIFIED
    assert xaa(lambda w: w.okta.meta.update(grant_types_supported=CODE), subject=AGENTS).standing is Standing.VERIFIED


@pytest.mark.parametrize(
    "partly", [OktaFacts(), OktaFacts("ACTIVE"), OktaFacts("ACTIVE", grants=frozenset({JWT_BEARER}))]
)
def test_a_custom_server_whose_control_plane_was_not_read_is_declared(partly):
    found = xaa(lambda w: w.facts.update({AGENTS: partly}), subject=AGENTS)
    assert (found.standing, found.reason) == (Standing.DECLARED, "the control plane was not read (CON002)")


@pytest.mark.parametrize(
    ("change", "blocking"),
    [
        (facts(AGENTS, grants=frozenset()), ("XAA014",)),
        (facts(AGENTS, scopes=()), ("XAA015",)),
        (facts(AGENTS, status="INACTIVE"), ("CON003",)),
        (declared(AGENTS, id="eas1234567890abcdef"), ("CFG006",)),
        (facts(AGENTS, issuer="https://x.example/oauth2/aus1"), ("ASD008",)),
    ],
)
def test_what_blocks_a_custom_server(change, blocking):
    found = xaa(change, subject=AGENTS)
    assert (found.standing, found.blocking) == (Standing.NO, blocking)


def test_an_external_server_is_verified_by_its_metadata():
    found = xaa()
    assert (found.standing, found.origin) == (Standing.VERIFIED, Origin.LIVE)


@pytest.mark.parametrize(
    ("change", "blocking"),
    [
        (meta(**{PROFILES: None}), ("XAA001", "XAA003")),
        (meta(grant_types_supported=CODE), ("XAA001", "XAA002", "XAA004")),
        (meta(**{PROFILES: [ID_JAG_PROFILE]}, issuer="https://x.example"), ("ASD004", "XAA008")),
        (prm(dpop_bound_access_tokens_required=True), ("PRM015",)),
    ],
)
def test_what_blocks_xaa_at_an_external_server(change, blocking):
    found = xaa(change)
    assert (found.standing, set(found.blocking)) == (Standing.NO, set(blocking))


def test_sts_is_verified_by_both_endpoints_and_declared_without():
    assert sts().standing is Standing.VERIFIED
    quiet = endpoint(token_code=None, token_jwt=None)
    assert (sts(quiet).standing, sts(quiet).origin) == (Standing.DECLARED, Origin.LIVE)
    assert (sts(static).standing, sts(static).origin) == (Standing.DECLARED, Origin.STATIC)


@pytest.mark.parametrize(
    ("change", "blocking"),
    [
        (meta(token_endpoint_auth_methods_supported=["none"]), {"ASM012", "STS004"}),
        (registration(issuer="https://x.example"), {"STS005"}),
        (endpoint(authorize=reply(f"{ISSUER}/authorize", 404)), {"END004"}),
    ],
)
def test_what_blocks_sts(change, blocking):
    found = sts(change)
    assert (found.standing, set(found.blocking)) == (Standing.NO, blocking)


def test_what_was_not_seen_is_unknown_unless_the_lock_remembers():
    unseen = more(issuers={})
    assert (xaa(unseen).standing, sts(unseen).standing) == (Standing.UNKNOWN, Standing.UNKNOWN)
    for found in (xaa(unseen, locked=True), sts(unseen, locked=True)):
        assert (found.standing, found.origin) == (Standing.DECLARED, Origin.PINNED)


def test_the_way_that_works_is_told():
    assert verdicts().narrative == (
        "connectable: AuthorizationServer.idp by XAA (verified); AuthorizationServer.idp by STS (verified); "
        "AuthorizationServer.agents by XAA (verified)"
    )


def test_the_reasons_are_told_with_ids():
    found = verdicts(
        PLAIN, meta(token_endpoint_auth_methods_supported=["none"]), facts(AGENTS, grants=frozenset({"password"}))
    )
    assert found.connectable is False
    assert found.narrative == (
        "not connectable because AuthorizationServer.idp: XAA blocked by ASM012 (auth-methods: none), "
        "XAA001 (kind: external, does not announce it), XAA002 (ras-grant: authorization_code, refresh_token), "
        "XAA003 (ras-profile: none), XAA007 (confidential: none alone), "
        "STS blocked by ASM012 (auth-methods: none), STS004 (confidential: none); "
        "AuthorizationServer.agents: XAA blocked by XAA014 (policy: password)"
    )


def test_only_what_is_required_counts():
    assert verdicts(PLAIN, only_idp, target(requires=frozenset({Offer.XAA}))).connectable is False
    assert verdicts(PLAIN, only_idp, target(requires=frozenset({Offer.STS}))).connectable is True
    found = verdicts(only_agents, target(requires=frozenset({Offer.STS})))
    assert found.narrative == (
        "not connectable because AuthorizationServer.agents: STS no, a custom authorization server gives XAA"
    )


def test_unknown_is_not_no():
    found = verdicts(only_idp, more(issuers={}))
    assert found.connectable is None
    assert found.narrative == (
        "unknown whether connectable: AuthorizationServer.idp: XAA unknown, its metadata was not seen, "
        "STS unknown, its metadata was not seen"
    )
    blocked = verdicts(only_idp, more(issuers={}), facts(credentials=False))
    assert blocked.connectable is None


def test_without_any_authorization_server_it_depends_on_whether_that_was_seen():
    def bare(w):
        w.declared.clear()
        w.prm["authorization_servers"] = []

    found = verdicts(bare)
    assert (found.connectable, found.narrative) == (False, "not connectable because no authorization server is known")
    unseen = verdicts(bare, more(server=None), target(written=False))
    assert (unseen.connectable, unseen.servers) == (None, ())


def test_deriving_again_from_the_findings_gives_the_same():
    observation = world(PLAIN).observe()
    found = conclude(observation)
    assert derive(observation, found.findings) == found.verdicts


def test_a_finding_of_the_server_without_words_is_told_by_its_name():
    observation = world(prm(dpop_bound_access_tokens_required=True), only_idp, no_lock).observe()
    said = conclude(observation).verdicts.narrative
    assert "PRM015 (dpop-required: required)" in said
    mute = [f for f in conclude(observation).findings if f.id != "PRM015"]
    blank = [replace(f, observed="") for f in conclude(observation).findings if f.id == "PRM015"]
    assert "PRM015 (dpop-required)" in derive(observation, [*mute, *blank]).narrative
