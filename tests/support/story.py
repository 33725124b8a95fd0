"""Plays a document: writes the files that it shows, runs its commands, and holds their output against what it prints.

A fenced block whose first line ends in `file=NAME` is a file of the project. In `console` blocks, lines that begin
with `$ ` are commands, the lines below them what they say:

- a line `…` stands for any lines; without one, the output is exactly what is shown;
- a last line `(exit code N)` says how the command ended; without one, it ended with 0;
- a command that ends in ` &` stays until the end of the story, and its first line is what it says;
- `export NAME=VALUE` holds for the commands that follow.

`reconciler` runs in this process, anything else in a shell. What differs from run to run (ids, digests, days, times,
ports) is made equal on both sides before they are compared, and nothing else is.
"""

import io
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from reconciler import cli
from reconciler.cli import output
from reconciler.cli.common import Common

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\bfile=(?P<name>\S+)")
_EXIT = re.compile(r"\(exit code (?P<code>\d+)\)")
_CHANGING = re.compile(
    r"(?P<id>(?:ems|aus|eas)[A-Za-z0-9]{17}|flt[0-9a-f]{12})|(?P<digest>sha256:[0-9a-f]{64})"
    r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)|(?P<day>\d{4}-\d\d-\d\d)|(?P<commit>\b[0-9a-f]{7}\b)"
)
_GIT = {
    f"GIT_{who}_{what}": f"{who.lower()}@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


@dataclass(frozen=True)
class Command:
    """A command of the story, what the document says that it prints, and the code that it ends with."""

    text: str
    shown: tuple[str, ...]
    code: int = 0


@dataclass(frozen=True)
class File:
    name: str
    text: str


def steps(document: str) -> Iterator[Command | File]:
    """The files and commands of a document, in its order."""
    for block in _FENCE.finditer(document):
        named = _FILE.search(block["info"])
        if named:
            yield File(named["name"], block["body"])
        elif block["info"].strip() == "console":
            yield from (_command(part) for part in re.split(r"^\$ ", block["body"], flags=re.MULTILINE)[1:])


def _command(part: str) -> Command:
    text, _, rest = part.partition("\n")
    while text.endswith("\\"):
        more, _, rest = rest.partition("\n")
        text = text[:-1] + more.strip()
    lines = rest.rstrip().splitlines()
    ended = _EXIT.fullmatch(lines[-1]) if lines else None
    return Command(text, tuple(lines[:-1] if ended else lines), int(ended["code"]) if ended else 0)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Stage:
    """A folder in which a story happens; `ports` gives the real ports behind those that the document names."""

    root: Path
    ports: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    commands: int = 0

    def play(self, document: str) -> None:
        """Do everything that a document says, and fail at the first difference."""
        for step in steps(document):
            if isinstance(step, File):
                path = self.root / step.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self._real(step.text), encoding="utf-8")
            else:
                self._check(step)

    def _check(self, command: Command) -> None:
        self.commands += 1
        code, said = self._run(self._real(command.text))
        told = f"after `{command.text}`:\n{said}"
        assert code == command.code, f"exit code {code}, not {command.code}, {told}"
        shown, lines = ([*map(_steady, map(self._real, text))] for text in (command.shown, said.rstrip().splitlines()))
        assert agrees(shown, lines), told

    def _run(self, command: str) -> tuple[int, str]:
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.environment[name] = value
            return 0, ""
        words = shlex.split(command)
        if words[-1] == "&":
            return 0, self._start(words[:-1])
        if words[0] == "reconciler":
            with _environment(self.environment):
                return _in_process(words[1:])
        shell = {
            **os.environ,
            **_GIT,
            **self.environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.root, env=shell, stdout=-1, stderr=-2, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout

    def _start(self, words: list[str]) -> str:
        started = subprocess.Popen([sys.executable, "-m", *words], cwd=self.root, stdout=subprocess.PIPE, text=True)
        self.running.append(started)
        assert started.stdout is not None
        return started.stdout.readline()

    def _real(self, text: str) -> str:
        for shown, port in self.ports.items():
            text = text.replace(shown, port)
        return text

    def close(self) -> None:
        for each in self.running:
            each.terminate()
            each.wait(timeout=30)
            if each.stdout:
                each.stdout.close()


@contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _in_process(words: list[str]) -> tuple[int, str]:
    """Run the command line; what it says to stdout and stderr comes in the order in which it said it."""
    heard = io.BytesIO()
    stream = io.TextIOWrapper(heard, encoding="utf-8", write_through=True)
    output.speak_as(Common())
    with redirect_stdout(stream), redirect_stderr(stream):
        code = cli.run(words)
    return code, heard.getvalue().decode()


def _steady(line: str) -> str:
    return _CHANGING.sub(lambda found: f"<{found.lastgroup}>", line.rstrip())


def agrees(shown: list[str], said: list[str]) -> bool:
    """Whether an output is what a document shows, where `…` stands for any lines."""
    if not shown:
        return not said
    if shown[0] != "…":
        return bool(said) and shown[0] == said[0] and agrees(shown[1:], said[1:])
    return any(agrees(shown[1:], said[start:]) for start in range(len(said) + 1))
