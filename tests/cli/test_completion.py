"""Completion: each shell's script is one that it can read, and what is asked of us is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def asked(words: str, at: int, shell: str) -> list[str]:
    question = {"COMP_WORDS": words, "COMP_CWORD": str(at), "_RECONCILER_COMPLETE": f"{shell}_complete"}
    current = {"COMP_CWORD": words.rsplit(" ", maxsplit=1)[-1]} if shell == "fish" else {}
    environment = {**os.environ, **question, **current}
    done = subprocess.run([BIN / "reconciler"], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_bash_reads_the_script_and_completes_commands_and_options(shop, tmp_path):
    script = tmp_path / "completion.bash"
    script.write_text(shop("completion", "bash").out)
    calls = """
    complete() { :; }; compopt() { :; }; source "$1"
    COMP_WORDS=(reconciler drif); COMP_CWORD=1; _reconciler_completion reconciler; echo "${COMPREPLY[*]}"
    COMP_WORDS=(reconciler plan --untr); COMP_CWORD=2; COMPREPLY=(); _reconciler_completion reconciler
    echo "${COMPREPLY[*]}"
    """
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-n", script], check=True)
    done = subprocess.run(
        ["bash", "-c", calls, "-", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["drift", "--untrusted"]


@pytest.mark.parametrize(
    ("shell", "mark"), [("zsh", "#compdef reconciler"), ("fish", "complete --no-files --command reconciler")]
)
def test_zsh_and_fish_get_a_script_in_their_language_that_asks_by_our_variable(shop, shell, mark):
    said = shop("completion", shell)
    assert said.code == 0
    assert mark in said.out
    assert f"_RECONCILER_COMPLETE={shell}_complete" in said.out


def test_what_zsh_and_fish_ask_is_answered_with_commands_and_what_they_do():
    assert asked("reconciler drif", 1, "zsh")[:2] == ["plain", "drift"]
    assert asked("reconciler drif", 1, "fish")[0].startswith("plain,drift")


def test_another_shell_is_a_usage_error(shop):
    assert shop("completion", "tcsh").code == 64
