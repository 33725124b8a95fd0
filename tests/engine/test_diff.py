import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.plan import FieldChange
from reconciler.engine import diff
from reconciler.engine.diff import _holds, _less_none, between, comparable, differences, renewed, spoken_of, unlike
from reconciler.kinds import KINDS
from tests.support.build import external, mcp, raw_mcp, records, wish

OWNED = frozenset({"children"})


def added(path, after):
    return FieldChange(tuple(path.split(".")), "add", after=after)


def removed(path, before):
    return FieldChange(tuple(path.split(".")), "remove", before=before)


def changed(path, before, after):
    return FieldChange(tuple(path.split(".")), "change", before, after)


@pytest.mark.parametrize(
    ("desired", "observed", "expected"),
    [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": 1}, {"a": 2}, (changed("a", 2, 1),)),
        ({"a": 1}, {}, (added("a", 1),)),
        ({}, {"a": 1}, ()),
        ({"a": {"b": 1}}, {"a": {"b": 1, "server-made": 2}}, ()),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, (changed("a.b.c", 2, 1),)),
        ({"a": {"b": 1}}, {"a": "text"}, (changed("a", "text", {"b": 1}),)),
        ({"a": "text"}, {"a": {"b": 1}}, (changed("a", {"b": 1}, "text"),)),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, (changed("a", 2, 1), changed("b", 2, 1))),
    ],
)
def test_only_what_the_author_wrote_is_compared(desired, observed, expected):
    assert differences(desired, observed, OWNED) == expected


@pytest.mark.parametrize(
    ("desired", "observed", "expected"),
    [
        ({"x": {}}, {"x": {}, "y": {"z": 1}}, (removed("children.y", {"z": 1}),)),
        ({}, {"y": {}}, (removed("children.y", {}),)),
        ({"x": {"b": 1}}, {"x": {"b": 1, "server-made": 2}}, ()),
        ({"x": {"b": 1}}, {}, (added("children.x", {"b": 1}),)),
        ({"children": {"b": 1}}, {"children": {"b": 1, "server-made": 2}}, ()),
        ({"x": {"children": {}}}, {"x": {"children": {"y": 1}}}, (removed("children.x.children.y", 1),)),
    ],
)
def test_of_collections_that_a_document_owns_the_excess_is_a_removal(desired, observed, expected):
    """Also for a child that is called like an owned collection, and for collections inside of children."""
    assert differences({"children": desired}, {"children": observed}, OWNED) == expected


@pytest.mark.parametrize(
    ("desired", "observed"),
    [
        (1, True),
        (1, 1.0),
        (0, False),
        ("1", 1),
        ([1], [True]),
        ([1, 2], [2, 1]),
        (None, ""),
        ({"a": [1]}, {"a": [1.0]}),
    ],
)
def test_values_that_python_holds_for_equal_or_alike_are_different(desired, observed):
    assert differences({"a": desired}, {"a": observed}, OWNED) != ()


def test_none_in_a_desired_document_asks_for_absence():
    """As in a merge patch (RFC 7396): a member that we had set is taken back."""
    assert differences({"a": None}, {}, OWNED) == ()
    assert differences({"a": None}, {"a": 1}, OWNED) == (removed("a", 1),)
    assert differences({"children": {"x": {"a": None, "b": 1}}}, {"children": {"x": {"a": 2, "b": 1}}}, OWNED) == (
        removed("children.x.a", 2),
    )


def test_a_list_is_one_value():
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, OWNED) == (
        changed("a", [1, {"b": 3}], [1, {"b": 2}]),
    )


def test_a_text_that_looks_like_a_list_is_not_that_list():
    assert differences({"a": "[1]"}, {"a": [1]}, OWNED) == (changed("a", [1], "[1]"),)


def test_an_object_that_shares_few_members_is_still_compared_member_by_member():
    """The library's own default reports such an object as one blob."""
    desired, observed = {"a": {str(n): 1 for n in range(20)}}, {"a": {"0": 1}}
    found = differences(desired, observed, OWNED)
    assert [change.op for change in found] == ["add"] * 19
    assert all(len(change.path) == 2 for change in found)


@pytest.mark.parametrize("key", ["__private", "__init__", "a.b", "a'b", 'a"b', "a[0]", "0", "$ref", "root", "ü"])
def test_no_spelling_of_a_key_hides_a_difference(key):
    """Scope names may begin with two underscores, which the library leaves out by default."""
    found = differences({"children": {key: {"default": True}}}, {"children": {key: {"default": False}}}, OWNED)
    assert found == (FieldChange(("children", key, "default"), "change", before=False, after=True),)


def test_between_two_documents_nothing_is_ignored():
    before, after = {"a": {"gone": 1, "same": 1}, "b": 1}, {"a": {"same": 1}, "c": {"new": 1}}
    assert between(before, after) == (removed("a.gone", 1), removed("b", 1), added("c", {"new": 1}))
    assert between(before, before) == ()


def test_hints_are_never_compared():
    kind = KINDS["McpServer"]
    document = kind.document(mcp(), wish(external()), KINDS)
    assert {"discoveryType", "requires"} <= document.keys()
    assert not {"discoveryType", "requires"} & comparable(kind, document).keys()
    [record] = records("McpServer", [raw_mcp()])
    assert unlike(kind, document, record) == ()


_LEAVES = st.sampled_from([None, 1, True, 1.0, "a", "", [], ["a"], [1], [True]])
_DOCUMENTS = st.recursive(
    _LEAVES, lambda inner: st.dictionaries(st.sampled_from(["a", "b", "children"]), inner, max_size=3), max_leaves=8
)


@given(desired=st.dictionaries(st.sampled_from(["a", "b", "children"]), _DOCUMENTS), data=st.data())
def test_looking_whether_anything_differs_says_the_same_as_naming_what_differs(desired, data):
    """Most objects are as they should be, which is found out without copies; it must not call one so that is not."""
    observed = data.draw(st.just(desired) | st.dictionaries(st.sampled_from(["a", "b", "children"]), _DOCUMENTS))
    slowly = between(spoken_of(observed, desired, OWNED), _less_none(desired))
    assert _holds(observed, desired, OWNED, within=False) is (slowly == ())


@given(before=st.dictionaries(st.sampled_from(["a", "b", "c"]), _DOCUMENTS), data=st.data())
def test_members_that_are_named_at_once_are_named_as_the_library_names_them(before, data):
    after = data.draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from([*before.values()] or [1])))
    after |= data.draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), _DOCUMENTS, max_size=1))
    found = between(before, after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff, "_deep", diff._inside)
        assert repr(between(before, after)) == repr(found)


def test_without_memory_no_secret_counts_as_newer():
    assert list(renewed({}, None, "ems1")) == []
