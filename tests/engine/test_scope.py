from reconciler.core.address import Address
from reconciler.engine.scope import bind, wanted
from reconciler.kinds import KINDS
from tests.support.build import external, live, mcp, okta, raw_mcp, raw_okta, records, wish

JIRA, OTHER = Address("McpServer", "jira"), Address("McpServer", "other")
AGENTS = Address("AuthorizationServer", "agents")


def test_children_are_read_only_of_what_some_document_may_be_about():
    test = wanted(wish(mcp(), external()), KINDS, {OTHER: "ems9"})
    one, bound, stray = records("McpServer", [raw_mcp(), raw_mcp("x", id="ems9"), raw_mcp("y", id="ems8")])
    assert [test(record) for record in (one, bound, stray)] == [True, True, False]


def test_a_borrowed_server_is_wanted_by_its_id():
    test = wanted(wish(okta()), KINDS, {AGENTS: "aus9"})
    assert all(test(record) for record in records("AuthorizationServer", [raw_okta(), raw_okta("X", id="aus9")]))


def test_the_natural_key_finds_an_object_again_without_any_memory():
    scope = bind(wish(mcp()), live([raw_mcp(resourceUrl="https://jira.example.com/mcp/")]), KINDS, {})
    assert scope.records.keys() == {JIRA}
    assert scope.unmanaged == ()


def test_a_binding_speaks_only_where_the_key_finds_nothing():
    world = live([raw_mcp(id="emsNew"), raw_mcp("old", id="emsOld")])
    assert bind(wish(mcp()), world, KINDS, {JIRA: "emsOld"}).records[JIRA].id == "emsNew"
    moved = wish(mcp(resourceUrl="https://moved.example.com/mcp"))
    assert bind(moved, world, KINDS, {JIRA: "emsOld"}).records[JIRA].id == "emsOld"
    assert bind(moved, world, KINDS, {JIRA: "emsGone"}).records == {}


def test_a_binding_never_takes_an_object_that_another_document_names():
    both = wish(mcp(), mcp("other", resourceUrl="https://nowhere.example.com"))
    scope = bind(both, live([raw_mcp(id="ems1")]), KINDS, {OTHER: "ems1"})
    assert scope.records.keys() == {JIRA}


def test_several_objects_with_one_key_are_nobodys_and_all_are_named():
    world = live(authorization_servers=[raw_okta(id="aus2"), raw_okta(id="aus1")])
    scope = bind(wish(okta()), world, KINDS, {AGENTS: "aus1"})
    assert scope.records == {}
    assert scope.ambiguous[AGENTS].detail == "It could be any of aus1, aus2."


def test_an_id_in_the_place_of_the_key_names_just_one():
    world = live(authorization_servers=[raw_okta(id="aus1"), raw_okta(id="aus2")])
    scope = bind(wish(okta(displayName="aus2")), world, KINDS, {})
    assert scope.records[AGENTS].id == "aus2"


def test_what_nobody_describes_is_unmanaged_and_an_orphan_where_it_was_described_once():
    world = live([raw_mcp("b", id="ems2"), raw_mcp("a", id="ems1")], [raw_okta()])
    [server, first, second] = bind(wish(), world, KINDS, {JIRA: "ems2"}).unmanaged
    assert (server.kind, server.orphan_of) == ("AuthorizationServer", None)
    assert (first.id, first.orphan_of) == ("ems1", None)
    assert (second.id, second.orphan_of) == ("ems2", JIRA)


def test_an_orphan_has_the_same_address_whatever_the_order_of_the_bindings():
    world = live([raw_mcp(id="ems1")])
    found = [
        bind(wish(), world, KINDS, dict(order)).unmanaged
        for order in ([(JIRA, "ems1"), (OTHER, "ems1")], [(OTHER, "ems1"), (JIRA, "ems1")])
    ]
    assert found[0] == found[1]
