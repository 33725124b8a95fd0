"""Hints name what was most likely meant, and nothing when nothing is similar."""

import pytest

from reconciler.manifests.nearest import nearest


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("displyName", "displayName"),
        ("displayname", "displayName"),
        ("display_name", "displayName"),
        ("audiense", "audience"),
        ("zzz", None),
        ("", None),
        ("d" * 100, None),
    ],
)
def test_the_most_similar_name_is_found(name: str, meant: str | None):
    assert nearest(name, ["displayName", "description", "audience"]) == meant


def test_a_hint_is_the_same_whatever_the_order_of_equal_names():
    assert nearest("abx", ["aby", "abz"]) == nearest("abx", ["abz", "aby"])


def test_many_names_do_not_stall():
    names = [f"server-{i}" for i in range(100_000)]
    assert nearest("server-x", names) is not None
