import pytest

from reconciler.core.evidence import Origin, Reply, Unanswered
from reconciler.oauth import Revision, Static
from reconciler.oauth.checks.asm import _registrable
from reconciler.oauth.metadata import ID_JAG_PROFILE
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import declared, defect, endpoint, hosts, judge_world, meta, more, prm, prove, static, target
from tests.support.readiness import IDP, ISSUER, NOW, SERVER

CODE = ["authorization_code", "refresh_token"]
GRANTS = [*CODE, "urn:ietf:params:oauth:grant-type:jwt-bearer"]


def elsewhere(url):
    return meta(token_endpoint=url)


def unregistered(w):
    w.registration = None


def quirk(**members):
    row = Provider(name="E", issuers=(ISSUER,), note="n", source="s", review_by=NOW.date(), **members)
    return more(providers=Providers((row,)))


DEFECTS = [
    defect("ASM001", meta(response_types_supported=None)),
    defect("ASM001", meta(authorization_endpoint=None), also="STS001 XAA011", name="endpoint"),
    defect("ASM002", meta(userinfo_endpoint="/me"), name="relative"),
    defect("ASM002", elsewhere(f"{ISSUER}/token#a"), also="STS001", name="fragment"),
    defect("ASM003", meta(op_tos_uri="javascript:alert(1)")),
    defect("ASM004", hosts("idp.example.com", public=0, refused=1, second=(0, 1)), also="NET002 STS001"),
    defect("ASM005", elsewhere("https://tokens.example.com/t"), also="XAA010", weight="I", name="related"),
    defect("ASM005", elsewhere("https://tokens.example.net/t"), also="XAA010", weight="W", name="foreign"),
    defect("ASM006", meta(response_types_supported=["token"])),
    defect("ASM007", meta(code_challenge_methods_supported=None), weight="W", name="okta-is-client"),
    defect("ASM007", meta(code_challenge_methods_supported=["plain"]), also="ASM008", weight="E", name="other"),
    defect("ASM008", meta(code_challenge_methods_supported=["plain", "S256"])),
    defect("ASM009", meta(grant_types_supported=None), also="XAA001 XAA002 XAA004"),
    defect("ASM010", meta(grant_types_supported=[*GRANTS, "password"])),
    defect("ASM011", meta(grant_types_supported=[*GRANTS, "device_code"])),
    defect("ASM020", meta(require_pushed_authorization_requests="true"), name="server"),
    defect("ASM020", prm(resource_name=7), name="resource"),
    defect("ASM021", meta(jwks_uri=None)),
    defect("ASM021", meta(jwks_uri="http://idp.example.com/keys"), also="ASM002", name="http"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("ASM") and f.subject == subject}


def test_a_server_that_only_redeems_assertions_needs_no_authorization_endpoint():
    found = verdicts(meta(authorization_endpoint=None, grant_types_supported=GRANTS[2:]))
    assert found["ASM001"].verdict == "pass"


def test_pkce_may_be_asserted_where_it_is_not_announced():
    silent = meta(code_challenge_methods_supported=None)
    for knob in (static(pkce="asserted"), quirk(pkce="asserted")):
        found = verdicts(silent, knob)["ASM007"]
        assert (found.verdict, found.origin) == ("pass", Origin.STATIC)


def test_missing_pkce_stops_clients_of_the_newer_revisions_only():
    silent = (meta(code_challenge_methods_supported=None), unregistered)
    assert verdicts(*silent)["ASM007"].weight is None
    assert verdicts(*silent, target(revision=Revision.M06))["ASM007"].weight == "W"


@pytest.mark.parametrize(
    "knob", [static(token_endpoint="https://tokens.example.net/t"), quirk(endpoint_hosts=("tokens.example.net",))]
)
def test_a_pinned_host_is_expected(knob):
    assert verdicts(elsewhere("https://tokens.example.net/t"), knob)["ASM005"].verdict == "pass"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("co.uk", "co.uk"),
        ("a b", "a b"),
    ],
)
def test_the_registrable_domain_decides_who_is_related(host, domain):
    assert _registrable(host) == domain


def test_an_endpoint_that_the_safety_rules_refused_is_unknown():
    blocked = Reply(f"{ISSUER}/authorize", unanswered=Unanswered.BLOCKED)
    assert verdicts(more(hosts={}), endpoint(authorize=blocked))["ASM004"].verdict == "unknown"
    assert verdicts(more(hosts={}))["ASM004"].verdict == "unknown"
    assert verdicts(more(issuers={}), declared(discovery="static"))["ASM004"].verdict == "unknown"


def test_what_is_absent_is_not_judged():
    assert verdicts(meta(response_types_supported=None))["ASM006"].verdict == "skip"
    quiet = meta(jwks_uri=None, grant_types_supported=CODE, authorization_grant_profiles_supported=None)
    assert verdicts(quiet)["ASM021"].verdict == "skip"
    openid = meta(jwks_uri=None, grant_types_supported=CODE, id_token_signing_alg_values_supported=["RS256"])
    assert verdicts(openid)["ASM021"].verdict == "fail"
    assert ID_JAG_PROFILE.startswith("urn:")


def test_types_of_metadata_that_nobody_saw_are_unknown():
    assert verdicts(more(issuers={}))["ASM020"].verdict == "unknown"
    assert verdicts(lambda w: w.idp.only())["ASM020"].verdict == "skip"
    found = {f.verdict for f in judge_world(prm(resource=7)) if f.id == "ASM020" and f.subject == SERVER}
    assert found == {"pass"}  # PRM004 speaks of it


def test_static_facts_are_judged_like_metadata():
    facts = Static(authorization_endpoint="http://idp.example.com/a", token_endpoint=f"{ISSUER}/t")
    found = verdicts(lambda w: w.idp.only(), declared(discovery="static"), lambda w: setattr(w, "static", facts))
    assert found["ASM002"].observed == "authorization_endpoint: http instead of https"
    assert found["ASM001"].verdict == "skip"
