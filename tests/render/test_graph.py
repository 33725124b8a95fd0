from reconciler.core.address import Address
from reconciler.render import graph

JIRA, AGENTS, LOST = Address("McpServer", "jira"), Address("AuthorizationServer", "agents"), Address("A", "lost")


def test_arrows_point_to_what_an_object_needs():
    edges = {JIRA: (AGENTS,), AGENTS: ()}
    assert graph.mermaid(edges) == (
        'flowchart LR\n  n0["AuthorizationServer.agents"]\n  n1["McpServer.jira"]\n  n1 --> n0\n'
    )
    assert graph.dot(edges) == (
        'digraph registry {\n  rankdir=LR;\n  "AuthorizationServer.agents";\n  "McpServer.jira";\n'
        '  "McpServer.jira" -> "AuthorizationServer.agents";\n}\n'
    )


def test_what_is_only_referred_to_is_drawn_too():
    """A tombstone may still name a document that is gone."""
    edges = {JIRA: (LOST,)}
    assert graph.mermaid(edges) == 'flowchart LR\n  n0["A.lost"]\n  n1["McpServer.jira"]\n  n1 --> n0\n'
    assert '  "A.lost";\n' in graph.dot(edges)


def test_the_picture_is_the_same_whatever_the_order():
    edges = {JIRA: (AGENTS, LOST), AGENTS: ()}
    other = {AGENTS: (), JIRA: (LOST, AGENTS)}
    assert graph.mermaid(edges) == graph.mermaid(other)
    assert graph.dot(edges) == graph.dot(other)
