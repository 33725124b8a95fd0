"""What was read before is not parsed again, and comes to the same; nobody but this user can say what it was."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds import KINDS
from reconciler.manifests import Loaded, load, shape, shelf, shelf_of
from reconciler.manifests.judge import typed
from reconciler.manifests.parse import Parsed, parse
from reconciler.manifests.quick import quick
from reconciler.manifests.read import SourceFile, read
from reconciler.manifests.shelf import Shelf
from tests.support.steady import STEADY

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
SERVER = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: {0}}}
spec: {{type: external, issuer: "https://{0}.example.com", discovery: static, oauth: {{tokenEndpoint: "{1}"}}}}
"""
PIECES = st.sampled_from(
    [
        "a: 1\n",
        "a: 1.0\n",
        "text: |\n  one\n",
        "text: |+\n  one\n\n\n",
        "text: >-\n  one\n  two\n\n",
        "# only a comment\n",
        "# first\na: 1\n",
        "- a\n- b\n",
        "a: &x 1\nb: *x\n",
        "a: *x\n",
        'a: "open\n',
        "{a: 1,\n",
        "a: ${var.x}\n",
        "%YAML 1.1\n",
        "...\n",
        "# c\n...\na: 1\n",
        "a: !t 1\n",
        "a: 1\na: 2\n",
        "",
        "null\n",
        "\n",
        "a:\tb\n",
        "kind: [x]\n",
    ]
)
MARKERS = st.sampled_from(["---\n", "---\n---\n", "--- # c\n", "--- {b: 2}\n", "---", " ---\n"])


@pytest.fixture(autouse=True)
def every_text_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_WORTH_IT", 0)


def meaning(parsed: Parsed):
    """All that can be seen of what was read, types included."""
    documents = [(repr(each.value), each.source, each.kind, each.text, each.is_clean) for each in parsed.documents]
    return documents, parsed.faults, parsed.complete


def marks(loaded: Loaded) -> list[tuple[str, str, str]]:
    """What equality does not ask for."""
    return [(str(address), each.mark, each.digest) for address, each in loaded.desired.items()]


def assert_same(text: str, file: Path) -> None:
    """Reading without a shelf, with an empty one, and with a full one come to the same."""
    expected = meaning(parse(text, "f"))
    for _ in range(2):
        kept = Shelf(file)
        assert meaning(parse(text, "f", kept)) == expected
        kept.keep({})


@given(texts=st.lists(st.tuples(PIECES, MARKERS), max_size=5), end=PIECES)
@STEADY
def test_documents_that_were_cut_out_of_a_text_are_what_they_are_inside_of_it(tmp_path_factory, texts, end) -> None:
    text = "".join(piece + marker for piece, marker in texts) + end
    assert_same(text, tmp_path_factory.getbasetemp() / "shelf" / "documents.json")


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_awkward_files_come_to_the_same_beside_others(tmp_path: Path, file: Path) -> None:
    text = read(SourceFile("f", str(file))).text
    if text is not None:
        assert_same(f"a: 1\n---\n{text}", tmp_path / "documents.json")
        assert_same(f"{text}\n---\na: 1\n", tmp_path / "documents.json")


def test_a_text_that_was_read_before_is_not_parsed_again_wherever_it_stands(tmp_path: Path, monkeypatch) -> None:
    first = Shelf(tmp_path / "documents.json")
    parse("a: 1\n---\nb: 2\n", "f", first)
    first.keep({})
    parsed: list[str] = []
    monkeypatch.setattr(shelf, "quick", lambda text, file: parsed.append(text) or quick(text, file))
    found = parse("c: 3\n---\na: 1\n---\nb: 2\n", "g", Shelf(tmp_path / "documents.json"))
    assert parsed == ["c: 3\n"]
    assert [(each.value, str(each.source)) for each in found.documents] == [
        ({"c": 3}, "g:1:1"),
        ({"a": 1}, "g:3:1"),
        ({"b": 2}, "g:5:1"),
    ]


def test_nothing_is_written_while_nothing_is_new_and_what_is_gone_goes(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"

    def documents(*texts: str) -> int:
        kept = Shelf(file)
        parse("---\n".join(texts), "f", kept)
        kept.keep({})
        return len(json.loads(file.read_text().partition("\n")[0])["documents"])

    assert documents("a: 1\n", "a: 2\n", "a: 3\n", "a: 4\n") == 4
    before = file.stat().st_ino
    assert documents("a: 1\n", "a: 2\n", "a: 4\n") == 4
    assert file.stat().st_ino == before
    assert documents("a: 1\n", "a: 5\n") == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.chmod(0o644),
        lambda file: file.write_text(file.read_text().replace("2 of", "0 of")),
        lambda file: file.write_text(file.read_text()[:-2]),
        lambda file: file.write_text("[]"),
        lambda file: file.write_text(json.dumps({"format": shelf.FORMAT, "size": 0, "documents": [], "silent": {}})),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["of everybody", "of another version", "cut off", "of another form", "without documents", "no file"],
)
def test_a_shelf_in_doubt_is_an_empty_one(tmp_path: Path, spoil) -> None:
    file = tmp_path / "documents.json"
    kept = Shelf(file)
    parse("a: 1\n", "f", kept)
    kept.keep({})
    file.write_text(file.read_text().replace('{"a":1}', '{"a":2}'))
    assert parse("a: 1\n", "f", Shelf(file)).documents[0].value == {"a": 2}, "or the shelf is never asked"
    spoil(file)
    again = Shelf(file)
    assert parse("a: 1\n", "f", again).documents[0].value == {"a": 1}
    again.keep({})


def test_a_shelf_that_a_project_could_bring_along_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / ".cache"))
    assert shelf_of(project) is None
    (outside / "link").symlink_to(project)
    monkeypatch.setenv("XDG_CACHE_HOME", str(outside / "link"))
    assert shelf_of(project) is None
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert shelf_of(project) is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(outside))
    assert shelf_of(project) is not None


def test_without_a_home_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert shelf_of(tmp_path) is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Shelf(tmp_path / "file" / "documents.json")
    assert parse("a: 1\n", "f", kept).documents[0].value == {"a": 1}
    kept.keep({})


def test_a_disk_that_is_full_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    kept = Shelf(tmp_path / "documents.json")
    parse("a: 1\n", "f", kept)
    monkeypatch.setattr(shelf, "_written", full)
    kept.keep({})
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_a_secret_is_not_kept_and_variables_are_put_in_anew(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    kept = Shelf(file)
    parse("a: ${var.x}\n---\nb: 1\n", "f", kept)
    parse("clientSecret: hunter2\n---\nc: 1\n", "g", kept)
    kept.keep({})
    said = file.read_text()
    assert "${var.x}" in said
    assert "hunter2" not in said


def test_a_registry_comes_to_the_same_in_every_environment_after_every_edit(tmp_path: Path) -> None:
    folder, file = tmp_path / "registry.d", tmp_path / "cache" / "documents.json"
    folder.mkdir()

    def assert_same_registry(variables: dict[str, str], *documents: str) -> None:
        (folder / "all.yaml").write_text("---\n".join(documents))
        here = (tmp_path, ["registry.d"], variables, KINDS)
        kept, read = load(*here, Shelf(file)), load(*here)
        assert kept == read
        assert marks(kept) == marks(read)

    one, two = SERVER.format("one", "https://one.example.com/t"), SERVER.format("two", "https://${var.host}/t")
    for _ in range(2):
        assert_same_registry({"host": "a.example.com"}, one, two)
        assert_same_registry({"host": "b.example.com"}, one, two)
        assert_same_registry({}, one, two)
    assert_same_registry({}, one, one)
    assert_same_registry({}, one.replace("external", "extrenal"), one)
    assert_same_registry({"host": "b.example.com"}, "# moved down\n" + one, two + "  extra: 1\n")


ACCOUNT = """\
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: jira, labels: {team: collab}}
spec: {resourceUrl: "https://jira.example.com/mcp", authorizationServers: [one], protect: true}
"""


def test_of_a_document_that_was_read_before_a_model_is_made_where_somebody_looks_inside(tmp_path: Path, monkeypatch):
    (tmp_path / "all.yaml").write_text(SERVER.format("one", "https://one.example.com/t") + "---\n" + ACCOUNT)
    here, file = (tmp_path, ["all.yaml"], {}, KINDS), tmp_path / "cache" / "documents.json"
    first = load(*here, Shelf(file))
    made: list[bytes] = []
    monkeypatch.setattr(shape, "typed", lambda model, text: made.append(text) or typed(model, text))
    second = load(*here, Shelf(file))
    one, jira = second.desired.values()
    assert (jira.labels, jira.absent, jira.outline.protected, str(jira.source)) == (
        {"team": "collab"},
        False,
        True,
        "all.yaml:6:1",
    )
    assert (second.diagnostics, marks(second)) == (first.diagnostics, marks(first))
    assert {fault.code for fault in second.diagnostics} == {"CFG008", "CFG015"}
    assert len(made) == 1, "the one that had something to say"
    assert jira.spec.resource_url == "https://jira.example.com/mcp"
    assert jira.spec is jira.spec
    assert len(made) == 2
    assert second == first
    assert first.desired[jira.address] == jira != one


def test_a_document_in_which_something_is_wrong_has_no_mark(tmp_path: Path) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    (tmp_path / "all.yaml").write_text(ACCOUNT.replace("protect: true", f"description: {secret}"))
    loaded = load(tmp_path, ["all.yaml"], {}, KINDS)
    assert "CFG010" in {each.code for each in loaded.diagnostics}
    assert marks(loaded)[0][1] == ""
    assert len(loaded.desired) == 1


def test_environments_that_take_turns_do_not_write_the_shelf_anew(tmp_path: Path) -> None:
    agents = "apiVersion: reconciler/v1\nkind: AuthorizationServer\nmetadata: {name: one}\n"
    agents += "spec: {type: okta, displayName: Agents, audience: 'api://agents'}\n"
    varied = ACCOUNT.replace("jira.example.com", "${var.host}")
    (tmp_path / "all.yaml").write_text(f"{agents}---\n{varied}")
    file = tmp_path / "cache" / "documents.json"

    def kept(host: str) -> tuple[int, int]:
        """The file, and of how many documents it knows that nothing is to be said about them."""
        loaded = load(tmp_path, ["all.yaml"], {"host": host}, KINDS, Shelf(file))
        assert (loaded.diagnostics, len(loaded.desired)) == ((), 2)
        return file.stat().st_ino, len(json.loads(file.read_text().partition("\n")[0])["silent"])

    assert kept("a.example.com")[1] == 2
    both = kept("b.example.com")
    assert both[1] == 3
    assert kept("a.example.com") == kept("b.example.com") == both
    assert kept("c.example.com")[1] == 4
    assert kept("d.example.com")[1] == 2, "those of many are not heaped up"
