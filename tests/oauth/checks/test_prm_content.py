import pytest

from reconciler.oauth import Revision
from tests.support.defects import challenge, defect, judge_world, meta, okta_meta, prm, prove, registration, target
from tests.support.readiness import PRM_URL

ASKS = f'Bearer resource_metadata="{PRM_URL}", scope="read write"'

DEFECTS = [
    defect("PRM010", prm(scopes_supported=None)),
    defect("PRM011", prm(scopes_supported=["read", "offline_access"])),
    defect("PRM012", prm(bearer_methods_supported=["body"]), weight="W"),
    defect("PRM012", prm(bearer_methods_supported=["header", "query"]), weight="E", name="query"),
    defect("PRM013", prm(jwks_uri="http://mcp.example.com/keys")),
    defect("PRM014", prm(dpop_signing_alg_values_supported=[])),
    defect("PRM015", prm(dpop_bound_access_tokens_required=True), also="CON001"),
    defect("PRM016", prm(tls_client_certificate_bound_access_tokens=True)),
    defect("PRM017", prm(signed_metadata="eyJ")),
    defect("PRM020", challenge(ASKS), name="challenge"),
    defect("PRM020", prm(scopes_supported=["read", "admin"]), name="metadata"),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("PRM")}


def test_what_is_absent_is_not_judged():
    found = verdicts(prm(bearer_methods_supported=None, jwks_uri=None))
    assert (found["PRM012"].verdict, found["PRM013"].verdict) == ("skip", "skip")


def test_earlier_revisions_say_nothing_about_offline_access():
    found = verdicts(prm(scopes_supported=["read", "offline_access"]), target(revision=Revision.M25))
    assert found["PRM011"].verdict == "skip"


def test_scopes_are_compared_where_both_sides_name_some():
    assert verdicts(challenge(ASKS), registration(all_scopes=True))["PRM020"].observed == "all scopes are requested"
    silent = (meta(scopes_supported=None), okta_meta(scopes_supported=None), registration(scopes=()))
    assert verdicts(*silent)["PRM020"].verdict == "skip"
