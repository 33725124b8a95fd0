import pytest

from reconciler.core.url import (
    URL_CANONICAL,
    URL_CLEAN,
    URL_HTTPS,
    URL_SECRET,
    host_of,
    is_loopback,
    odd_url,
    same_url,
    url_faults,
    url_key,
)


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://mcp.example.com/mcp", []),
        ("https://mcp.example.com:8443/mcp?tenant=1", []),
        ("http://localhost:8000/mcp", []),
        ("http://a.localhost/mcp", []),
        ("http://127.0.0.1/mcp", []),
        ("http://[::1]:8000/mcp", []),
        ("http://mcp.example.com/mcp", [URL_HTTPS]),
        ("http://10.0.0.1/mcp", [URL_HTTPS]),
        ("ftp://mcp.example.com", [URL_HTTPS]),
        ("https:///mcp", [URL_HTTPS]),
        ("mcp.example.com", [URL_HTTPS]),
        ("https://mcp.example.com:port/", [URL_HTTPS]),
        ("https://[::1/", [URL_HTTPS]),
        ("https://u@mcp.example.com/", [URL_CLEAN]),
        ("https://:p@mcp.example.com/", [URL_CLEAN]),
        ("https://mcp.example.com/#", [URL_CLEAN]),
        ("https://mcp.example.com/a b", [URL_CLEAN]),
        ("https://mcp.example.com/\n", [URL_CLEAN]),
        ("https://mcp.example.com\\@evil.example", [URL_CLEAN]),
        ("https://mcp.example.com/?api_key=1", [URL_SECRET]),
        ("https://mcp.example.com/?a=1&Token=2", [URL_SECRET]),
        ("https://MCP.example.com/", [URL_CANONICAL]),
        ("HTTPS://mcp.example.com/", [URL_CANONICAL]),
        ("https://mcp.example.com:443/", [URL_CANONICAL]),
        ("https://mcp.example.com/a/../b", [URL_CANONICAL]),
        ("http://localhost:80/", [URL_CANONICAL]),
    ],
)
def test_each_fault_of_a_url_has_its_rule(url, rules):
    assert [rule for rule, _ in url_faults(url)] == rules


def test_only_warnings_are_left_for_a_url_that_was_accepted():
    [found] = odd_url("https://MCP.example.com/", ("spec", "resourceUrl"))
    assert (found.code, found.path, found.is_error) == ("CFG003", ("spec", "resourceUrl"), False)
    assert not list(odd_url("http://mcp.example.com/", ()))


@pytest.mark.parametrize(("host", "loopback"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("x", False)])
def test_loopback_is_this_machine_only(host, loopback):
    assert is_loopback(host) is loopback


def test_one_trailing_slash_makes_no_difference_and_two_do():
    assert same_url("https://a.example/mcp/", "https://a.example/mcp")
    assert not same_url("https://a.example/mcp//", "https://a.example/mcp")
    assert url_key("https://a.example/") == "https://a.example"


def test_the_host_of_what_is_no_url_is_empty():
    assert host_of("https://A.example/x") == "a.example"
    assert host_of("text") == ""
    assert host_of("https://[::1/") == ""
