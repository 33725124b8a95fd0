"""The installed command on a real terminal, in a pipe, and where only ASCII can be written."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.warm import client

RECONCILER = Path(sys.executable).with_name("reconciler")
ESCAPE = "\x1b["


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "CI"):
        kept.pop(name, None)
    return {**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **more}


def piped(shop, *arguments, command=RECONCILER, **more):
    return subprocess.run(
        [command, *arguments], cwd=shop.root, env=environment(**more), capture_output=True, timeout=90, check=False
    )


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """What stands for the installed command where how it starts and ends is not the question."""
    with client(tmp_path_factory.mktemp("warm")) as script:
        yield script


def on_terminal(shop, *arguments, command=RECONCILER, **more):
    """Everything that a person would see."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [command, *arguments],
        cwd=shop.root,
        env=environment(**more),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        seen = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # how a terminal says that everybody has left it
                break
            if not chunk:
                break
            seen += chunk
        process.wait(90)
    os.close(leader)
    return process.returncode, seen.decode()


def test_terminal_has_colour_and_a_pipe_has_none(shop, warm):
    code, seen = on_terminal(shop, "plan")
    assert code == 0
    assert f"{ESCAPE}32m+{ESCAPE}0m" in seen
    assert f"{ESCAPE}32m+{ESCAPE}0m" in on_terminal(shop, "plan", command=warm)[1]  # so that below it may stand for it
    done = piped(shop, "plan", command=warm)
    assert done.returncode == 0
    assert ESCAPE.encode() not in done.stdout + done.stderr
    assert "▲".encode() in done.stdout


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(("plan", "--no-color"), {}), (("plan",), {"NO_COLOR": "1"})],
    ids=["--no-color", "NO_COLOR"],
)
def test_colour_can_be_switched_off_on_a_terminal(shop, warm, arguments, variables):
    code, seen = on_terminal(shop, *arguments, command=warm, **variables)
    assert code == 0
    assert "Plan: 1 to create" in seen
    assert not re.search(r"\x1b\[[0-9;]*m", seen)


def test_ascii_is_enough_to_say_everything(shop, warm):
    for arguments, command in ((("plan",), RECONCILER), (("plan",), warm), (("validate", "--env", "nowhere"), warm)):
        done = piped(shop, *arguments, command=command, PYTHONIOENCODING="ascii")
        assert done.returncode in {0, 3}
        text = (done.stdout + done.stderr).decode("ascii")
        assert "Traceback" not in text
        assert "has a bug" not in text


def test_names_that_ascii_cannot_write_are_escaped_and_json_stays_json(shop, warm):
    name = "Wörkzeug 工具 🛠"
    shop.write((shop.root / "registry.d" / "manifest.yaml").read_text().replace("Tools", name))
    text = piped(shop, "plan", command=warm, PYTHONIOENCODING="ascii")
    assert (text.returncode, text.stderr) == (0, b"")
    assert b"W\\xf6rkzeug \\u5de5" in text.stdout
    machine = piped(shop, "plan", "--format", "json", command=warm, PYTHONIOENCODING="ascii")
    assert (machine.returncode, machine.stderr) == (0, b"")
    assert machine.stdout.isascii()
    assert name in str(json.loads(machine.stdout))


@pytest.mark.parametrize("arguments", [("plan",), ("--help",)], ids=" ".join)
def test_reader_that_goes_away_is_no_crash(shop, arguments):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [RECONCILER, *arguments],
        cwd=shop.root,
        env=environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=90,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.stderr == ""
