"""Finding and reading files: what counts as a manifest, and what a hostile tree cannot make the program do."""

import os
from pathlib import Path

import pytest

from reconciler.kinds import KINDS
from reconciler.manifests import load
from reconciler.manifests import read as reading
from reconciler.manifests.read import find, leaves_root
from tests.manifests.faults import CORP


def codes(root: Path, *folders: str) -> list[str]:
    """The diagnostics of a tree as `file CODE`."""
    return [f"{d.source} {d.code}" for d in load(root, folders or ("registry.d",), {}, KINDS).diagnostics]


def names(root: Path, *folders: str) -> list[str]:
    return [file.name for file in find(root, folders or ("registry.d",)).files]


def test_files_are_found_in_folders_below_and_sorted_by_name(project):
    root = project({f"registry.d/{name}": CORP for name in ("b/z.yml", "b/a.yaml", "c.yaml", "a/a/a.yaml")})
    assert names(root) == ["registry.d/a/a/a.yaml", "registry.d/b/a.yaml", "registry.d/b/z.yml", "registry.d/c.yaml"]


def test_other_files_and_hidden_names_are_skipped(project):
    skipped = ("notes.md", "a.yaml.bak", ".git/a.yaml", ".hidden.yaml", ".#lock.yaml", "a.json")
    root = project({f"registry.d/{name}": CORP for name in (*skipped, "a.yaml")})
    assert names(root) == ["registry.d/a.yaml"]


def test_links_to_other_files_are_skipped_too(project):
    root = project({"registry.d/a.yaml": CORP, "notes.md": "text"})
    (root / "registry.d" / "notes.md").symlink_to("../notes.md")
    assert names(root) == ["registry.d/a.yaml"]


def test_a_single_file_may_be_named(project):
    root = project({"one.yaml": CORP, "two.yaml": CORP})
    assert names(root, "one.yaml") == ["one.yaml"]


def test_the_root_may_be_the_registry_and_its_settings_are_no_manifest(project):
    root = project({"a.yaml": CORP, "reconciler.yaml": "x", "deeper/reconciler.yaml": CORP})
    assert names(root, ".") == names(root, "./") == ["a.yaml", "deeper/reconciler.yaml"]


def test_a_file_that_two_paths_lead_to_counts_once(project):
    root = project({"registry.d/team/a.yaml": CORP})
    (root / "registry.d" / "link").symlink_to("team")
    (root / "registry.d" / "link.yaml").symlink_to("team/a.yaml")
    assert len(names(root, "registry.d", "registry.d/team", "registry.d/team/a.yaml")) == 1
    assert codes(root, "registry.d", "registry.d/team") == []


def test_a_root_that_is_a_link_itself_is_fine(project, tmp_path_factory):
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(project({"registry.d/a.yaml": CORP}))
    assert codes(link) == []


def test_a_missing_folder_is_not_an_empty_registry(project):
    assert codes(project({"other/a.yaml": CORP})) == ["registry.d YML001"]


def test_a_folder_that_is_some_file(project):
    assert codes(project({"registry.d": "text"})) == ["registry.d YML001"]


def test_a_path_below_a_file(project):
    assert codes(project({"registry.d": "text"}), "registry.d/a.yaml") == ["registry.d/a.yaml YML002"]


@pytest.mark.parametrize("path", ["/etc", "..", "registry.d/../..", "a\\b", "C:/x", "C:x"])
def test_a_path_that_leads_out_of_the_project_is_refused(path: str, project):
    assert leaves_root(path)
    assert codes(project({"registry.d/a.yaml": CORP}), path) == [f"{path} YML003"]


def test_links_out_of_the_project_are_refused_and_not_read(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.yaml").write_text(CORP)
    root = project({"registry.d/good.yaml": CORP})
    (root / "registry.d" / "file.yaml").symlink_to(outside / "a.yaml")
    (root / "registry.d" / "folder").symlink_to(outside)
    (root / "linked").symlink_to(outside)
    assert codes(root, "registry.d", "linked") == [
        "linked YML003",
        "registry.d/file.yaml YML003",
        "registry.d/folder YML003",
    ]


def test_links_in_a_circle_end(project):
    root = project({"registry.d/good.yaml": CORP})
    (root / "registry.d" / "a.yaml").symlink_to("b.yaml")
    (root / "registry.d" / "b.yaml").symlink_to("a.yaml")
    (root / "registry.d" / "up").symlink_to("..")
    (root / "registry.d" / "self").symlink_to(".")
    assert codes(root) == [
        "registry.d/a.yaml YML003",
        "registry.d/b.yaml YML003",
        "registry.d/self YML003",
        "registry.d/up YML003",
    ]


def test_a_registry_that_is_a_link_to_itself(project):
    root = project({})
    (root / "registry.d").symlink_to("registry.d")
    assert codes(root) == ["registry.d YML003"]


def test_a_link_to_nothing_is_unreadable(project):
    root = project({"registry.d/good.yaml": CORP})
    (root / "registry.d" / "a.yaml").symlink_to("missing.yaml")
    assert codes(root) == ["registry.d/a.yaml YML002"]


def test_a_pipe_does_not_make_the_program_wait(project):
    root = project({"registry.d/good.yaml": CORP})
    os.mkfifo(root / "registry.d" / "a.yaml")
    assert codes(root) == ["registry.d/a.yaml YML002"]


def test_a_folder_may_be_called_like_a_file(project):
    assert names(project({"registry.d/x.yaml/a.yaml": CORP})) == ["registry.d/x.yaml/a.yaml"]


def test_a_file_that_may_not_be_read_says_so(project, monkeypatch):
    def refuse(path, *_arguments):
        raise PermissionError(13, "Permission denied", path)

    root = project({"registry.d/a.yaml": CORP})
    monkeypatch.setattr(reading.os, "open", refuse)
    loaded = load(root, ("registry.d",), {}, KINDS)
    assert [d.code for d in loaded.diagnostics] == ["YML002"]
    assert loaded.diagnostics[0].detail == "The system says: Permission denied."


def test_a_folder_that_may_not_be_searched_says_so(project, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    root = project({"registry.d/a.yaml": CORP})
    monkeypatch.setattr(reading.os, "scandir", refuse)
    assert codes(root) == ["registry.d YML002"]


def test_a_file_that_arrives_in_pieces_is_read_to_its_end(project, monkeypatch):
    read = os.read
    monkeypatch.setattr(reading.os, "read", lambda descriptor, size: read(descriptor, min(size, 7)))
    assert codes(project({"registry.d/a.yaml": CORP})) == []


def test_a_file_beyond_the_limit_is_not_read(project):
    root = project({"registry.d/a.yaml": "#" * (8 << 20), "registry.d/b.yaml": "#" * ((8 << 20) + 1)})
    assert codes(root) == ["registry.d/a.yaml:1:1 YML012", "registry.d/b.yaml YML004"]


def test_a_tree_deeper_than_the_stack_is_searched(project):
    root = project({"registry.d/a.yaml": CORP})
    levels = ["registry.d" + "/d" * depth for depth in range(1, 1_200)]
    for level in levels:
        (root / level).mkdir()
    (root / levels[-1] / "b.yaml").touch()
    try:
        assert names(root) == ["registry.d/a.yaml", f"{levels[-1]}/b.yaml"]
    finally:  # nobody else who cleans up can go as deep
        (root / levels[-1] / "b.yaml").unlink()
        for level in reversed(levels):
            (root / level).rmdir()


def test_line_ends_do_not_matter(project, loaded):
    for end in ("\r\n", "\r"):
        assert loaded(CORP.replace("\n", end)).diagnostics == ()
    crlf = loaded(CORP.replace("okta", "okt").replace("\n", "\r\n")).diagnostics
    assert [str(d.source) for d in crlf] == ["registry.d/a.yaml:5:14"]


def test_a_byte_order_mark_is_no_part_of_the_text(loaded):
    assert loaded("\ufeff" + CORP.removeprefix("---\n")).diagnostics == ()
    assert str(loaded("\ufeffa: 'b").diagnostics[0].source) == "registry.d/a.yaml:1:6"


def test_no_forbidden_character_is_overlooked_among_harmless_ones(tmp_path):
    """A text of ordinary bytes is not searched: each character is tried alone between such."""
    file = tmp_path / "a.yaml"
    for character in filter(reading.FORBIDDEN_CHARACTERS.match, map(chr, range(0x10000))):
        file.write_bytes(f"a: b{character}c\n".encode())
        text = reading.read(reading.SourceFile("a.yaml", str(file)))
        expected = None if character != "\r" else "a: b\nc\n"
        assert (text.text, bool(text.faults)) == (expected, character != "\r"), hex(ord(character))
