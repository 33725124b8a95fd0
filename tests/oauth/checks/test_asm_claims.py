import pytest

from reconciler.oauth import Revision, Static
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import (
    declared,
    defect,
    judge_world,
    meta,
    more,
    okta_meta,
    prove,
    registration,
    static,
    target,
)
from tests.support.readiness import AGENTS, IDP, ISSUER, NOW

JWT = ["client_secret_basic", "private_key_jwt", "none"]


def quirk(**members):
    row = Provider(name="E", issuers=(ISSUER,), note="n", source="s", review_by=NOW.date(), **members)
    return more(providers=Providers((row,)))


DEFECTS = [
    defect("ASM012", meta(token_endpoint_auth_methods_supported=["private_key_jwt", "none"]), also="STS004"),
    defect("ASM013", meta(token_endpoint_auth_signing_alg_values_supported=None), name="none-listed"),
    defect("ASM013", meta(token_endpoint_auth_signing_alg_values_supported=["none", "RS256"]), name="none"),
    defect("ASM013", meta(token_endpoint_auth_signing_alg_values_supported=["HS256"]), name="symmetric"),
    defect("ASM014", meta(authorization_response_iss_parameter_supported=None), weight="W"),
    defect("ASM015", static(resource_parameter=None)),
    defect("ASM016", registration(scopes=("read", "raed")), weight="W"),
    defect(
        "ASM017",
        meta(
            grant_types_supported=["authorization_code", JWT_BEARER := "urn:ietf:params:oauth:grant-type:jwt-bearer"],
            scopes_supported=["read"],
        ),
        also="STS003",
    ),
    defect("ASM018", meta(require_pushed_authorization_requests=True)),
    defect("ASM019", meta(dpop_signing_alg_values_supported=["ES256", "HS256"])),
    defect("ASM022", meta(revocation_endpoint=f"{ISSUER}/token")),
    defect("ASM023", meta(signed_metadata="eyJ")),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("ASM") and f.subject == subject}


def test_what_does_not_apply_is_skipped():
    found = verdicts(
        meta(token_endpoint_auth_methods_supported=None, dpop_signing_alg_values_supported=None, scopes_supported=None),
        registration(secret=False),
    )
    assert {code: found[code].verdict for code in ("ASM012", "ASM013", "ASM016", "ASM019")} == dict.fromkeys(
        ("ASM012", "ASM013", "ASM016", "ASM019"), "skip"
    )
    assert verdicts(registration(scopes=()))["ASM016"].verdict == "skip"
    assert verdicts(lambda w: setattr(w, "registration", None))["ASM012"].verdict == "skip"


def test_the_default_method_is_the_secret_in_the_header():
    assert verdicts(meta(token_endpoint_auth_methods_supported=None))["ASM012"].observed == "client_secret_basic"


def test_the_flag_for_iss_is_a_note_before_it_was_asked_for():
    found = verdicts(meta(authorization_response_iss_parameter_supported=False), target(revision=Revision.M25))
    assert found["ASM014"].weight == "I"


def test_what_a_provider_does_with_resource_is_known_by_the_table_too():
    assert verdicts(static(resource_parameter=None), quirk(resource_parameter="omit"))["ASM015"].observed == "omit"
    assert verdicts(lambda w: setattr(w, "static", None), quirk(resource_parameter="send"))["ASM015"].observed == "send"


def test_okta_hides_custom_scopes():
    def scoped(w):
        w.declared[AGENTS]["registration"] = w.registration
        w.okta.meta["scopes_supported"] = ["openid"]

    assert verdicts(scoped, subject=AGENTS)["ASM016"].weight == "I"
    assert verdicts(okta_meta(issuer="x"), subject=AGENTS)["ASM015"].verdict == "pass"


def test_static_facts_tell_scopes_and_methods():
    facts = Static(
        authorization_endpoint=f"{ISSUER}/a", token_endpoint=f"{ISSUER}/t", scopes=("write",), auth_methods=("none",)
    )
    found = verdicts(declared(discovery="static"), lambda w: setattr(w, "static", facts), lambda w: w.idp.only())
    assert (found["ASM012"].verdict, found["ASM016"].verdict) == ("fail", "fail")
