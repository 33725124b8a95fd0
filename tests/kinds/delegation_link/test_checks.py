from reconciler.kinds import KINDS
from reconciler.kinds.delegation_link import KIND
from tests.support.build import agent, external, link, mcp, oauth_client, okta, wish

WORLD = (external(), okta(), agent(), oauth_client())


def codes(each, *others):
    return [fault.code for fault in KIND.check(each, wish(*WORLD, *others), KINDS)]


def test_a_link_through_a_custom_authorization_server_is_fine():
    assert codes(link(), mcp(authorizationServers=["idp", "agents"])) == []
    assert codes(link()) == [], "a reference to nothing is reported as such"
    assert codes(link(to="nobody"), mcp()) == []


def test_exactly_one_delegator_is_named():
    both = link(**{"from": {"agent": "support", "app": "portal"}})
    assert codes(both, mcp(authorizationServers=["agents"])) == ["DLK001"]
    assert codes(link(**{"from": {}})) == ["DLK001"]
    assert [str(each) for each in KIND.references(both.spec)] == ["McpOAuthClient.jira"]


def test_nobody_delegates_to_itself():
    assert codes(link(**{"from": {"oauthClient": "jira"}})) == ["DLK002"]


def test_without_a_custom_authorization_server_okta_would_refuse_the_link():
    assert codes(link(), mcp()) == ["DLK003"]
    assert codes(link(), mcp(authorizationServers=["idp", "lost"])) == ["DLK003"]
