"""What memory says was applied, held against documents: equal only where that is known."""

from dataclasses import replace

from reconciler.core.address import Address
from reconciler.engine.promotion import unapplied
from reconciler.kinds import KINDS
from tests.support.build import (
    borrowed,
    external,
    live,
    mcp,
    okta,
    okta_row,
    raw_mcp,
    raw_okta,
    raw_registration,
    recalled,
    registration,
    wish,
)

JIRA = Address("McpServer", "jira")
WORLD = live([raw_mcp(rows=[okta_row("aus1")])], [raw_okta(id="aus1")])
DESIRED = wish(okta(), mcp(authorizationServers=["agents"]))


def test_what_was_applied_is_equal_references_included():
    assert list(unapplied(DESIRED, recalled(DESIRED, WORLD), KINDS)) == []


def test_every_other_thing_is_named():
    memory = recalled(DESIRED, WORLD)
    changed = wish(
        okta(), mcp(authorizationServers=["agents"], displayName="Jira", state="inactive", protect=True), mcp("b")
    )
    assert [each.partition(" was")[0] for each in unapplied(changed, memory, KINDS)] == [
        "McpServer.b",
        "McpServer.jira.displayName",
        "McpServer.jira",
        "McpServer.jira",
    ]
    [gone] = unapplied(wish(okta(), mcp(authorizationServers=["agents"], absent=True)), memory, KINDS)
    assert gone == "McpServer.jira was applied, and no document wishes for it."
    open_again = recalled(wish(okta(), mcp(authorizationServers=["agents"], protect=True)), WORLD)
    assert "with protection" in next(unapplied(DESIRED, open_again, KINDS))


def test_what_somebody_else_owns_was_not_ours_to_apply():
    assert list(unapplied(wish(borrowed()), recalled(wish(), live()), KINDS)) == []


def test_another_normaliser_compares_with_nothing():
    memory = recalled(DESIRED, WORLD)
    old = replace(memory, applied={**memory.applied, JIRA: replace(memory.applied[JIRA], version=0)})
    [said] = unapplied(DESIRED, old, KINDS)
    assert "another version" in said


def test_what_only_the_organisation_knows_is_not_taken_for_equal():
    desired = wish(external(), mcp(), registration())
    world = live([raw_mcp()], ClientRegistration=[raw_registration()])
    said = list(unapplied(desired, recalled(desired, world), KINDS))
    assert [each.partition(":")[0] for each in said] == ["ClientRegistration.jira.authorizationServer"]
