"""The table of risk rules: each row is met by one difference, and by no harmless one."""

import pytest

from reconciler.core.kind import Risk
from reconciler.core.plan import Action, FieldChange
from reconciler.core.risk import TABLE
from reconciler.engine.risk import greatest, hazards_of
from reconciler.kinds import KINDS
from tests.support.build import (
    agent,
    connection,
    external,
    live,
    mcp,
    okta,
    planned,
    raw_agent,
    raw_mcp,
    recalled,
    registration,
    wish,
)

ROW = "authorizationServers.corp"
RULE = "accessPolicies.p.rules.r"


def changed(path, before, after):
    op = "add" if before is None else "remove" if after is None else "change"
    return FieldChange(tuple(path.split(".")), op, before, after)


def codes(kind, path, before, after, action=Action.UPDATE):
    return [each.code for each in hazards_of(action, (changed(path, before, after),), KINDS[kind])]


MET = [
    ("McpServer", "resourceUrl", "https://a.example/mcp", "https://b.example/mcp", ["RSK001"]),
    ("McpServer", "resourceUrl", "https://a.example/mcp", "https://a.example/v2", []),
    ("McpServer", "resourceUrl", "https://a.example/mcp", "http://a.example/mcp", ["RSK020"]),
    ("AgentConnection", "resourceIndicator", None, "https://b.example/mcp", ["RSK001"]),
    ("McpServer", f"{ROW}.issuer", "https://a.example", "https://b.example", ["RSK002"]),
    ("McpServer", f"{ROW}.issuer", "https://a.example", None, []),
    ("McpServer", f"{ROW}.issuer", None, "https://a.example", []),
    ("McpServer", f"{ROW}.tokenEndpoint", "https://a.example/t", "https://b.example/t", ["RSK003"]),
    ("McpServer", f"{ROW}.tokenEndpoint", "https://a.example/t", "https://A.example/u", ["RSK004"]),
    ("McpServer", f"{ROW}.tokenEndpoint", None, "https://b.example/t", []),
    ("McpServer", ROW, None, {"type": "EXTERNAL", "issuer": "https://b.example"}, ["RSK005"]),
    ("McpServer", ROW, None, {"type": "OKTA", "id": "aus1"}, ["RSK006"]),
    ("McpServer", ROW, {"type": "OKTA", "id": "aus1"}, None, ["RSK007"]),
    ("McpServer", ROW, {"type": "OKTA"}, {"type": "OKTA", "id": "aus1"}, []),
    ("AgentConnection", "scopes", ["a"], ["a", "b"], ["RSK008"]),
    ("AgentConnection", "scopes", ["a", "b"], ["a"], []),
    ("AgentConnection", "scopeCondition", "INCLUDE_ONLY", "EXCLUDE", ["RSK008"]),
    ("AgentConnection", "scopeCondition", "EXCLUDE", "INCLUDE_ONLY", []),
    ("AgentConnection", "scopeCondition", "INCLUDE_ONLY", "ALL_SCOPES", ["RSK009"]),
    ("AuthorizationServer", f"{RULE}.scopes", ["a"], ["*"], ["RSK009", "RSK035"]),
    ("AuthorizationServer", "scopes.a.consent", "REQUIRED", "IMPLICIT", ["RSK010", "RSK035"]),
    ("AuthorizationServer", "scopes.a.consent", "IMPLICIT", "REQUIRED", ["RSK035"]),
    ("ClientApp", "grantTypes", ["authorization_code"], ["authorization_code", "implicit"], ["RSK011"]),
    ("ClientApp", "grantTypes", None, ["password", "client_credentials"], ["RSK011", "RSK012"]),
    ("ClientApp", "grantTypes", ["a", "b"], ["a"], []),
    ("AuthorizationServer", "accessPolicies.p.clients", ["0oa1"], ["ALL_CLIENTS"], ["RSK013", "RSK035"]),
    ("AuthorizationServer", "accessPolicies.p.clients", ["0oa1"], ["0oa1", "0oa2"], ["RSK014", "RSK035"]),
    ("AuthorizationServer", "accessPolicies.p.clients", ["0oa1", "0oa2"], ["0oa1"], ["RSK035"]),
    ("ClientApp", "tokenEndpointAuthMethod", "client_secret_basic", "client_secret_post", ["RSK015"]),
    ("ClientApp", "tokenEndpointAuthMethod", "client_secret_post", "client_secret_basic", []),
    ("ClientApp", "pkceRequired", True, False, ["RSK016"]),
    ("ClientApp", "dpopBoundAccessTokens", True, None, ["RSK016"]),
    ("ClientApp", "pkceRequired", False, True, []),
    (
        "ClientApp",
        "redirectUris",
        ["https://a.example"],
        ["https://a.example", "http://b.example"],
        ["RSK017", "RSK020"],
    ),
    ("ClientApp", "redirectUris", ["https://a.example", "https://b.example"], ["https://a.example"], []),
    ("AuthorizationServer", f"{RULE}.accessTokenLifetimeMinutes", 60, 1440, ["RSK018", "RSK035"]),
    ("AuthorizationServer", f"{RULE}.refreshTokenLifetimeMinutes", 60, 0, ["RSK018", "RSK035"]),
    ("AuthorizationServer", f"{RULE}.accessTokenLifetimeMinutes", 1440, 60, ["RSK035"]),
    ("AuthorizationServer", "audiences", ["api://a"], ["api://b"], ["RSK019"]),
    ("AuthorizationServer", "audiences", ["api://a"], ["api://a"], []),
    ("ClientRegistration", "clientSecret.generation", 1, 2, ["RSK034"]),
    ("McpOAuthClient", "keys.a", None, {"thumbprint": "x", "state": "ACTIVE"}, ["RSK036"]),
    ("McpOAuthClient", "keys.a.state", "INACTIVE", "ACTIVE", ["RSK036"]),
    ("McpOAuthClient", "keys.a.thumbprint", "x", "y", ["RSK036"]),
    ("McpOAuthClient", "keys.a", {"thumbprint": "x", "state": "ACTIVE"}, None, ["RSK037"]),
    ("McpOAuthClient", "keys.a.state", "ACTIVE", "INACTIVE", ["RSK037"]),
    ("McpOAuthClient", "keys.a", None, {"thumbprint": "x", "state": "INACTIVE"}, []),
    ("AuthorizationServer", "description", "a", "b", []),
    ("McpServer", "displayName", "a", "b", []),
]


@pytest.mark.parametrize(("kind", "path", "before", "after", "expected"), MET)
def test_a_difference_meets_the_rules_that_it_should(kind, path, before, after, expected):
    assert sorted(codes(kind, path, before, after)) == expected


def test_what_is_inside_an_object_that_comes_whole_is_looked_at_too():
    policy = {"clients": ["ALL_CLIENTS"], "rules": {"r": {"grantTypes": ["implicit"], "scopes": ["*"]}}}
    found = codes("AuthorizationServer", "accessPolicies.p", None, policy)
    assert sorted(found) == ["RSK009", "RSK011", "RSK013", "RSK035"]


@pytest.mark.parametrize(
    ("action", "code", "risk"),
    [
        (Action.DELETE, "RSK030", Risk.HIGH),
        (Action.REPLACE, "RSK031", Risk.HIGH),
        (Action.DEACTIVATE, "RSK032", Risk.MEDIUM),
        (Action.CREATE, "RSK033", Risk.MEDIUM),
    ],
)
def test_what_happens_to_the_whole_object_is_a_risk_by_itself(action, code, risk):
    found = hazards_of(action, (), KINDS["McpServer"])
    assert ([each.code for each in found], greatest(found)) == ([code], risk)


def test_what_is_new_is_judged_by_what_it_is_not_by_what_it_becomes():
    assert codes("ClientApp", "grantTypes", None, ["implicit", "client_credentials"], Action.CREATE) == [
        "RSK033",
        "RSK011",
    ]


def test_nothing_is_risky_about_an_object_that_stays_as_it_is():
    assert codes("McpServer", "resourceUrl", "https://a.example", "https://b.example", Action.NOOP) == []
    assert greatest(()) is Risk.LOW


def test_the_greatest_risk_decides():
    fields = (changed("displayName", "a", "b"), changed(f"{ROW}.issuer", "https://a.example", "https://b.example"))
    assert greatest(hazards_of(Action.UPDATE, fields, KINDS["McpServer"])) is Risk.HIGH


def test_every_row_of_the_table_has_its_own_code_and_a_whole_page():
    assert len({row.rule.code for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.risk is not Risk.LOW
        assert all((row.rule.summary, row.rule.why, row.rule.example, row.rule.fix)), row.rule.code


def test_losing_protection_is_a_risk_until_it_was_applied():
    world, before = live([raw_mcp()]), wish(mcp(protect=True), external())
    bare = wish(mcp(description="New"), external())
    [change] = planned(bare, world, recalled(before, world)).effective
    assert [each.code for each in change.hazards] == ["RSK021"]
    kept = wish(mcp(description="New", protect=True), external())
    assert [c.hazards for c in planned(kept, world, recalled(before, world)).effective] == [()]


def test_whoever_goes_with_what_leans_on_it_cuts_connections():
    desired = wish(mcp(absent=True), external(), registration())
    [change, *_] = planned(desired, live([raw_mcp()])).effective
    assert {"RSK030", "RSK022"} <= {each.code for each in change.hazards}


@pytest.mark.parametrize(("servers", "met"), [(["idp"], False), (["idp", "agents"], True)])
def test_consent_is_worth_a_look_where_an_assertion_was_possible(servers, met):
    link = connection(type="STS_ACCESS_TOKEN", clientRegistration="jira")
    desired = wish(agent(), external(), okta(), mcp(authorizationServers=servers), registration(), link)
    plan = planned(desired, live(AiAgent=[raw_agent()]))
    [change] = [each for each in plan.changes if each.address == link.address]
    assert ("RSK023" in {each.code for each in change.hazards}) is met


def test_what_is_blocked_or_stays_is_no_hazard():
    [change] = planned(wish(mcp(absent=True, protect=True), external()), live([raw_mcp()])).effective
    assert (change.action, change.hazards) == (Action.BLOCKED, ())
