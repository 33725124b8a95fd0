"""One text to documents: the short way, the careful way, the judge, and where each of them stops."""

import sys
from pathlib import Path

import pytest

from reconciler.manifests import compose as composing
from reconciler.manifests import events, parse, place, quick
from reconciler.manifests.events import SyntaxFault, agrees, exact_events, fast_events
from reconciler.manifests.place import places
from tests.manifests.faults import CORP


def test_what_is_usual_goes_the_short_way():
    for path in sorted((Path(__file__).parents[2] / "registry.d").glob("*.yaml")):
        assert quick.quick(path.read_text(encoding="utf-8"), "f") is not None, path


@pytest.mark.parametrize(
    "text",
    [
        "a: !x b",
        "a: &a b\nc: *a",
        "a: b\na: c",
        "<<: a",
        "1: a",
        "? [a]\n: b",
        "a: .inf",
        "",
        "--- ~",
        "a: [",
        "a:\n- b\nc",
        "[" * 100 + "]" * 100,
        "a: " + "x" * 2_000,
        "a: [" + "b, " * 40_000 + "]",
    ],
)
def test_what_is_unusual_does_not(text: str):
    assert quick.quick(text, "f") is None


def test_the_judge_decides_where_libyaml_gives_up():
    # libyaml 0.2.5 does not know the escape, ruamel.yaml does.
    text = 'a: "\\ud83d"\nb: c\n'
    with pytest.raises(events.NOT_YAML):
        list(fast_events(text))
    parsed = parse.parse(text, "f")
    assert [fault.code for fault in parsed.faults] == ["YML014"]
    assert parsed.documents[0].value["b"] == "c"


def test_above_a_size_libyaml_has_the_last_word(monkeypatch):
    text = "a:\tb\n"
    assert not agrees(text)
    monkeypatch.setattr(events, "_EXACT_MOST", 3)
    assert agrees(text)
    assert parse.parse(text, "f").documents[0].value == {"a": "b"}
    assert [fault.code for fault in parse.parse("a: [b\n", "f").faults] == ["YML010"]


def test_the_judge_is_not_loaded_for_good_files():
    # 40 ms and several MiB that most runs never need; a fresh interpreter, since other tests have loaded it.
    import subprocess

    code = (
        "import sys; from reconciler.manifests.parse import parse; "
        "assert parse(sys.argv[1], 'f').documents; assert not {'ruamel.yaml', 'jsonschema'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, CORP], check=True, cwd=Path(__file__).parents[2])


def test_a_crash_of_the_judge_is_a_syntax_fault():
    with pytest.raises(SyntaxFault):
        list(exact_events('"\\UFFFFFFFF"'))


def test_documents_before_a_syntax_fault_are_kept():
    parsed = parse.parse(f"{CORP}---\na: [\n", "f")
    assert (len(parsed.documents), parsed.complete) == (1, False)


def test_a_file_with_too_many_documents(monkeypatch):
    for module in (composing, quick):
        monkeypatch.setattr(module, "DOCUMENTS_MOST", 3)
    assert parse.parse("--- a\n" * 3, "f").faults == ()
    (fault,) = parse.parse("--- a\n" * 4, "f").faults
    assert (fault.code, str(fault.source)) == ("YML029", "f:4:1")


def test_an_unfamiliar_problem_is_quoted():
    fault = parse._syntax_fault(SyntaxFault("something\x1b new", 2, 3), "f", "a")
    assert (fault.detail, str(fault.source)) == ("The parser says: something\\x1b new.", "f:3:4")


def test_places_of_everything():
    text = "a: 1\nb: [x, {c: d}]\ne: &e\n  f: g\nh: *e\n---\nz\n"
    found = places(text, {(1, 1), (7, 1)})
    assert set(found) == {(1, 1), (7, 1)}
    root = found[(1, 1)]
    inside = {step: (place.key, place.value) for step, place in root.inside.items()}
    assert inside == {"a": ((1, 1), (1, 4)), "b": ((2, 1), (2, 4)), "e": ((3, 1), (3, 4)), "h": ((5, 1), (5, 4))}
    assert root.inside["b"].inside[1].inside["c"].value == (2, 12)
    assert root.inside["h"].inside["f"].value == (4, 6)


def test_places_of_documents_that_are_not_wanted_are_not_kept():
    assert places("a: b\n---\nc: d\n", {(3, 1)}).keys() == {(3, 1)}


@pytest.mark.parametrize("text", ["a: b\n---\nc: [", "a: b\n---\n" + "[" * 100_000, "a:\tb", "- " * 100_000])
def test_places_of_a_text_at_fault_end_where_it_ends(text: str):
    assert set(places(text, {(1, 1)})) <= {(1, 1)}


def test_the_depth_is_the_same_everywhere():
    assert place.DEPTH_MOST == composing.DEPTH_MOST == quick.DEPTH_MOST
