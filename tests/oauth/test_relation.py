import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.evidence import Weight
from reconciler.oauth.relation import CONSEQUENCE, MIRROR, Relation, issuer_weight, relate, resource_weight
from tests.support.steady import STEADY

BASE = "https://mcp.example.com/mcp"
E, W = Weight.ERROR, Weight.WARNING


@pytest.mark.parametrize(
    ("stated", "relation", "resource", "issuer"),
    [
        (BASE, "identical", None, None),
        ("https://MCP.example.com/mcp", "spelling", W, E),
        ("https://mcp.example.com:443/mcp", "spelling", W, E),
        ("HTTPS://mcp.example.com/mcp", "spelling", W, E),
        ("https://mcp.example.com/mcp/", "trailing-slash", W, E),
        ("https://mcp.example.com", "ancestor", W, E),
        ("https://mcp.example.com/", "ancestor", W, E),
        ("https://mcp.example.com/mcp/v1", "descendant", E, E),
        ("https://mcp.example.com/mc", "sibling", E, E),
        ("https://mcp.example.com/mcpx", "sibling", E, E),
        ("https://mcp.example.com/MCP", "sibling", E, E),
        ("https://mcp.example.com/mcp?a=b", "query", E, E),
        ("https://mcp.example.com:8443/mcp", "other-port", E, E),
        ("http://mcp.example.com/mcp", "other-scheme", E, E),
        ("https://x@mcp.example.com/mcp", "other-host", E, E),
        ("https://mcp.example.net/mcp", "other-host", E, E),
        ("mcp", "unreadable", E, E),
    ],
)
def test_each_class_has_its_weight(stated, relation, resource, issuer):
    found = relate(stated, BASE)
    assert (found, resource_weight(found), issuer_weight(found)) == (relation, resource, issuer)


def test_the_slash_after_the_host_is_tolerated_by_most():
    found = relate("https://h/", "https://h")
    assert (found, resource_weight(found), issuer_weight(found)) == ("root-slash", W, W)


def test_every_difference_has_a_consequence():
    assert set(CONSEQUENCE) == set(Relation) - {Relation.IDENTICAL}


URLS = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["https", "http", "HTTPS"]),
    st.sampled_from(["a.example", "A.example", "b.example", "u@a.example"]),
    st.sampled_from(["", ":443", ":80", ":8443"]),
    st.sampled_from(["", "/", "/a", "/a/", "/a/b", "/ab", "/a//b"]),
    st.sampled_from(["", "?q", "#f"]),
) | st.text(max_size=20)


@STEADY
@given(URLS, URLS)
def test_it_is_total_and_mirrored(one, other):
    assert relate(other, one) is MIRROR[relate(one, other)]


@STEADY
@given(URLS)
def test_only_equal_texts_are_identical(url):
    assert relate(url, url) is Relation.IDENTICAL
    assert relate(f"{url}x", url) is not Relation.IDENTICAL
