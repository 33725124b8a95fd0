import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.parts import same_origin, split
from tests.support.steady import STEADY


def test_the_pieces_are_as_they_were_written():
    parts = split("HTTPS://u:p@A.Example:443/T/../x?a=b#c")
    assert parts is not None
    assert (parts.scheme, parts.user, parts.host, parts.port) == ("HTTPS", "u:p", "A.Example", "443")
    assert (parts.path, parts.query, parts.fragment) == ("/T/../x", "?a=b", "#c")
    assert (parts.root, parts.key) == ("HTTPS://A.Example:443", ("https", "a.example", 443))


@pytest.mark.parametrize(
    "url",
    ["", "mcp", "/mcp", "https://", "https:///x", "https://a b/", "https://a\\b/", "https://a\tb/", "https://a:99999/"],
)
def test_what_is_not_an_absolute_url_is_none(url):
    assert split(url) is None


def test_addresses_in_brackets_are_hosts():
    parts = split("https://[::1]:8443/x")
    assert parts is not None
    assert (parts.host, parts.authority) == ("[::1]", "[::1]:8443")


def test_origins_are_compared_as_a_browser_would():
    assert same_origin("https://A.example/x", "https://a.example:443/y")
    assert not same_origin("https://a.example/x", "https://a.example:8443/x")
    assert not same_origin("https://a.example/x", "nothing")
    assert not same_origin("nothing", "nothing")


@STEADY
@given(st.text())
def test_any_text_is_taken_apart_or_refused(text):
    parts = split(text)
    assert parts is None or text.startswith(parts.scheme)
