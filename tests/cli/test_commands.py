"""Every command: its happy path, its help, its JSON, and what is a usage error."""

import io
import json
import stat
import sys
from pathlib import Path

import jsonschema
import pytest

from reconciler import __version__
from reconciler.cli import _COMMANDS, run

from .conftest import manifest

ROOT = Path(__file__).parents[2]
COMMON = ("--chdir", "--env", "--format", "--no-color", "--verbose", "--quiet", "--help")


# -- help ----------------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_every_exit_code(shop):
    for flag in ("--help", "-h"):
        said = shop(flag)
        assert (said.code, said.err) == (0, "")
        for word in (
            *_COMMANDS,
            *COMMON,
            "0 done",
            "2 changes",
            "3 config",
            "4 plan",
            "5 refused",
            "7 partly",
            "8 org",
        ):
            assert word in said.out
        for code in ("9", "64", "130"):
            assert code in said.out


@pytest.mark.parametrize("command", [*_COMMANDS, "emulator serve", "state mv", "state forget"])
def test_help_of_every_command_lists_its_options(shop, command):
    said = shop(*command.split(), "--help")
    assert (said.code, said.err) == (0, "")
    options = ("--help",) if command in {"emulator", "github", "policy", "state"} else COMMON
    for option in options:
        assert option in said.out


# -- happy paths ---------------------------------------------------------------------------------------------------


def test_init_starts_a_registry_that_is_valid_and_can_be_planned(shop):
    (shop.root / "registry.d" / "manifest.yaml").unlink()
    said = shop("init")
    assert said.code == 0
    assert "reconciler.yaml" in said.out
    assert shop("validate").code == 0
    assert shop("plan", "--detailed-exitcode").code == 2
    assert ".reconciler/" in (shop.root / ".gitignore").read_text()


def test_init_twice_changes_nothing_and_spares_what_is_there(shop):
    (shop.root / ".gitignore").write_text("*.pyc")
    (shop.root / "reconciler.yaml").write_text("registry: [registry.d]\n")
    shop("init")
    before = {path: path.read_bytes() for path in shop.root.rglob("*") if path.is_file()}
    said = shop("init")
    assert (said.code, said.out) == (0, "Everything is there already.\n")
    assert {path: path.read_bytes() for path in shop.root.rglob("*") if path.is_file()} == before
    assert (shop.root / ".gitignore").read_text() == "*.pyc\n.reconciler/\n"
    assert (shop.root / "reconciler.yaml").read_text() == "registry: [registry.d]\n"


def test_validate_counts_and_sends_nothing(shop):
    said = shop("validate")
    assert (said.code, said.out, said.err) == (0, "2 documents in 1 file: valid.\n", "")
    assert shop.untouched


def test_plan_apply_plan_ends_with_no_changes(shop, console):
    assert shop("plan").code == 0
    assert shop("plan", "--detailed-exitcode").code == 2
    applied = shop("apply", "--auto-approve")
    assert applied.code == 0
    assert "Applied: 2 steps, 2 done." in applied.out
    assert console().statuses() == {"https://tools.mcp.test/mcp": "ACTIVE"}
    again = shop("plan", "--detailed-exitcode")
    assert again.code == 0
    assert "No changes." in again.out
    assert "Nothing to do." in shop("apply", "--auto-approve").out


def test_apply_without_anybody_to_ask_is_a_usage_error_and_changes_nothing(shop, console):
    said = shop("apply")
    assert said.code == 64
    assert "--auto-approve" in said.err
    assert console().statuses() == {}


@pytest.mark.parametrize(("answer", "expected"), [("yes\n", 1), ("y\n", 0), ("no\n", 0), ("\n", 0), ("YES\n", 0)])
def test_only_yes_is_a_yes(shop, console, monkeypatch, answer, expected):
    import io

    asked = io.StringIO(answer)
    asked.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", asked)
    assert shop("apply").code == 0
    assert len(console().servers()) == expected


def test_explain_prints_the_page_of_a_code_and_lists_all(shop):
    listed = shop("explain")
    assert listed.code == 0
    codes = [line.split()[0] for line in listed.out.splitlines()]
    assert {"RUN004", "RUN008", "PLN004", "MAN010"} <= set(codes)
    for code in codes:
        said = shop("explain", code.lower())
        assert said.code == 0
        for word in (code, "What ", "Why ", "Example", "Fix "):
            assert word in said.out


def test_version_is_the_one_of_the_distribution(shop):
    assert shop("version").out == f"reconciler {__version__} (plan format 1.0)\n"
    assert shop("--version").out == f"reconciler, version {__version__}\n"


def test_graph_draws_what_refers_to_what_in_both_languages(shop):
    assert "McpServer" in shop("graph").out
    assert shop("graph", "--as", "dot").out.startswith("digraph")


def test_schemas_of_the_repository_are_those_that_the_program_makes(shop):
    names = shop("schema").out.split()
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").glob("*.json")}
    assert {f"{name}.schema.json" for name in names} == set(written)
    for name in names:
        said = shop("schema", name)
        assert said.out == written[f"{name}.schema.json"]
        jsonschema.Draft202012Validator.check_schema(said.json)


def test_schema_write_makes_the_folder_and_the_same_files(shop):
    said = shop("schema", "--write", "deep/down")
    assert (said.code, said.out) == (0, "")
    made = {path.name: path.read_text() for path in (shop.root / "deep" / "down").iterdir()}
    assert made == {path.name: path.read_text() for path in (ROOT / "schemas").glob("*.json")}


def test_saved_plan_obeys_the_published_schema(shop):
    shop("plan", "--out", "p.json")
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text())
    jsonschema.validate(json.loads((shop.root / "p.json").read_text()), schema)


# -- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["before", "after"])
def test_common_options_stand_before_or_after_the_command(shop, place, monkeypatch):
    monkeypatch.chdir("/")
    options = ("--chdir", str(shop.root), "--format", "json")
    said = shop(*options, "validate") if place == "before" else shop("validate", *options)
    assert (said.code, said.json["valid"]) == (0, True)


def test_option_after_the_command_wins(shop):
    said = shop("--format", "json", "--chdir", "/nowhere", "version", "--format", "human", "--chdir", str(shop.root))
    assert said.out.startswith("reconciler ")


def test_environment_variables_set_what_no_option_sets(shop, monkeypatch):
    monkeypatch.chdir("/")
    monkeypatch.setenv("RECONCILER_CHDIR", str(shop.root))
    monkeypatch.setenv("RECONCILER_FORMAT", "json")
    assert shop("validate").json["valid"] is True
    assert shop("validate", "--format", "human").out.startswith("2 documents")
    monkeypatch.setenv("RECONCILER_ENV", "nowhere")
    said = shop("validate")
    assert (said.code, said.json["diagnostics"][0]["code"]) == (3, "CNF002")
    assert shop("validate", "--env", "local").code == 0


def test_bad_value_in_an_environment_variable_is_a_usage_error(shop, monkeypatch):
    monkeypatch.setenv("RECONCILER_FORMAT", "xml")
    assert shop("validate").code == 64


def test_quiet_says_only_what_was_asked_for(shop):
    assert shop("init", "--quiet").err == ""
    assert shop("plan", "--quiet", "--out", "p.json").err == ""


# -- usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("plan", "--no-such-flag"), "No such option"),
        (("--no-such-flag", "plan"), "No such option"),
        (("plann",), "Did you mean plan?"),
        (("frobnicate",), "There is no command 'frobnicate'"),
        (("apply", "--allow-delete=many"), "takes a number, not 'many'"),
        (("apply", "--allow-delete=-1"), ""),
        (("apply", "--allow-delete=1.5"), "takes a number"),
        (("apply", "--allow-delete="), "takes a number"),
        (("apply", "--parallelism", "0"), "0 is not in the range"),
        (("apply", "--parallelism", "51"), "51 is not in the range"),
        (("apply", "--parallelism", "two"), "not a valid integer"),
        (("apply", "--wait", "-1"), "not in the range"),
        (("plan", "--format", "xml"), "'xml' is not one of"),
        (("plan", "surplus"), "unexpected extra argument"),
        (("show",), "Missing argument"),
        (("show", "missing.json"), "cannot be read"),
        (("apply", "missing.json"), "cannot be read"),
        (("explain", "ZZZ999"), "There is no code 'ZZZ999'"),
        (("explain", "RUN00"), "Did you mean RUN0"),
        (("schema", "nothing"), "There is no schema 'nothing'"),
        (("graph", "--as", "svg"), "'svg' is not one of"),
        (("emulator", "serve", "--port", "70000"), "not in the range"),
        (("emulator", "serve", "--switch", "landing-state"), "NAME=VALUE"),
        (("emulator", "serve", "--switch", "landing-stat=ACTIVE"), "Did you mean 'landing-state'"),
        (("emulator", "serve", "--switch", "landing-state=ACTIV"), "ACTIVE"),
        (("emulator", "serve", "--host", "203.0.113.1", "--port", "0"), "Cannot listen"),
        (("emulator", "serve", "--port", "0", "--state", "registry.d/manifest.yaml"), "manifest.yaml"),
        (("emulator", "nothing"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_error_is_64_says_what_and_prints_nothing_else(shop, arguments, word):
    said = shop(*arguments)
    assert said.code == 64
    assert said.out == ""
    assert word in said.err


def test_no_command_at_all_shows_the_help(shop):
    said = shop()
    assert said.code in {0, 64}
    assert "Commands:" in said.out + said.err


@pytest.mark.parametrize("place", ["missing", "file.txt"])
def test_folder_that_is_none_is_an_error_and_no_empty_registry(shop, place):
    (shop.root / "file.txt").write_text("")
    said = shop("validate", "--chdir", place)
    assert said.code == 64
    assert f"There is no folder {place}." in said.err


# -- JSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        "init",
        "validate",
        "plan",
        "plan --out q.json",
        "show p.json",
        "apply --auto-approve",
        "apply p.json",
        "graph",
        "graph --as dot",
        "explain",
        "explain RUN004",
        "schema",
        "schema plan",
        "schema --write out",
        "version",
    ],
)
def test_json_is_all_that_stands_on_stdout(shop, arguments):
    shop("plan", "--out", "p.json")
    said = shop(*arguments.split(), "--format", "json")
    assert said.code == 0
    assert said.json is not None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("validate", 3),
        ("plan", 3),
        ("apply --auto-approve", 3),
        ("graph", 3),
        ("show registry.d/manifest.yaml", 4),
        ("apply p.json --env nowhere", 3),
        ("show missing", 64),
    ],
)
def test_errors_are_json_too(shop, arguments, code):
    shop.write("kind: Nothing\n")
    said = shop(*arguments.split(), "--format", "json")
    assert said.code == code
    assert {"valid", "diagnostics"} <= said.json.keys() or said.json["error"]["exit_code"] == code


def test_warnings_go_to_stderr_and_leave_the_result_alone(shop):
    shop.write(manifest().replace("    source: a test\n", ""))
    said = shop("validate")
    assert said.code == 0
    assert said.out == "2 documents in 1 file: valid.\n"
    assert "warning[CFG015]" in said.err
    assert "manifest.yaml:" in said.err
    planned = shop("plan")
    assert "CFG015" in planned.err
    assert "CFG015" not in planned.out
    assert [found["code"] for found in shop("validate", "--format", "json").json["diagnostics"]] == ["CFG015"]


# -- files ---------------------------------------------------------------------------------------------------------


def test_saved_plan_is_private_and_whole(shop):
    said = shop("plan", "--out", "p.json")
    path = shop.root / "p.json"
    assert "p.json" in said.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in shop.root.iterdir() if each.name.endswith(".tmp")] == []
    first = json.loads(path.read_bytes())
    assert shop("plan", "--out", "p.json").code == 0
    second = json.loads(path.read_bytes())
    for body in (first, second):  # the time is an input too
        del body["envelope"]["created"], body["envelope"]["expires"], body["checksum"]
    assert json.dumps(first) == json.dumps(second), "the same inputs give the same plan"


@pytest.mark.parametrize("place", ["missing/p.json", "blocked/p.json", "registry.d/manifest.yaml/p.json"])
def test_place_that_cannot_be_written_is_an_error_and_leaves_nothing(shop, place):
    (shop.root / "blocked").write_text("a file where a folder is needed")
    said = shop("plan", "--out", place)
    assert said.code == 1
    assert "cannot be written" in said.err
    assert not list(shop.root.rglob("*.tmp"))


def test_device_takes_the_plan_and_is_not_replaced_by_a_file(shop):
    import os
    import threading

    os.mkfifo(shop.root / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((shop.root / "pipe").read_text()))
    reader.start()
    assert shop("plan", "--out", "pipe").code == 0
    reader.join(30)
    assert json.loads(read[0])["format_version"] == "1.0"
    assert stat.S_ISFIFO((shop.root / "pipe").stat().st_mode)


def test_failed_write_leaves_the_older_plan_as_it_was(shop, monkeypatch):
    shop("plan", "--out", "p.json")
    before = (shop.root / "p.json").read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    shop.write(manifest(title="Other"))
    said = shop("plan", "--out", "p.json")
    assert said.code == 1
    assert "No space left on device" in said.err
    assert (shop.root / "p.json").read_bytes() == before
    assert not list(shop.root.rglob("*.tmp"))


def test_show_prints_what_plan_printed(shop):
    planned = shop("plan", "--out", "p.json")
    assert shop("show", "p.json").out == planned.out
    assert shop("show", "p.json", "--format", "json").out == (shop.root / "p.json").read_text()


# -- a full disk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def full(monkeypatch):
    """A file that takes nothing, in place of streams of this process."""
    if not Path("/dev/full").exists():
        pytest.skip("a device of Linux that takes nothing")
    with open("/dev/full", "wb", buffering=0) as device:  # noqa: PTH123
        stream = io.TextIOWrapper(device, write_through=True)
        yield lambda *names: [monkeypatch.setattr(sys, name, stream) for name in names]
        monkeypatch.undo()


def test_output_that_finds_no_room_is_said_and_no_bug_of_this_program(full, capsys):
    full("stdout")
    assert run(["version"]) == 1
    said = capsys.readouterr().err
    assert "RUN001" in said
    assert "No space left on device" in said
    assert "bug" not in said


def test_where_not_even_the_error_finds_room_the_exit_code_tells(full):
    full("stdout", "stderr")
    assert run(["version"]) == 1
