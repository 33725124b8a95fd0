"""Objects whose identity is what they refer to, and what others hold on to: bound, replaced, ordered, blocked."""

from dataclasses import replace

import pytest

from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.plan import Action, Reason
from reconciler.core.remembered import Applied, Remembered
from reconciler.engine.holding import holders, holding
from reconciler.engine.planner import Context, make_plan
from reconciler.engine.scope import bind, needed, wanted
from reconciler.kinds import KINDS
from tests.support.build import (
    TARGET,
    agent,
    connection,
    external,
    live,
    mcp,
    okta,
    planned,
    raw_agent,
    raw_connection,
    raw_mcp,
    raw_registration,
    records,
    registration,
    wish,
)

JIRA = Address("McpServer", "jira")
HERE, LINK = Address("ClientRegistration", "jira"), Address("AgentConnection", "support-jira")
SERVER = f"ems{'jira':0<17}"
OLD = "https://old.example.com/mcp"


def everything(server=None, **spec):
    return wish(external(), mcp(**spec) if server is None else server, registration(), agent(), connection())


def world(*servers, **others):
    there = {
        "AiAgent": [raw_agent()],
        "AgentConnection": [raw_connection()],
        "ClientRegistration": [raw_registration()],
    }
    return live(servers or [raw_mcp()], **{**there, **others})


def change_of(plan, address):
    return next(change for change in plan.changes if change.address == address)


def waits(plan):
    return {step.id: set(step.after) for step in plan.steps}


def performable(plan):
    """Whether edges leave an order, by taking away what waits for nobody again and again."""
    left = waits(plan)
    while free := [step for step, after in left.items() if not after & left.keys()]:
        for step in free:
            del left[step]
    return not left


# -- which kinds are read, and which objects of them ---------------------------------------------------------------


def test_kinds_on_demand_are_read_only_where_a_document_or_memory_speaks_of_them():
    always = {"AuthorizationServer", "McpServer"}
    assert needed(wish(mcp(), external()), KINDS, {}).keys() == always
    assert needed(wish(registration()), KINDS, {}).keys() == always | {"ClientRegistration"}
    assert needed(wish(connection()), KINDS, {}).keys() == always | {"AiAgent", "AgentConnection"}
    assert needed(wish(), KINDS, {LINK: "wlp1/mcn1"}).keys() == always | {"AiAgent", "AgentConnection"}


def test_the_kinds_keep_their_order_however_few_are_read():
    some = list(needed(wish(connection(), registration()), KINDS, {}))
    assert some == [name for name in KINDS if name in some]


def test_whose_key_nobody_knows_yet_is_wanted_and_so_is_the_owner_of_what_was_bound():
    test = wanted(wish(registration(), agent()), KINDS, {LINK: "wlp9/mcn1", Address("Unknown", "x"): "y/z"})
    [settings] = records("ClientRegistration", [raw_registration("rsc9", clientId="other")])
    named, bound, stray = records("AiAgent", [raw_agent(), raw_agent("wlp9", "B"), raw_agent("wlp8", "C")])
    assert [test(record) for record in (settings, named, bound, stray)] == [True, True, True, False]


# -- binding -------------------------------------------------------------------------------------------------------


def test_an_object_is_found_by_what_it_refers_to_without_any_memory():
    scope = bind(everything(), world(), KINDS, {})
    assert scope.records[HERE].id == "rsc1"
    assert scope.records[LINK].id == "wlpSupport0000000000/mcn1"


def test_two_documents_of_one_live_object_are_told_and_neither_order_nor_chance_decides():
    twice = wish(
        external(),
        mcp(),
        agent(),
        agent("same", id="wlpSupport0000000000"),
        connection(),
        connection("z", agent="same"),
    )
    scope = bind(twice, world(), KINDS, {})
    assert scope.records[LINK].id == "wlpSupport0000000000/mcn1"
    [(address, fault)] = scope.ambiguous.items()
    assert (address.name, fault.code) == ("z", "PLN008")
    assert "AgentConnection.support-jira describes" in fault.detail


def test_strangers_of_a_kind_that_mostly_concerns_others_are_no_news_unless_they_were_ours():
    there = live(ClientApp=[], AiAgent=[raw_agent()], AgentConnection=[raw_connection()])
    assert [each.kind for each in bind(wish(), there, KINDS, {}).unmanaged] == ["AgentConnection"]
    once = bind(wish(), there, KINDS, {Address("AiAgent", "support"): "wlpSupport0000000000"}).unmanaged
    assert [each.kind for each in once] == ["AiAgent", "AgentConnection"]


# -- replacing -----------------------------------------------------------------------------------------------------


def test_what_leans_on_a_replaced_object_is_replaced_with_it_and_the_plan_says_whom_it_cuts():
    plan = planned(everything(), world(raw_mcp(resourceUrl=OLD)), {JIRA: SERVER})
    assert {change.action for change in plan.effective} == {Action.REPLACE}
    assert change_of(plan, JIRA).cuts == (LINK, HERE)
    assert [step.id.partition("/")[2] for step in change_of(plan, HERE).steps] == ["create", "old-delete"]
    assert waits(plan)["McpServer.jira/old-deactivate"] == {
        "McpServer.jira/activate",
        "ClientRegistration.jira/old-delete",
        "AgentConnection.support-jira/old-delete",
    }
    assert performable(plan)


def test_where_the_old_object_goes_first_so_does_what_leans_on_it():
    """Otherwise the old object would wait for what waits for the new one."""
    desired = everything(revalidate="reregister")
    plan = planned(desired, world(raw_mcp(status="INVALID")))
    assert change_of(plan, JIRA).reason is Reason.INVALID
    assert [step.id.partition("/")[2] for step in change_of(plan, LINK).steps] == [
        "old-deactivate",
        "old-delete",
        "create",
    ]
    assert performable(plan)


def test_a_replacement_under_the_same_key_removes_first():
    """Okta holds one connection from an agent to a resource; two would be refused."""
    there = raw_connection(authorizationServer={"orn": "orn:okta:idp:x:authorization_servers:ausOther"})
    desired = wish(okta(), mcp(authorizationServers=["agents"]), agent(), connection())
    plan = planned(desired, world(AgentConnection=[there]))
    change = change_of(plan, LINK)
    assert (change.action, [step.id.partition("/")[2] for step in change.steps]) == (
        Action.REPLACE,
        ["old-deactivate", "old-delete", "create"],
    )


# -- order ---------------------------------------------------------------------------------------------------------


def test_a_client_is_registered_before_its_server_is_activated_and_an_agent_connected_after():
    """Okta's order (okta-api §3.7): register, client auth settings, activate, agent connection."""
    plan = planned(everything(), live(AiAgent=[raw_agent()]))
    assert waits(plan) == {
        "McpServer.jira/create": set(),
        "ClientRegistration.jira/create": {"McpServer.jira/create"},
        "McpServer.jira/activate": {"McpServer.jira/create", "ClientRegistration.jira/create"},
        "AgentConnection.support-jira/create": {"McpServer.jira/activate"},
    }


def test_what_uses_a_client_waits_until_the_server_that_it_is_for_is_active():
    """An agent is connected through the client, and only to what is ACTIVE (okta-api §1.8)."""
    sts = connection(type="STS_ACCESS_TOKEN", clientRegistration="jira")
    plan = planned(wish(external(), mcp(), registration(), agent(), sts), live(AiAgent=[raw_agent()]))
    assert waits(plan)["AgentConnection.support-jira/create"] == {
        "ClientRegistration.jira/create",
        "McpServer.jira/activate",
    }
    there = world(raw_mcp(status="INACTIVE"), AgentConnection=[])
    again = planned(wish(external(), mcp(), registration(), agent(), sts), there)
    assert waits(again)["AgentConnection.support-jira/create"] == {"McpServer.jira/activate"}


def test_a_server_that_only_has_to_be_activated_still_waits_for_its_client():
    plan = planned(everything(), world(raw_mcp(status="INACTIVE"), ClientRegistration=[]))
    assert waits(plan)["McpServer.jira/activate"] == {"ClientRegistration.jira/create"}
    assert waits(plan)["ClientRegistration.jira/create"] == set()


def test_a_connection_goes_before_the_client_and_the_client_before_the_server():
    sts = {"type": "STS_ACCESS_TOKEN", "clientRegistration": "jira"}
    gone = wish(external(), mcp(absent=True), registration(absent=True), connection(absent=True, **sts), agent())
    there = raw_connection(
        connectionType="STS_ACCESS_TOKEN", resource={"mcpServerId": SERVER, "clientAuthSettings": {"orn": "x:rsc1"}}
    )
    plan = planned(gone, world(AgentConnection=[there]))
    assert waits(plan)["McpServer.jira/deactivate"] == {
        "ClientRegistration.jira/delete",
        "AgentConnection.support-jira/delete",
    }
    assert waits(plan)["ClientRegistration.jira/delete"] == {"AgentConnection.support-jira/delete"}
    assert performable(plan)


# -- secrets -------------------------------------------------------------------------------------------------------


def applied(generation, record="rsc1", **more):
    document = {"clientSecret": {"$secret": "env:JIRA_SECRET", "generation": generation}, **more}
    return Context(Remembered(applied={HERE: Applied(record, document, State.ACTIVE)}))


def secret_of(generation, context):
    told = registration(clientSecret={"fromEnv": "JIRA_SECRET", "generation": generation})
    plan = make_plan(wish(external(), mcp(), told), world(), KINDS, TARGET, context)
    return change_of(plan, HERE)


def test_a_secret_is_written_again_when_its_author_counts_it_newer_and_never_compared_by_value():
    change = secret_of(2, applied(1))
    assert change.action is Action.UPDATE
    assert [(field.path, field.before, field.after) for field in change.fields] == [
        (("clientSecret", "generation"), 1, 2)
    ]
    assert secret_of(1, applied(1)).steps == ()


def test_without_memory_nothing_is_known_to_have_changed():
    assert secret_of(2, Context()).steps == ()
    assert secret_of(2, applied(1, record="another object")).steps == ()


def test_a_secret_that_was_not_there_before_is_an_addition():
    bare = Context(Remembered(applied={HERE: Applied("rsc1", {"name": "jira"}, State.ACTIVE)}))
    assert [(field.path, field.op) for field in secret_of(1, bare).fields] == [(("clientSecret",), "add")]


# -- holding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("here", [True, False])
def test_a_server_that_a_strangers_connection_uses_is_not_deleted(here):
    """Seen among what was read for the plan, or read because something is to be deleted."""
    [link] = records("AgentConnection", [raw_connection()])
    context = Context() if here else Context(bystanders=(link,))
    there = world(ClientRegistration=[]) if here else live([raw_mcp()])
    plan = make_plan(wish(external(), mcp(absent=True)), there, KINDS, TARGET, context)
    change = change_of(plan, JIRA)
    assert (change.action, change.reason, change.steps) == (Action.BLOCKED, Reason.HELD, ())
    [problem] = plan.problems
    assert (problem.code, problem.detail) == ("PLN009", "AgentConnection wlpSupport0000000000/mcn1 uses it.")


def test_a_connection_that_a_document_describes_holds_nothing():
    plan = planned(wish(external(), mcp(absent=True), agent(), connection(absent=True)), world(ClientRegistration=[]))
    assert plan.problems == ()


def test_only_kinds_that_hold_on_to_others_are_read_before_a_delete():
    assert list(holding(KINDS)) == ["AiAgent", "AgentConnection"]
    assert list(holding({name: replace(kind, holds=None) for name, kind in KINDS.items()})) == []


def test_holders_are_named_once_and_in_order():
    links = records("AgentConnection", [raw_connection("mcn2"), raw_connection("mcn1"), raw_connection("mcn1")])
    assert holders((*links, *records("McpServer", [raw_mcp()])), (), KINDS) == {
        SERVER: (
            "AgentConnection wlpSupport0000000000/mcn1",
            "AgentConnection wlpSupport0000000000/mcn2",
        )
    }
