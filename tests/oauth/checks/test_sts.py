import pytest

from reconciler.core.evidence import Origin
from reconciler.oauth import Static
from reconciler.oauth.providers import Provider, Providers
from tests.support.defects import declared, defect, facts, hosts, judge_world, meta, more, prove, registration, static
from tests.support.readiness import AGENTS, IDP, ISSUER, NOW, World

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def unregistered(w: World):
    w.registration = None


def quirk(**members):
    row = Provider(name="E", issuers=(ISSUER,), note="n", source="s", review_by=NOW.date(), **members)
    return more(providers=Providers((row,)))


def stand_in(**members):
    """Static facts in place of any metadata."""

    def change(w):
        w.idp.only()
        w.declared[IDP]["discovery"] = "static"
        w.static = Static(
            **(
                {
                    "authorization_endpoint": f"{ISSUER}/a",
                    "token_endpoint": f"{ISSUER}/t",
                    "source": "s",
                    "review_by": NOW.date(),
                    "resource_parameter": "send",
                }
                | members
            )
        )

    return change


DEFECTS = [
    defect("STS001", meta(token_endpoint=None), also="ASM001", name="unknown"),
    defect("STS001", meta(token_endpoint="http://idp.example.com/token"), also="ASM002 XAA010", name="http"),
    defect(
        "STS001", hosts("idp.example.com", public=0, refused=1, second=(0, 1)), also="NET002 ASM004", name="private"
    ),
    defect("STS002", meta(grant_types_supported=["refresh_token", JWT])),
    defect("STS003", meta(grant_types_supported=["authorization_code", JWT])),
    defect("STS004", meta(token_endpoint_auth_methods_supported=["none"]), also="XAA007 ASM012"),
    defect("STS005", facts(credentials=False), name="not-stored"),
    defect("STS005", registration(issuer="https://other.example"), name="other-issuer"),
    defect("STS005", facts(credentials_issuer="https://other.example"), name="stored-elsewhere"),
    defect("STS005", registration(secret=False), name="no-secret", base=(facts(credentials=None),)),
    defect("STS006", registration(scopes=())),
    defect("STS007", registration(callback_registered=False)),
    defect("STS008", static(resource_parameter="omit"), name="omit"),
    defect(
        "STS008",
        static(resource_parameter="api://x"),
        name="value",
        base=(facts(resource="https://mcp.example.com/mcp"),),
    ),
]


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_check_alone(case):
    prove(case)


def verdicts(*changes, subject=IDP):
    return {f.id: f for f in judge_world(*changes) if f.id.startswith("STS") and f.subject == subject}


def test_a_custom_authorization_server_is_never_asked_for_sts():
    assert {f.verdict for f in verdicts(subject=AGENTS).values()} == {"skip"}


def test_absent_grants_have_a_default_and_its_origin():
    found = verdicts(meta(grant_types_supported=None), lambda w: setattr(w, "static", None))
    assert (found["STS002"].verdict, found["STS002"].origin) == ("pass", Origin.DEFAULT)
    assert found["STS003"].verdict == "fail"


def test_static_facts_say_so():
    found = verdicts(stand_in(grants=("authorization_code", "refresh_token"), auth_methods=("client_secret_post",)))
    assert {found[f"STS00{n}"].verdict for n in (1, 2, 3, 4)} == {"pass"}
    assert {found[f"STS00{n}"].origin for n in (1, 2, 3, 4)} == {Origin.STATIC}


@pytest.mark.parametrize("made", [{"dynamic": True}, {"client_id": "a", "secret": True}])
def test_credentials_are_declared_by_reference_or_made_dynamically(made):
    base = {"client_id": None, "secret": False}
    assert verdicts(facts(credentials=None), registration(**base))["STS005"].verdict == "fail"
    assert verdicts(facts(credentials=None), registration(**(base | made)))["STS005"].verdict == "pass"


def test_nothing_declared_is_nothing_to_judge():
    found = verdicts(declared(written=False), unregistered)
    assert (found["STS005"].verdict, found["STS006"].verdict, found["STS007"].verdict) == ("skip", "skip", "unknown")
    assert verdicts(unregistered, facts(credentials=None))["STS005"].verdict == "fail"


def test_scopes_may_be_all_or_none_where_the_provider_knows_none():
    assert verdicts(registration(scopes=(), all_scopes=True))["STS006"].verdict == "pass"
    assert verdicts(registration(scopes=()), quirk(scopeless=True))["STS006"].observed == "the provider knows none"
    assert verdicts(registration(scopes=()), quirk())["STS006"].verdict == "fail"


def test_an_exchange_that_asks_for_consent_is_healthy():
    assert verdicts(facts(interaction=True))["STS009"].observed == "asks for consent: healthy"
    assert verdicts(facts(interaction=None))["STS009"].verdict == "unknown"


def test_token_exchange_is_not_needed():
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    offers = meta(grant_types_supported=["authorization_code", "refresh_token", JWT, exchange])
    assert verdicts(offers)["STS010"].observed == "offers it, not needed"
    assert verdicts()["STS010"].observed == "does not offer it, not needed"


def test_a_provider_that_refuses_resource_is_known():
    found = verdicts(static(resource_parameter=None), quirk(resource_parameter="omit"))
    assert found["STS008"].verdict == "fail"


def test_a_registration_that_is_kept_elsewhere_is_neither_proven_nor_held_against_anybody():
    kept = verdicts(facts(credentials=None), registration(elsewhere=True))["STS005"]
    assert kept.verdict == "unknown"
