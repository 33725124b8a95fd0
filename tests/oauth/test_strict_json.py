import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.strict_json import DEEPEST, kind_of, parse
from tests.support.steady import STEADY


def faults(text):
    parsed = parse(text if isinstance(text, bytes) else text.encode())
    assert parsed.value is None
    return [str(fault) for fault in parsed.faults]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "a": 2}', ["/a: stands twice"]),
        ('{"a": {"b~/": 1, "b~/": 2, "c": [{"d": 1, "d": 1}]}, "a": 1}', ["/a: stands twice"]),
        ('{"x": [{"b~/": 1, "b~/": 2}]}', ["/x/0/b~0~1: stands twice"]),
        ('{"a": NaN}', ["NaN is not JSON"]),
        ('{"a": -Infinity}', ["-Infinity is not JSON"]),
        ('{"a": 1e999}', ["a number out of range"]),
        ('{"a": ' + "9" * 5000 + "}", ["a number with too many digits"]),
        ('{"a": "\\ud800"}', ["/a: half of a surrogate pair"]),
        ('{"\\ud800": 1}', ["/?: half of a surrogate pair"]),
        ('{"a": ["\\ud800"]}', ["/a/0: half of a surrogate pair"]),
        (b'{"a": "\xff"}', ["byte 7: not UTF-8"]),
        ("\ufeff{}", ["character 0: not JSON (Unexpected UTF-8 BOM (decode using utf-8-sig))"]),
        ("[1]", ["an object is expected, not an array"]),
        ("<html>", ["character 0: not JSON (Expecting value)"]),
        ("", ["character 0: not JSON (Expecting value)"]),
        ('{"a": ' * 17 + "1" + "}" * 17, [f"more than {DEEPEST} levels deep"]),
        ("[" * 100_000, [f"more than {DEEPEST} levels deep"]),
    ],
)
def test_what_readers_disagree_about_is_refused(text, found):
    assert faults(text) == found


def test_all_faults_are_told_at_once():
    assert faults('{"a": 1, "a": 2, "b": {"c": 1, "c": "\\udc00"}}') == [
        "/a: stands twice",
        "/b/c: stands twice",
        "/b/c: half of a surrogate pair",
    ]


def test_size_is_judged_before_anything_else():
    assert [str(f) for f in parse(b" " * 11, most=10).faults] == ["11 bytes, at most 10 are read"]


def test_sixteen_levels_and_brackets_in_strings_are_fine():
    deep = '{"a": ' * 16 + "1" + "}" * 16
    assert parse(deep.encode()).value == json.loads(deep)
    assert parse(b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[\\"[["}').value is not None


@pytest.mark.parametrize("text", [b'{"a": "' + b'\\"' * 60_000, b'"' * 100_000, b"\\" * 100_000])
def test_a_hostile_text_takes_no_long_time(text):
    assert parse(text).value is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_kinds_have_names(value, name):
    assert kind_of(value) == name


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXTS, v, max_size=3), max_leaves=12)


@STEADY
@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.booleans())
def test_well_formed_documents_mean_what_any_reader_reads(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(text.encode()).value == json.loads(text)


@STEADY
@given(st.binary(max_size=60) | st.text('{}[]":,\\ue1-.NaInfity0', max_size=40).map(str.encode))
def test_it_never_crashes_and_never_accepts_what_json_refuses(content):
    parsed = parse(content)
    assert (parsed.value is None) == bool(parsed.faults)
    if parsed.value is not None:
        assert json.loads(content) == parsed.value
