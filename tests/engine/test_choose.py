"""Which live objects are described, and every reason why one is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.address import Address
from reconciler.core.adoption import Named
from reconciler.core.diagnostic import Diagnostic, Severity
from reconciler.engine.adopt import Described
from reconciler.engine.choose import RULES, choose, choose_matching, matching
from reconciler.engine.scope import bind
from reconciler.kinds import KINDS
from tests.support.build import external, live, mcp, raw_agent, raw_connection, raw_mcp, raw_okta, wish

JIRA = "emsjira0000000000000"
WIKI = "emswiki0000000000000"
WORLD = live([raw_mcp(), raw_mcp("wiki", displayName="Wiki pages")], [raw_okta()])


def known(*documents, world=WORLD):
    desired = wish(*documents)
    return Described(desired, bind(desired, world, KINDS, {}).records)


def codes(choice):
    return [fault.code for fault in choice.faults]


def test_an_object_is_found_by_its_id_its_url_or_its_name():
    named = [Named(WIKI), Named("https://jira.example.com/mcp/"), Named("Agents")]
    choice = choose(named, WORLD, KINDS, known())
    assert (choice.faults, choice.names) == ((), {})
    assert [record.id for record in choice.records] == [WIKI, JIRA, raw_okta()["id"]]


def test_an_address_says_how_its_object_is_called():
    choice = choose([Named(JIRA, Address("McpServer", "tracker"))], WORLD, KINDS, known())
    assert choice.names == {("McpServer", JIRA): "tracker"}


@pytest.mark.parametrize(
    ("named", "code", "says"),
    [
        (Named("emsNothing"), "ADP001", "emsNothing"),
        (Named(WIKI), "ADP002", "McpServer.wiki at registry.d/test.yaml"),
        (
            Named(JIRA, Address("AuthorizationServer", "jira")),
            "ADP003",
            "is of kind McpServer, not AuthorizationServer",
        ),
        (Named(JIRA, Address("McpServer", "wiki")), "ADP004", "McpServer.wiki stands at registry.d/test.yaml"),
    ],
)
def test_each_mistake_about_one_object_has_its_sentence(named, code, says):
    choice = choose([named], WORLD, KINDS, known(mcp("wiki"), external()))
    [fault] = choice.faults
    assert (fault.code, fault.severity) == (code, Severity.ERROR)
    assert says in fault.detail


def test_all_mistakes_come_at_once():
    choice = choose([Named("x"), Named("y"), Named(WIKI)], WORLD, KINDS, known(mcp("wiki"), external()))
    assert codes(choice) == ["ADP001", "ADP001", "ADP002"]


def test_an_object_or_a_name_that_is_given_twice_is_an_error():
    one, other = Named(JIRA, Address("McpServer", "a")), Named(WIKI, Address("McpServer", "a"))
    assert codes(choose([Named(JIRA), one], WORLD, KINDS, known())) == ["ADP005"]
    assert codes(choose([one, other], WORLD, KINDS, known())) == ["ADP005"]


def test_a_kind_that_nobody_can_write_down_says_so():
    silent = {**KINDS, "McpServer": replace(KINDS["McpServer"], to_spec=None)}
    assert codes(choose([Named(JIRA)], WORLD, silent, known())) == ["ADP006"]
    choice = choose_matching(matching((), ("McpServer",)), WORLD, silent, known())
    assert {fault.severity for fault in choice.faults} == {Severity.WARNING}
    assert choice.records == ()


def test_objects_that_cannot_be_told_apart_are_left_alone():
    world = live(authorization_servers=[raw_okta(id="ausone00000000000000"), raw_okta(id="austwo00000000000000")])
    choice = choose_matching(matching((), ()), world, KINDS, known(world=world))
    assert codes(choice) == ["ADP007", "ADP007"]
    assert choice.records == ()


def test_kinds_that_could_not_be_read_are_named_where_an_object_is_not_found():
    world = live(unreadable={"McpServer": Diagnostic("X", "x", "x")})
    [fault] = choose([Named(JIRA)], world, KINDS, known(world=world)).faults
    assert "McpServer could not be read" in fault.detail


@pytest.mark.parametrize(
    ("patterns", "kinds", "found"),
    [
        ((), (), {"Agents", "jira", "wiki"}),
        (("*WIKI*",), (), {"wiki"}),
        (("*.example.com/mcp",), (), {"jira", "wiki"}),
        (("wiki pages", "Agents"), (), {"Agents", "wiki"}),
        (("ems*",), (), {"jira", "wiki"}),
        (("nothing",), (), set()),
        (("*",), ("AuthorizationServer",), {"Agents"}),
    ],
)
def test_a_selection_looks_at_ids_names_and_urls(patterns, kinds, found):
    choice = choose_matching(matching(patterns, kinds), WORLD, KINDS, known())
    assert {r.key.removeprefix("https://").partition(".")[0] for r in choice.records} == found


def test_what_is_described_is_passed_over_without_a_word():
    choice = choose_matching(matching((), ()), WORLD, KINDS, known(mcp("jira"), external()))
    assert choice.faults == ()
    assert JIRA not in {record.id for record in choice.records}


def test_kinds_that_are_only_looked_at_are_passed_over():
    still = replace(KINDS["McpServer"].lifecycle, moves=())
    kinds = {**KINDS, "McpServer": replace(KINDS["McpServer"], lifecycle=still)}
    choice = choose_matching(matching((), ()), WORLD, kinds, known())
    assert {record.kind for record in choice.records} == {"AuthorizationServer"}


def test_kinds_of_which_nobody_wants_all_are_passed_over():
    kinds = {**KINDS, "McpServer": replace(KINDS["McpServer"], inventoried=False)}
    choice = choose_matching(matching((), ()), WORLD, kinds, known())
    assert {record.kind for record in choice.records} == {"AuthorizationServer"}


def test_every_reason_is_met_by_a_test_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert all(rule.code in text for rule in RULES)


def test_what_lives_inside_another_object_is_found_by_the_id_that_the_console_shows():
    there = live([raw_mcp()], AiAgent=[raw_agent()], AgentConnection=[raw_connection("mcn7")])
    for text in ("mcn7", "wlpSupport0000000000/mcn7"):
        chosen = choose([Named(text)], there, KINDS, Described())
        assert ([record.id for record in chosen.records], chosen.faults) == (["wlpSupport0000000000/mcn7"], ())
