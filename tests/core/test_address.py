import pytest

from reconciler.core.address import Address


def test_an_address_reads_back_what_it_writes():
    assert Address.parse(str(Address("McpServer", "jira-2"))) == Address("McpServer", "jira-2")


@pytest.mark.parametrize("text", ["", "jira", "McpServer.", "McpServer.-a", "McpServer.a-", "mcp.jira", "A.b.c", "A.B"])
def test_what_is_no_address_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"write Kind\.name, for example McpServer\.jira"):
        Address.parse(text)


def test_names_are_at_most_63_characters():
    assert Address.parse("McpServer." + "a" * 63).name == "a" * 63
    with pytest.raises(ValueError, match="is not an address"):
        Address.parse("McpServer." + "a" * 64)


def test_addresses_sort_by_kind_then_name():
    assert sorted([Address("B", "a"), Address("A", "b"), Address("A", "a")]) == [
        Address("A", "a"),
        Address("A", "b"),
        Address("B", "a"),
    ]
