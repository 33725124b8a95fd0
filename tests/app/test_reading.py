"""What a plan asks of an organisation: no list of a kind that nobody speaks of."""

from collections import Counter

import pytest

from reconciler.app import planning
from reconciler.app.workspace import open_workspace
from reconciler.backends.okta.client import Client
from tests.support.documents import external

_SERVER = """\
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: jira}
spec: {resourceUrl: https://jira.example.com/mcp, authorizationServers: [idp]}
"""
SERVERS = external("idp") + _SERVER
REGISTRATION = """\
---
apiVersion: reconciler/v1
kind: ClientRegistration
metadata: {name: jira}
spec: {mcpServer: jira, authorizationServer: idp, clientId: client-1, clientSecret: {fromEnv: JIRA_SECRET}}
"""


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Plan a registry on the embedded organisation, and count the requests by path."""
    seen = Counter[str]()
    once = Client._once

    def counted(self, exchange, url):
        seen[url.path] += 1
        return once(self, exchange, url)

    monkeypatch.setattr(Client, "_once", counted)

    def plan(text):
        (tmp_path / "registry.d").mkdir(exist_ok=True)
        (tmp_path / "registry.d" / "all.yaml").write_text(text, encoding="utf-8")
        seen.clear()
        planning.plan(open_workspace(tmp_path, None))
        return Counter(seen)

    return plan


def test_a_plan_over_mcp_servers_alone_costs_two_lists_whatever_kinds_there_are(asked):
    assert asked(SERVERS) == {"/api/v1/authorizationServers": 1, "/resource-servers/api/v1/mcp-servers": 1}


def test_a_client_registration_costs_one_list_more(asked):
    assert asked(SERVERS + REGISTRATION) - asked(SERVERS) == {"/resource-servers/api/v1/client-auth-settings": 1}
