import pytest

from reconciler.kinds import KINDS
from reconciler.kinds.agent_connection import checks
from tests.support.build import agent, connection, external, mcp, okta, registration, wish

CUSTOM, STS = "IDENTITY_ASSERTION_CUSTOM_AS", "STS_ACCESS_TOKEN"
SERVER = ("spec", "authorizationServer")


@pytest.mark.parametrize(
    ("each", "faults"),
    [
        (connection(), []),
        (connection(mcpServer="missing"), []),
        (connection(mcpServer="two", authorizationServer="agents"), []),
        (connection(type=CUSTOM, authorizationServer="agents", resourceIndicator="https://a.example.com"), []),
        (connection(type=CUSTOM, authorizationServer="missing"), []),
        (connection(type=STS, clientRegistration="jira"), []),
        (connection(scopeCondition="EXCLUDE", scopes=["write"]), []),
        (connection(scopeCondition="EXCLUDE"), [("CNX002", ("spec", "scopes"))]),
        (connection(scopes=["write"]), [("CNX002", ("spec", "scopes"))]),
        (connection(mcpServer="off"), [("CNX001", ("spec",))]),
        (connection(mcpServer="off", absent=True), []),
        (connection(authorizationServer="agents"), [("CNX003", SERVER)]),
        (connection(mcpServer="two"), [("CNX004", ("spec",))]),
        (connection(type=CUSTOM, authorizationServer="idp"), [("CNX003", SERVER)]),
        (
            connection(type=CUSTOM, authorizationServer="agents", resourceIndicator="https://A.example.com"),
            [("CFG003", ("spec", "resourceIndicator"))],
        ),
    ],
)
def test_every_fault_is_found_at_its_path(each, faults):
    world = wish(
        agent(),
        external(),
        okta(),
        okta("partners"),
        mcp(),
        mcp("two", authorizationServers=["agents", "partners", "unknown"]),
        mcp("off", state="inactive"),
        registration(),
    )
    assert [(found.code, found.path) for found in checks.check(each, world, KINDS)] == faults
