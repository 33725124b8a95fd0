import pytest

from reconciler.core.plan import Action, FieldChange
from reconciler.render.words import ASCII_SYMBOLS, SYMBOLS, VERBS, leaves, plain, show


def test_every_action_has_a_symbol_an_ascii_twin_and_a_verb():
    assert SYMBOLS.keys() == ASCII_SYMBOLS.keys() == VERBS.keys() == set(Action)
    assert all(symbol.isascii() for symbol in ASCII_SYMBOLS.values())
    assert len(set(SYMBOLS.values())) == len(set(ASCII_SYMBOLS.values())) == len(Action)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode → 日本 😀", "plain text, ünïcode → 日本 😀"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\r\nb\tc", "a\\u000d\\u000ab\\u0009c"),
        ("abc\u202egpj.exe", "abc\\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028separator\u00a0nbsp", "line\\u2028separator\\u00a0nbsp"),
        ("\x9b31m", "\\u009b31m"),
        ("\ue000\ud800", "\\ue000\\ud800"),
    ],
)
def test_nothing_invisible_or_turning_reaches_a_terminal(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", '"text"'),
        ({"b": 1, "a": [True, None]}, '{"a": [true, null], "b": 1}'),
        ("a\nb\u202e", '"a\\nb\\u202e"'),
        ({"$ref": "AuthorizationServer.agents#id"}, "(id of AuthorizationServer.agents, known after apply)"),
        ({"$ref": {"default": True}}, '{"$ref": {"default": true}}'),
    ],
)
def test_a_value_is_one_line_of_json(value, shown):
    assert show(value) == shown


def test_a_very_long_value_is_cut_and_says_so():
    assert show("x" * 238) == '"' + "x" * 238 + '"'
    assert show("x" * 239).endswith("x…")
    assert len(show("x" * 10_000)) == 240


def parts(change):
    return [(leaf.path, leaf.before, leaf.after) for leaf in leaves(change)]


def test_an_added_or_removed_object_becomes_one_line_a_member():
    value = {"b": {"c": 1}, "a": {}}
    assert parts(FieldChange(("x",), "add", after=value)) == [(("x", "a"), None, {}), (("x", "b", "c"), None, 1)]
    assert parts(FieldChange(("x",), "remove", before=value)) == [(("x", "a"), {}, None), (("x", "b", "c"), 1, None)]


def test_changes_lists_and_references_stay_one_line():
    ref = {"$ref": "AuthorizationServer.agents#id"}
    for change in (
        FieldChange(("x",), "change", {"a": 1}, {"a": 2}),
        FieldChange(("x",), "add", after=[{"a": 1}]),
        FieldChange(("x",), "add", after=ref),
    ):
        assert list(leaves(change)) == [change]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", ":\\u003aerror::x"),
        ("see ::warning::x", "see :\\u003awarning::x"),
        ("a ##[set-output name=x]y", "a #\\u0023[set-output name=x]y"),
        ("https://[::1]/ a::b ## [x]", "https://[::1]/ a::b ## [x]"),
    ],
)
def test_what_the_log_of_a_job_would_obey_is_shown_and_not_obeyed(text, shown):
    assert plain(text) == shown
