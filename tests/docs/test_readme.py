"""The README does what it says: every command but its first two is run, every line of output compared."""

import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.support.warm import client

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_HERE = ("pip ", "mkdir ", "make ")
CHANGING = re.compile(r"ems[A-Za-z0-9]{17}|sha256:[0-9a-f]{64}")


def sessions():
    """The console blocks, as commands with the output that the README shows."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output.strip()


def run(command: str, folder: Path, tool: Path) -> str:
    words = shlex.split(command)
    if words[0] == "reconciler":
        words = [str(tool), *words[1:]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return (done.stdout + "\n" + done.stderr).strip()


def steady(line: str) -> str:
    """A line without what differs from run to run: ids and digests."""
    return CHANGING.sub("…", line.rstrip())


def test_the_commands_print_what_the_readme_shows(tmp_path: Path):
    commands = 0
    project = tmp_path / "registry"
    project.mkdir()
    with client(tmp_path) as tool:
        for command, shown in sessions():
            if command.startswith(NOT_HERE):
                continue
            commands += 1
            said = [steady(line) for line in run(command, project, tool).splitlines()]
            missing = [line for line in map(steady, shown.splitlines()) if line not in ("", "…") and line not in said]
            assert missing == [], f"after `{command}`:\n" + "\n".join(said)
    assert commands == 8


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) > 10
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
