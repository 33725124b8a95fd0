import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.document import (
    Ref,
    canonical,
    fingerprint,
    pretty,
    read_json,
    references_in,
    resolve,
    without_none,
)
from tests.support.steady import STEADY

REF = Ref(Address("AuthorizationServer", "agents"), "id")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON, st.booleans())
@STEADY
def test_json_is_read_as_the_standard_library_reads_it(value, ascii_only):
    """Types, half characters and floats to the last digit included."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert repr(read_json(text)) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', "[" * 400 + "]" * 400, "1e400", "-0", "-0.0", "1" * 400, '"\\ud800"']
)
def test_unusual_json_is_read_as_the_standard_library_reads_it(text):
    assert repr(read_json(text)) == repr(json.loads(text))
    assert repr(read_json(text.encode())) == repr(json.loads(text.encode()))


@pytest.mark.parametrize("text", ["", "{", "{} x", "'a'", "\ufeff{}", b"\xff"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_a_reference_reads_back_what_it_writes():
    assert Ref.read(REF.to_json()) == REF


@pytest.mark.parametrize(
    "value",
    [
        None,
        "AuthorizationServer.agents#id",
        {"$ref": "AuthorizationServer.agents#id", "more": 1},
        {"$ref": {"default": False}},
        {"$ref": "no address#id"},
        {"$ref": "AuthorizationServer.agents"},
        {"$ref": 1},
    ],
)
def test_what_only_looks_like_a_reference_is_an_ordinary_value(value):
    """`$ref` is a legal scope name, so live documents may hold it; reading one must never raise."""
    assert Ref.read(value) is None


def test_resolve_replaces_references_at_any_depth_and_nothing_else():
    value = {"a": [REF.to_json(), 1, None], "b": {"c": REF.to_json()}, "d": "text"}
    assert resolve(value, lambda ref: f"<{ref.attribute}>") == {"a": ["<id>", 1, None], "b": {"c": "<id>"}, "d": "text"}


def test_references_are_found_at_any_depth():
    assert references_in({"a": [{"b": REF.to_json()}], "c": 1}) == {REF}
    assert references_in([]) == frozenset()
    assert references_in("text") == frozenset()


def test_equal_values_have_one_text_whatever_the_order_of_keys():
    assert canonical({"b": 1, "a": "ü"}) == canonical({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'


def test_numbers_that_json_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="Out of range"):
        canonical(float("nan"))


def test_fingerprints_tell_types_apart():
    assert len({fingerprint(value) for value in (1, 1.0, True, "1", None)}) == 5
    assert fingerprint(1).startswith("sha256:")


EVIL = {"name": "a\u202eb\x9b\u2028\ud800\U000e0001 ü 日本 😀\n"}


def test_files_and_screens_get_nothing_invisible_and_the_value_comes_back_equal():
    """Live values are strangers' text: also a lone surrogate, which no file could hold, must not stop a run."""
    text = pretty(EVIL)
    assert text == '{\n  "name": "a\\u202eb\\u009b\\u2028\\ud800\\udb40\\udc01 ü 日本 😀\\n"\n}\n'
    assert json.loads(text) == EVIL
    assert fingerprint(EVIL).startswith("sha256:")


def test_only_what_was_not_written_is_dropped():
    assert without_none({"a": None, "b": False, "c": 0, "d": [], "e": ""}) == {"b": False, "c": 0, "d": [], "e": ""}


def test_a_command_to_the_log_of_a_ci_job_is_written_by_its_number():
    text = pretty({"a": "##[set-output name=x]y", "b": "## [x] #["})
    assert "##[" not in text
    assert json.loads(text) == {"a": "##[set-output name=x]y", "b": "## [x] #["}
