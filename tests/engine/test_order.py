from dataclasses import replace

from reconciler.engine import order
from reconciler.engine.planner import make_plan
from reconciler.kinds import KINDS
from tests.support.build import TARGET, external, live, mcp, okta, okta_row, planned, raw_mcp, raw_okta, row, wish


def after(plan):
    return {step.id: set(step.after) for step in plan.steps}


def test_addresses_come_in_the_order_of_kinds_then_names():
    desired = wish(mcp("b"), mcp("a"), external("z"))
    assert [str(a) for a in order.addresses(desired, KINDS)] == [
        "AuthorizationServer.z",
        "McpServer.a",
        "McpServer.b",
    ]


def test_an_object_waits_for_everything_that_it_refers_to_and_its_own_steps_form_a_chain():
    desired = wish(mcp(authorizationServers=["agents", "idp"]), okta(), external())
    assert after(planned(desired, live())) == {
        "AuthorizationServer.agents/create": set(),
        "McpServer.jira/create": {"AuthorizationServer.agents/create"},
        "McpServer.jira/activate": {"McpServer.jira/create"},
    }


def test_an_object_waits_until_what_it_refers_to_is_fit_also_when_that_is_called_old():
    """`old-` marks predecessors in step ids; a document may be called so as well."""
    desired = wish(mcp(authorizationServers=["old-as"]), okta("old-as", displayName="Agents"))
    world = live(authorization_servers=[raw_okta(status="INACTIVE")])
    assert after(planned(desired, world))["McpServer.jira/create"] == {"AuthorizationServer.old-as/activate"}


def test_independent_objects_wait_for_nobody():
    desired = wish(mcp("a"), mcp("b"), external())
    waits = after(planned(desired, live()))
    assert waits["McpServer.a/create"] == waits["McpServer.b/create"] == set()


def test_an_authorization_server_stays_in_use_until_the_servers_that_leaned_on_it_have_let_go():
    """Deactivating it first would cut off agents before their server has moved or gone."""
    desired = wish(
        okta(absent=True),
        okta("new", displayName="New"),
        mcp("gone", absent=True, authorizationServers=["agents"]),
        mcp("moves", authorizationServers=["new"]),
        mcp("grows", authorizationServers=["new"], description="added"),
    )
    here = raw_okta(id="aus1")
    new = raw_okta("New", id="aus2")
    rows = [okta_row("aus1")]
    servers = [raw_mcp("gone", rows=rows), raw_mcp("moves", rows=rows), raw_mcp("grows", rows=[okta_row("aus2")])]
    waits = after(planned(desired, live(servers, [here, new])))
    assert waits["AuthorizationServer.agents/deactivate"] == {"McpServer.gone/delete", "McpServer.moves/update"}
    assert waits["AuthorizationServer.agents/delete"] == {"AuthorizationServer.agents/deactivate"}
    assert waits["McpServer.gone/deactivate"] == set()


def test_the_predecessor_goes_only_after_its_successor_works():
    desired = wish(external(), mcp(resourceUrl="https://new.example.com/mcp"))
    [server] = [each for each in desired if each.kind == "McpServer"]
    plan = planned(desired, live([raw_mcp(id="ems1")]), {server: "ems1"})
    assert [step.id.partition("/")[2] for step in plan.steps] == ["create", "activate", "old-deactivate", "old-delete"]
    assert after(plan)["McpServer.jira/old-deactivate"] == {"McpServer.jira/activate"}


def test_changes_without_steps_stay_as_they_are():
    plan = planned(wish(external(), mcp()), live([raw_mcp()]))
    assert plan.steps == ()


def test_only_what_leaned_on_an_object_is_waited_for():
    """Waiting for every change of a later kind is quadratic: 400 and 400 deletions made 160,800 edges."""
    count = 400
    servers = [raw_mcp(f"s{n}", id=f"ems{n}", rows=[okta_row(f"aus{n}")]) for n in range(count)]
    custom = [raw_okta(f"A{n}", id=f"aus{n}") for n in range(count)]
    documents = [okta(f"a{n}", displayName=f"A{n}", absent=True) for n in range(count)]
    gone = [mcp(f"s{n}", absent=True, authorizationServers=[f"a{n}"]) for n in range(count)]
    waits = after(planned(wish(*documents, *gone), live(servers, custom)))
    assert waits["AuthorizationServer.a7/deactivate"] == {"McpServer.s7/delete"}
    assert sum(map(len, waits.values())) == 3 * count


def test_what_an_object_holds_on_to_by_name_is_released_first():
    inner = replace(KINDS["McpServer"], holds=lambda _record: frozenset({"orn:agents"}))
    kinds = KINDS | {"McpServer": inner}
    world = live([raw_mcp(rows=[row()])], [raw_okta(id="aus1", orn="orn:agents")])
    plan = make_plan(wish(okta(absent=True), mcp(absent=True), external()), world, kinds, TARGET)
    waits = after(plan)
    assert waits["AuthorizationServer.agents/deactivate"] == {"McpServer.jira/delete"}
