import pytest

from reconciler.kinds import KINDS
from reconciler.kinds.mcp_server import checks, wire
from tests.support.build import STATIC, borrowed, discovered, external, mcp, okta, okta_row, raw_mcp, row, wish


def found(server, *others):
    return [(d.code, d.path) for d in checks.check(server, wish(*others), KINDS)]


NO_CODE = external("nocode", oauth=STATIC | {"grantTypes": ["refresh_token"]})
LIST = ("spec", "authorizationServers")


@pytest.mark.parametrize(
    ("server", "faults"),
    [
        (mcp(), []),
        (mcp(authorizationServers=["agents"], requires=["xaa"]), []),
        (mcp(authorizationServers=["nocode", "idp"]), []),
        (mcp(authorizationServers=["missing"], requires=["xaa"]), []),
        (mcp(requires=["xaa"], state="inactive"), []),
        (mcp(authorizationServers=["idp", "same"], state="inactive"), [("MCP103", (*LIST, 1))]),
        (mcp(requires=["xaa"]), [("CON001", LIST)]),
        (mcp(authorizationServers=["agents"], requires=["sts"]), [("CON001", LIST)]),
        (mcp(authorizationServers=["nocode"]), [("CON001", LIST)]),
        (mcp(authorizationServers=["idp", "agents", "idp"]), [("MCP103", (*LIST, 2))]),
        (mcp(authorizationServers=["idp", "same"]), [("MCP103", (*LIST, 1))]),
        (mcp(resourceUrl="https://JIRA.example.com"), [("CFG003", ("spec", "resourceUrl"))]),
    ],
)
def test_every_fault_is_found_at_its_path(server, faults):
    """A reference to nothing is the loader's to report; what it would offer cannot be known here."""
    others = (external(), okta(), borrowed(), NO_CODE, discovered("same", issuer="https://idp.example.com/"))
    assert found(server, *others) == faults


def test_what_is_required_and_what_is_offered_are_named():
    [fault] = checks.check(mcp(requires=["xaa"]), wish(external()), KINDS)
    assert fault.detail == "It requires XAA; its authorization servers offer STS."
    [fault] = checks.check(mcp(authorizationServers=["nocode"]), wish(NO_CODE), KINDS)
    assert fault.detail == "It requires XAA or STS; its authorization servers offer neither."


# -- readiness -----------------------------------------------------------------------------------------------------

JAG = {
    "detectedMetadata": {"identityChainingRequestedTokenTypesSupported": ["urn:ietf:params:oauth:token-type:id-jag"]}
}


def obstacles(rows, requires=("sts", "xaa")):
    live = wire.record(raw_mcp(rows=rows))
    return [d.code for d in checks.ready(live, {"resourceUrl": "https://x", "requires": list(requires)})]


@pytest.mark.parametrize(
    ("rows", "requires", "codes"),
    [
        ([], ("sts", "xaa"), ["MCP101"]),
        ([row()], ("sts", "xaa"), []),
        ([row()], ("xaa",), ["CON001"]),
        ([row(**JAG)], ("xaa",), []),
        ([okta_row("aus1")], ("xaa",), []),
        ([okta_row("aus1")], ("sts",), ["CON001"]),
        ([okta_row("aus1", "INACTIVE")], ("xaa",), ["CON001"]),
        ([row(status="INVALID")], ("sts",), ["CON001"]),
        ([row(status="PENDING")], ("sts",), ["MCP102", "CON001"]),
        ([row(), okta_row("aus1", "PENDING")], ("sts",), ["MCP102"]),
        ([row(tokenEndpoint=None)], ("sts",), ["CON001"]),
        ([row(grantTypesSupported=["refresh_token"])], ("sts",), ["CON001"]),
        ([row(grantTypesSupported=None)], ("sts",), []),
    ],
)
def test_a_server_is_ready_when_one_active_row_offers_what_is_required(rows, requires, codes):
    assert obstacles(rows, requires) == codes


@pytest.mark.parametrize(
    ("status", "rows", "codes"),
    [
        ("INACTIVE", [row(status="INACTIVE")], []),
        ("INACTIVE", [row(status="INACTIVE"), row("https://b.example", status="INVALID")], []),
        ("INACTIVE", [okta_row("aus1"), row(status="INACTIVE")], ["CON001"]),
        ("INACTIVE", [row(status="INVALID")], ["CON001"]),
        ("ACTIVE", [row(status="INACTIVE")], ["CON001"]),
        ("INVALID", [row(status="INACTIVE")], ["CON001"]),
    ],
)
def test_rows_may_sleep_until_their_server_is_activated(status, rows, codes):
    """okta-api §6 row 11: some organisations wake rows only with their server."""
    live = wire.record(raw_mcp(rows=rows, status=status))
    assert [d.code for d in checks.ready(live, {"resourceUrl": "https://x", "requires": ["sts"]})] == codes


def test_obstacles_read_the_same_whatever_the_order_of_rows():
    rows = [row("https://a.example", status="INVALID"), row("https://b.example", status="INACTIVE")]

    def texts(rows):
        return [
            d.detail for d in checks.ready(wire.record(raw_mcp(rows=rows)), {"resourceUrl": "u", "requires": ["sts"]})
        ]

    assert texts(rows) == texts(rows[::-1])
