import pytest

from reconciler.kinds.authorization_server import checks
from tests.support.build import JWT_BEARER, STATIC, discovered, external, okta, resource


def found(each):
    return [(d.code, d.path) for d in checks.check(each, {}, {})]


def rule(name="all", grants=(JWT_BEARER,), **said):
    return {"name": name, "grantTypes": list(grants), **said}


def policies(*rules, name="agents"):
    return [{"name": name, "rules": list(rules)}]


def only(**spec):
    return resource("AuthorizationServer", "a", {"type": "okta", **spec})


FULL_OAUTH = STATIC | {"source": "docs", "reviewBy": "2027-01-01"}


@pytest.mark.parametrize(
    "each",
    [
        okta(),
        okta(scopes=[{"name": "read"}], accessPolicies=policies(rule(scopes=["read", "openid"]))),
        okta(accessPolicies=policies(rule(scopes=["anything"]))),
        only(managed=False, id="default"),
        discovered(),
        external(oauth=FULL_OAUTH),
    ],
)
def test_sound_documents_have_no_faults(each):
    assert found(each) == []


@pytest.mark.parametrize(
    ("each", "faults"),
    [
        (okta(id="default"), [("AUS001", ("spec", "id"))]),
        (only(), [("AUS001", ("spec",)), ("AUS001", ("spec",))]),
        (only(managed=False), [("AUS001", ("spec", "managed"))]),
        (only(managed=False, id="default", audience="x"), [("AUS001", ("spec", "audience"))]),
        (okta(scopes=[{"name": "openid"}]), [("AUS004", ("spec", "scopes", 0, "name"))]),
        (okta(scopes=[{"name": "a"}, {"name": "a"}]), [("AUS002", ("spec", "scopes", 1, "name"))]),
        (
            okta(accessPolicies=[*policies(rule()), *policies(rule())]),
            [("AUS002", ("spec", "accessPolicies", 1, "name"))],
        ),
        (
            okta(accessPolicies=policies(rule(), rule())),
            [("AUS002", ("spec", "accessPolicies", 0, "rules", 1, "name"))],
        ),
        (
            okta(scopes=[{"name": "read"}], accessPolicies=policies(rule(scopes=["read", "write"]))),
            [("AUS003", ("spec", "accessPolicies", 0, "rules", 0, "scopes", 1))],
        ),
        (
            okta(accessPolicies=policies(rule(grants=["client_credentials"]))),
            [("XAA014", ("spec", "accessPolicies"))],
        ),
        (okta(accessPolicies=[]), [("XAA014", ("spec", "accessPolicies"))]),
        (external(oauth=None), [("CFG008", ("spec",))] * 3),
        (
            external(oauth={k: v for k, v in FULL_OAUTH.items() if k != "tokenEndpoint"}),
            [("CFG008", ("spec", "oauth"))],
        ),
        (external(oauth=STATIC), [("CFG015", ("spec", "oauth"))]),
        (external(issuer="https://IDP.example.com", oauth=FULL_OAUTH), [("CFG003", ("spec", "issuer"))]),
        (
            external(oauth=FULL_OAUTH | {"tokenEndpoint": "https://idp.example.com:443/token"}),
            [("CFG003", ("spec", "oauth", "tokenEndpoint"))],
        ),
    ],
)
def test_every_fault_is_found_at_its_path(each, faults):
    assert found(each) == faults


def test_every_finding_has_a_published_rule():
    codes = {rule.code for rule in checks.RULES}
    assert {"AUS001", "AUS002", "AUS003", "AUS004", "XAA014", "CFG003", "CFG008", "CFG015"} <= codes
