"""What a plan need not look at again: only what it knows to the last bit to be as it was."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.remembered import Remembered
from reconciler.engine.planner import Context, make
from reconciler.kinds import KINDS
from tests.support.build import (
    TARGET,
    agent,
    connection,
    external,
    live,
    mcp,
    okta,
    okta_row,
    raw_agent,
    raw_connection,
    raw_mcp,
    raw_okta,
    wish,
)
from tests.support.build import recalled as remembered
from tests.support.settled import in_rows, made, recalled, written

JIRA, WIKI = Address("McpServer", "jira"), Address("McpServer", "wiki")
AGENTS, IDP = Address("AuthorizationServer", "agents"), Address("AuthorizationServer", "idp")
LINK = Address("AgentConnection", "support-jira")
WISH = written(
    wish(external(), okta(), mcp("wiki", authorizationServers=["agents"]), mcp(), agent(), connection()),
)
WORLD = live(
    [raw_mcp(), raw_mcp("wiki", rows=[okta_row(raw_okta()["id"])])],
    AuthorizationServer=[raw_okta()],
    AiAgent=[raw_agent()],
    AgentConnection=[raw_connection()],
)
MEMORY = in_rows(remembered(WISH, WORLD))


def settled(documents=WISH, world=None, memory=MEMORY):
    found = made(documents, world or recalled(WORLD), memory)
    ids = {change.record: change.address for change in found.plan.changes}
    return {ids[record] for _, record in found.settled}


def less(kind):
    return recalled(WORLD, less=lambda record: record.kind == kind)


def untold(address):
    return {**WISH, address: replace(WISH[address], mark="")}


def test_what_is_as_it_was_is_noted_once_and_known_from_then_on():
    first = made(WISH, recalled(WORLD), MEMORY)
    assert settled() == {AGENTS, JIRA, WIKI, LINK}
    assert made(WISH, recalled(WORLD, first.settled), MEMORY) == (first.plan, {})


@pytest.mark.parametrize(
    ("documents", "world", "memory"),
    [
        pytest.param(untold(WIKI), None, MEMORY, id="document from elsewhere"),
        pytest.param(untold(AGENTS), None, MEMORY, id="document that it refers to, from elsewhere"),
        pytest.param(WISH, less("McpServer"), MEMORY, id="object read in this run"),
        pytest.param(WISH, less("AuthorizationServer"), MEMORY, id="object that it leans on, read in this run"),
        pytest.param(WISH, None, Remembered(MEMORY.bindings), id="nothing remembered"),
        pytest.param(WISH, None, remembered(WISH, WORLD), id="memory that no ledger holds"),
    ],
)
def test_server_of_which_not_all_is_known_is_compared_again(documents, world, memory):
    assert WIKI not in settled(documents, world, memory)


def test_what_leans_on_something_of_which_not_all_is_known_is_compared_again():
    assert {JIRA, LINK}.isdisjoint(settled(untold(IDP)))


def test_what_is_carried_over_from_another_name_is_not_settled():
    names = {address: Address("McpServer", "old") if address == JIRA else address for address in MEMORY.bindings}
    before = Remembered(
        {names[address]: each for address, each in MEMORY.bindings.items()},
        {names[address]: each for address, each in MEMORY.applied.items()},
    )
    assert settled(memory=before) == {AGENTS, WIKI, LINK}


def test_what_leans_on_an_object_that_is_made_anew_is_compared_again():
    """The server was deleted in the console: its connection is about to get another one."""
    first = made(WISH, recalled(WORLD), MEMORY)
    left = tuple(record for record in WORLD.of("McpServer") if record.key != "https://jira.example.com/mcp")
    gone = replace(recalled(WORLD, first.settled), records={**WORLD.records, "McpServer": left})
    plan = made(WISH, gone, MEMORY).plan
    assert [change.address for change in plan.changes if change.steps] == [JIRA, LINK]


def test_what_leans_on_an_object_that_is_now_registered_anew_is_compared_again():
    """The acceptance of the server's state has ended; document and object are as they were."""
    wished = WISH | written(wish(mcp(revalidate="reregister")))
    invalid = replace(WORLD, records={**WORLD.records, "McpServer": live([raw_mcp(status="INVALID")]).of("McpServer")})
    accepting = Context(MEMORY, accepted=frozenset({"McpServer.jira.state"}))
    first = make(wished, recalled(invalid), KINDS, TARGET, accepting)
    assert ("AgentConnection", MEMORY.bindings[LINK]) in first.settled
    again = made(wished, recalled(invalid, first.settled), MEMORY)
    assert again.plan == made(wished, recalled(invalid), MEMORY).plan
    assert LINK in {change.address for change in again.plan.changes if change.steps}
