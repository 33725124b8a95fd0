import pytest

from reconciler.core.evidence import Reply, Unanswered
from reconciler.oauth import Variant
from reconciler.oauth.metadata import ID_JAG_PROFILE, JWT_BEARER
from tests.support.defects import declared, defect, facts, judge_world, meta, more, okta_meta, prove, static, target
from tests.support.readiness import AGENTS, IDP, ISSUER, ORG, SERVER, reply, signing_key

CODE = ["authorization_code", "refresh_token"]
PROFILES = "authorization_grant_profiles_supported"


def org(**members):
    return lambda w: w.org.meta.update(members)


def org_keys(*keys):
    return lambda w: setattr(w.org, "jwks", {"keys": list(keys)})


def plain_key(**members):
    key = {name: value for name, value in signing_key().items() if name not in {"x5c", "kid"}}
    return {**key, **members}


def no_client(w):
    w.registration = None


DEFECTS = [
    defect("XAA001", meta(grant_types_supported=CODE, **{PROFILES: None}), also="XAA002 XAA003"),
    defect("XAA002", meta(grant_types_supported=CODE), also="XAA001 XAA004", weight="E"),
    defect("XAA002", okta_meta(grant_types_supported=CODE, **{PROFILES: None}), also="XAA003", weight="I", name="okta"),
    defect("XAA003", meta(**{PROFILES: None}), also="XAA001", weight="E"),
    defect("XAA003", okta_meta(**{PROFILES: None}), weight="I", name="okta"),
    defect("XAA004", meta(grant_types_supported=CODE), also="XAA001 XAA002"),
    defect("XAA005", org(identity_chaining_requested_token_types_supported=[])),
    defect("XAA006", org(grant_types_supported=CODE)),
    defect("XAA007", meta(token_endpoint_auth_methods_supported=["none"]), also="STS004 ASM012"),
    defect("XAA008", facts(connection_issuer=f"{ISSUER}/"), name="connection"),
    defect("XAA008", meta(issuer=f"{ISSUER}/"), also="ASD004", name="metadata"),
    defect("XAA009", facts(resource="https://mcp.example.com/mcp/"), also="STS008"),
    defect("XAA010", meta(token_endpoint="https://tokens.example.com/t"), also="ASM005"),
    defect("XAA011", meta(authorization_endpoint=None), also="ASM001 STS001"),
    defect("XAA012", no_client),
    defect("XAA013", lambda w: w.org.replies.update(jwks=reply(f"{ORG}/keys", 404)), weight="E"),
    defect("XAA013", org_keys(plain_key()), weight="W", name="kid"),
    defect("XAA014", facts(AGENTS, grants=frozenset({"client_credentials"}))),
    defect("XAA015", facts(AGENTS, scopes=()), name="none"),
    defect("XAA016", meta(**{PROFILES: [ID_JAG_PROFILE, "https://customer.okta.com"]})),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("XAA") and f.subject == subject}


def test_scopes_that_are_requested_must_exist():
    def asks(w):
        w.declared[AGENTS]["registration"] = w.registration

    assert verdicts(asks, subject=AGENTS)["XAA015"].verdict == "pass"
    found = verdicts(asks, facts(AGENTS, scopes=("other",)), subject=AGENTS)["XAA015"]
    assert (found.verdict, found.observed) == ("fail", "not defined: read")


def test_what_the_control_plane_did_not_say_is_unknown():
    found = verdicts(more(control=None), subject=AGENTS)
    assert (found["XAA014"].verdict, found["XAA015"].verdict) == ("unknown", "unknown")
    assert (verdicts()["XAA014"].verdict, verdicts()["XAA015"].verdict) == ("skip", "skip")


def test_what_the_organisation_did_not_show_is_unknown():
    found = verdicts(more(organisation=None), subject=SERVER)
    assert {found[code].verdict for code in ("XAA005", "XAA006", "XAA013")} == {"unknown"}
    silent = Reply(f"{ORG}/keys", unanswered=Unanswered.TIMEOUT)
    assert verdicts(lambda w: w.org.replies.update(jwks=silent), subject=SERVER)["XAA013"].verdict == "unknown"
    hidden = verdicts(lambda w: w.org.only(), subject=SERVER)
    assert (hidden["XAA005"].verdict, hidden["XAA006"].verdict) == ("unknown", "unknown")


def test_static_facts_cannot_show_xaa():
    found = verdicts(declared(discovery="static"), lambda w: w.idp.only())
    assert (found["XAA001"].verdict, found["XAA002"].verdict) == ("fail", "skip")
    assert verdicts(more(issuers={}))["XAA001"].verdict == "unknown"


def test_the_pinned_issuer_is_the_audience():
    changes = (meta(issuer="https://x.example/a"), static(issuer_match="pinned:https://x.example/a"))
    assert verdicts(*changes)["XAA008"].verdict == "pass"
    assert verdicts(meta(issuer=None))["XAA008"].verdict == "skip"


def test_what_does_not_apply_is_skipped():
    found = verdicts(meta(**{PROFILES: None}, token_endpoint=None))
    assert (found["XAA004"].verdict, found["XAA010"].verdict, found["XAA012"].verdict) == ("skip", "skip", "skip")
    assert verdicts(declared(written=False), no_client)["XAA012"].verdict == "skip"
    assert (
        verdicts(target(url="https://mcp.example.com/mcp"), lambda w: w.prm.pop("resource"))["XAA009"].verdict == "skip"
    )
    assert JWT_BEARER.startswith("urn:")
    assert Variant.ROOT
