import pytest

from reconciler.kinds import KINDS
from tests.support.build import (
    agent,
    app,
    connection,
    external,
    link,
    mcp,
    oauth_client,
    okta,
    raw_mcp,
    registration,
)


def test_kinds_stand_in_the_order_in_which_they_are_created():
    assert list(KINDS) == [
        "AuthorizationServer",
        "McpServer",
        "ClientApp",
        "ClientRegistration",
        "AiAgent",
        "AgentConnection",
        "McpOAuthClient",
        "DelegationLink",
    ]
    assert all(name == kind.name for name, kind in KINDS.items())


@pytest.mark.parametrize(
    "each",
    [okta(), external(), mcp(), app(), registration(app="client"), agent(), connection(), oauth_client(), link()],
    ids=lambda each: str(each.address),
)
def test_a_kind_refers_only_to_kinds_above_it(each):
    rank = list(KINDS)
    kind = KINDS[each.address.kind]
    assert all(rank.index(address.kind) < rank.index(kind.name) for address in kind.references(each.spec))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_two_rules_of_a_kind_share_a_code(kind):
    codes = [rule.code for rule in kind.rules]
    assert len(codes) == len(set(codes))


GLANCED = {"McpServer": [raw_mcp(), raw_mcp(status="INVALID", resourceUrl="https://jira.example.com/mcp/")]}


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.wire.glance], ids=lambda kind: kind.name)
def test_a_glance_tells_the_key_and_state_that_the_record_has(kind):
    for raw in GLANCED[kind.name]:
        record = kind.wire.record(raw)
        assert kind.wire.glance(raw) == (record.key, record.state)
