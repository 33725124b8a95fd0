"""URLs are judged by their letters before anything is resolved: what may be asked, and where exactly it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.addresses import Guard
from reconciler.oauth.gate import Barred, Place, Policy, hosts, read_url

OPEN = Policy()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://mcp.example.com", Place("https", "mcp.example.com", 443, "/")),
        ("HTTPS://MCP.Example.com:8443/A?b=c#d", Place("https", "mcp.example.com", 8443, "/A?b=c")),
        ("https://mcp.example.com?x", Place("https", "mcp.example.com", 443, "/?x")),
        ("https://[2606:4700::1]/", Place("https", "2606:4700::1", 443, "/")),
        ("https://2130706433/", Place("https", "2130706433", 443, "/")),  # resolves to loopback; judged there
        ("http://mcp.example.com/", Place("http", "mcp.example.com", 80, "/")),  # does http lead to https?
    ],
)
def test_takes_a_url_apart(url: str, place: Place) -> None:
    assert read_url(url, OPEN) == place


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass@mcp.example.com/",
        "https://mcp.example.com@evil.example/",
        "https://mcp.example.com\\@evil.example/",
        "https://mcp.exam\tple.com/",
        "https://mcp.example.com/\r\nX-Injected: 1",
        "https://mcp.example.com/ a",
        "https://mcp.example.com:99999/",
        "https://mcp.example.com:0/",
        "https://mcp.example.com:/",
        "https://mcp.example.com:-1/",
        "https://mcp.example.com:44\uff13/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://m%63p.example.com/",
        "https://[::1%25eth0]/",
        "https:///path",
        "https:mcp.example.com",
        "//mcp.example.com/",
        "ftp://mcp.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://-mcp.example.com/",
        "https://mcp.example.com./",
        "https://mcp.example.com:8080/",
        "http://mcp.example.com:8080/",
        "http://mcp.example.com:443/",
        "",
        "https://mcp.example.com/" + "a" * 5000,
    ],
)
def test_refuses(url: str) -> None:
    assert isinstance(read_url(url, OPEN), Barred)


def test_a_reason_quotes_nothing_of_the_url() -> None:
    refused = read_url("https://us\x1b[31mer@secret.example/", OPEN)
    assert isinstance(refused, Barred)
    assert refused.reason.isprintable()
    assert "secret" not in refused.reason


@pytest.mark.parametrize(
    ("host", "known"),
    [("mcp.example.com", True), ("a.b.example.org", True), ("example.org", False), ("badexample.org", False)],
)
def test_a_list_of_hosts_is_the_end_of_it(host: str, *, known: bool) -> None:
    policy = Policy(hosts=hosts(["MCP.example.com.", "*.example.org"]))
    assert isinstance(read_url(f"https://{host}/", policy), Place) is known


def test_an_empty_list_of_hosts_allows_none() -> None:
    assert isinstance(read_url("https://mcp.example.com/", Policy(hosts=frozenset())), Barred)


def test_ports_may_be_added_and_loopback_is_judged_by_its_address() -> None:
    assert isinstance(read_url("https://mcp.example.com:9443/", Policy(ports=frozenset({9443}))), Place)
    assert isinstance(read_url("http://127.0.0.1:9101/", Policy(guard=Guard(allow_loopback=True))), Place)


@pytest.mark.parametrize(
    ("place", "authority"),
    [
        (Place("https", "a.example", 443, "/"), "a.example"),
        (Place("https", "a.example", 8443, "/"), "a.example:8443"),
        (Place("http", "a.example", 443, "/"), "a.example:443"),
        (Place("https", "::1", 443, "/"), "[::1]"),
    ],
)
def test_writes_the_authority_as_http_wants_it(place: Place, authority: str) -> None:
    assert place.authority == authority


@given(st.text(max_size=60), st.sampled_from(["https://", "https://mcp.example.com", "http://", ""]))
def test_never_raises_and_gives_only_what_may_stand_in_a_request(text: str, before: str) -> None:
    read = read_url(before + text, OPEN)
    if isinstance(read, Place):
        assert f"{read.host}{read.target}".isascii()
        assert not set(read.host + read.target) & set(" \\\r\n\t#")
        assert "@" not in read.host
        assert read.port in {80, 443, 8443}
