"""What is written is read back as it was meant, by our own reader and by a plain YAML 1.1 reader."""

import os
import stat

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.errors import FileRefused
from reconciler.manifests.parse import careful, parse
from reconciler.manifests.read import FORBIDDEN_CHARACTERS
from reconciler.manifests.variables import substitute
from reconciler.manifests.write import NewText, appended, joined, present, text_of, write
from tests.support.steady import STEADY, many

JIRA = Address("McpServer", "jira")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "yes",
        "on",
        "0o14",
        "012",
        "1e3",
        "~",
        "null",
        "=",
        "<<",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "${var.x}",
        "$${",
        "\t",
        " a",
        "a ",
        "a\nb\n",
        "\u202e",
        "\x85",
        "\x1b[31m",
        "\ufeff",
        "\U0001f600",
        "!tag",
        "&a",
        "*a",
        "%x",
        "@x",
        "`x",
        "[",
        "{",
        "?",
        ": ",
        "---",
        "...",
    ]
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**31), 2**31),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z][A-Za-z]{0,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)
SPECS = st.dictionaries(st.from_regex(r"[a-z][A-Za-z]{0,8}", fullmatch=True), VALUES, min_size=1, max_size=4)


def read_back(text: str):
    assert not FORBIDDEN_CHARACTERS.search(text)
    parsed = parse(text, "x.yaml")
    assert parsed.faults == ()
    assert [document.value for document in careful(text, "x.yaml").documents] == [d.value for d in parsed.documents]
    return [substitute(document.value, {}).value for document in parsed.documents]


@settings(STEADY, max_examples=many(30))
@given(SPECS)
def test_a_document_is_read_back_as_it_was_written(spec):
    [document] = read_back(text_of(JIRA, spec))
    assert document == {"apiVersion": "reconciler/v1", "kind": "McpServer", "metadata": {"name": "jira"}, "spec": spec}
    assert type(document["spec"]) is dict


@pytest.mark.parametrize("text", ["yes", "on", "NO", "012", "1e3", "~", "2027-01-01", "1_000", "12:30", "0x1F"])
def test_a_text_stays_a_text_for_readers_of_yaml_1_1(text):
    assert yaml.safe_load(text_of(JIRA, {"description": text}))["spec"]["description"] == text


def test_short_lists_stand_on_one_line_and_long_texts_are_not_folded():
    long = "word " * 100 + "end"
    text = text_of(
        JIRA, {"authorizationServers": ["corp", "github"], "description": long, "scopes": ["x" * 60, "y" * 60]}
    )
    assert "  authorizationServers: [corp, github]\n" in text
    assert f"  description: {long}\n" in text
    assert f"  scopes:\n    - {'x' * 60}\n" in text


def test_documents_are_appended_without_changing_a_byte_of_what_is_there():
    one, two = text_of(JIRA, {"a": "b"}), text_of(Address("McpServer", "wiki"), {"c": "d"})
    for before in ("", "# only a comment\n", "a: 1", "a:   'x'  # kept\n", "---\na: 1\n...\n"):
        after = appended(before, [one, two])
        assert after.startswith(before)
        values = [document.value for document in parse(after, "x.yaml").documents]
        assert [value["metadata"]["name"] for value in values[-2:]] == ["jira", "wiki"]
        assert len(values) == (3 if "a:" in before else 2)
    assert joined([one, two]) == appended("", [one, two])


# -- files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_with_its_folders_and_read_back(tmp_path):
    assert present(tmp_path, "registry.d/a/b.yaml") is None
    write(tmp_path, NewText("registry.d/a/b.yaml", None, "x: 1\r\n"))
    assert present(tmp_path, "registry.d/a/b.yaml") == "x: 1\r\n"
    assert stat.S_IMODE((tmp_path / "registry.d/a/b.yaml").stat().st_mode) & 0o644 == 0o644
    assert [path.name for path in (tmp_path / "registry.d/a").iterdir()] == ["b.yaml"]


def test_the_mode_of_a_file_that_is_there_is_kept(tmp_path):
    (tmp_path / "a.yaml").write_text("old")
    (tmp_path / "a.yaml").chmod(0o600)
    write(tmp_path, NewText("a.yaml", "old", "new"))
    assert stat.S_IMODE((tmp_path / "a.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../a.yaml", "/etc/a.yaml", "x/../../a.yaml", "a\\..\\b.yaml"])
def test_nothing_is_written_outside_the_project(tmp_path, name):
    root = tmp_path / "project"
    root.mkdir()
    with pytest.raises(FileRefused):
        write(root, NewText(name, None, "x"))
    with pytest.raises(FileRefused):
        present(root, name)
    assert [path.name for path in tmp_path.rglob("*")] == ["project"]


@pytest.mark.parametrize("link", ["registry.d", "registry.d/mcp-server", "registry.d/mcp-server/jira.yaml"])
@pytest.mark.parametrize("inside", [True, False])
def test_nothing_is_written_or_read_through_a_link(tmp_path, link, inside):
    root, elsewhere = tmp_path / "project", tmp_path / ("project/other" if inside else "elsewhere")
    elsewhere.mkdir(parents=True)
    (elsewhere / "jira.yaml").write_text("theirs")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(elsewhere / "jira.yaml" if link.endswith(".yaml") else elsewhere)
    name = "registry.d/mcp-server/jira.yaml"
    with pytest.raises(FileRefused, match=r"registry\.d/mcp-server/jira\.yaml"):
        write(root, NewText(name, None, "ours"))
    assert (elsewhere / "jira.yaml").read_text() == "theirs"
    assert {path.name for path in elsewhere.iterdir()} == {"jira.yaml"}
    with pytest.raises(FileRefused):
        present(root, f"{link}/x.yaml" if not link.endswith(".yaml") else name)


def test_what_is_no_ordinary_file_is_refused_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    for name in ("pipe.yaml", "folder.yaml", "pipe.yaml/below.yaml"):
        with pytest.raises(FileRefused):
            write(tmp_path, NewText(name, None, "x"))
        with pytest.raises(FileRefused):
            present(tmp_path, name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.yaml", "pipe.yaml"]


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileRefused, match="not UTF-8"):
        present(tmp_path, "a.yaml")


def test_a_write_that_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileRefused, match="No space left"):
        write(tmp_path, NewText("a.yaml", "old", "new"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.yaml", "old")]
