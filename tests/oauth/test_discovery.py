import pytest

from reconciler.oauth.discovery import issuer_places, legacy, may_ask, plain, resource_places, sibling

WELL = "https://h.example/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("https://h.example", [("root", WELL)]),
        ("https://h.example/", [("root", WELL)]),
        ("https://h.example/mcp", [("path", f"{WELL}/mcp"), ("root", WELL)]),
        ("https://h.example/mcp/", [("path", f"{WELL}/mcp/"), ("path-bare", f"{WELL}/mcp"), ("root", WELL)]),
        ("https://h.example/mcp?t=1", [("path", f"{WELL}/mcp?t=1"), ("root", WELL)]),
        ("https://h.example?t=1", [("path", f"{WELL}?t=1"), ("root", WELL)]),
        ("nothing", []),
    ],
)
def test_a_server_is_looked_up_by_its_path_first(url, places):
    assert list(resource_places(url)) == places


@pytest.mark.parametrize("issuer", ["https://h.example", "https://h.example/"])
def test_an_issuer_without_path_has_two_places(issuer):
    assert list(issuer_places(issuer)) == [
        ("oauth-insert", "https://h.example/.well-known/oauth-authorization-server"),
        ("oidc-append", "https://h.example/.well-known/openid-configuration"),
    ]


@pytest.mark.parametrize("issuer", ["https://h.example/t/1", "https://h.example/t/1/"])
def test_an_issuer_with_path_has_four(issuer):
    assert list(issuer_places(issuer)) == [
        ("oauth-insert", "https://h.example/.well-known/oauth-authorization-server/t/1"),
        ("oidc-insert", "https://h.example/.well-known/openid-configuration/t/1"),
        ("oidc-append", "https://h.example/t/1/.well-known/openid-configuration"),
        ("oauth-append", "https://h.example/t/1/.well-known/oauth-authorization-server"),
    ]


def test_what_is_no_url_has_no_place():
    assert (issuer_places("urn:x"), sibling("x", "t"), plain("x"), legacy("x")) == ((), None, None, None)


@pytest.mark.parametrize(
    ("url", "http"),
    [
        ("https://h.example/mcp", "http://h.example/mcp"),
        ("https://h.example:443", "http://h.example/"),
        ("https://h.example:8443/mcp", None),
        ("http://h.example/mcp", None),
        ("https://localhost/mcp", None),
    ],
)
def test_port_80_is_asked_where_it_says_something(url, http):
    assert plain(url) == http


def test_the_other_places():
    assert sibling("https://h.example/mcp", "abc") == f"{WELL}/abc"
    assert legacy("https://h.example/mcp") == "https://h.example/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://h.example/a?b", True),
        ("http://127.0.0.1:8000/a", True),
        ("http://[::1]:8000/a", True),
        ("http://h.example/a", False),
        ("https://u@h.example/a", False),
        ("https://h.example/a#b", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("ftp://h.example/", False),
        ("", False),
        (None, False),
    ],
)
def test_only_safe_urls_are_asked(url, asked):
    assert may_ask(url) is asked
