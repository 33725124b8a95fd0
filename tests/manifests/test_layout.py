"""The layout keeps values and comments, is stable, and leaves alone what it cannot keep."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.layout import laid_out
from reconciler.manifests.parse import parse
from reconciler.manifests.read import SourceFile, read

NAME = "registry.d/a.yaml"
FILES = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
TEXTS = {file.stem: read(SourceFile(NAME, str(file))).text for file in FILES}
CORPUS = {name: text for name, text in TEXTS.items() if text is not None}


def values(text):
    return [document.value for document in parse(text, NAME).documents]


@pytest.mark.parametrize("name", CORPUS)
def test_an_awkward_document_keeps_its_values_and_its_layout_or_is_refused_with_its_place(name):
    text = CORPUS[name]
    after, faults = laid_out(text, NAME)
    if after is None:
        assert faults
        assert all(fault.source and fault.source.line >= 1 for fault in faults)
        return
    assert values(after) == values(text)
    assert laid_out(after, NAME) == (after, ())


def test_comments_stay_where_they_are_before_between_and_behind():
    text = "# head\n---\n# first\na: 1   # why\n\n# between\nb:\n    # inside\n    - x\n# end\n---\n# second\nc: 2\n"
    after, faults = laid_out(text, NAME)
    assert faults == ()
    assert after == (
        "# head\n---\n# first\na: 1   # why\n\n# between\nb:\n    # inside\n  - x\n# end\n---\n# second\nc: 2\n"
    )


def test_indentation_blanks_and_line_ends_become_one_and_quotation_marks_stay():
    text = "a:\n    b:   'x'\n    c:  [1,2]\n    d: \"y\"   \n\n\n"
    assert laid_out(text, NAME) == ("a:\n  b: 'x'\n  c: [1, 2]\n  d: \"y\"\n", ())


@pytest.mark.parametrize(
    "text", ["a: [1\n", "a: 1\na: 2\n", "a: !!python/object:os.system x\n", "\ta: 1\n", "&a [*a]\n"]
)
def test_what_is_no_manifest_is_refused_at_its_line(text):
    after, faults = laid_out(text, NAME)
    assert after is None
    assert all(fault.source and fault.source.line for fault in faults)


def test_a_file_whose_comments_would_be_lost_is_left_alone_and_says_so():
    after, faults = laid_out("a: [1,  # one\n  2]\n", NAME)
    assert (after, [fault.code for fault in faults]) == (None, ["YML015"])


SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab: #-'\"\\é→{}[]", max_size=12)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
)
LAYOUTS = st.sampled_from(["block", "flow", "wide"])


def written(tree, layout, comment, depth=0):
    """A tree as somebody might write it, with comments where YAML allows them."""
    pad = " " * (depth * (4 if layout == "wide" else 2))
    if layout != "flow" and isinstance(tree, dict) and tree:
        return "".join(
            f"\n{pad}# {comment}\n{pad}{key}:{written(value, layout, comment, depth + 1)}"
            for key, value in tree.items()
        )
    if layout != "flow" and isinstance(tree, list) and tree:
        return "".join(f"\n{pad}- {json.dumps(item, ensure_ascii=False)}  # {comment}" for item in tree)
    return f" {json.dumps(tree, ensure_ascii=False)}"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.text("abc", min_size=1), TREES, min_size=1, max_size=3), max_size=2), LAYOUTS)
def test_laying_out_twice_is_laying_out_once_and_nothing_is_lost(trees, layout):
    text = "---".join(["# head\n", *(written(tree, layout, "why: [so]") + "\n" for tree in trees)])
    after, faults = laid_out(text, NAME)
    if after is None:
        assert faults
        return
    assert values(after) == values(text)
    assert after.count("# why: [so]") == text.count("# why: [so]")
    assert laid_out(after, NAME) == (after, ())
