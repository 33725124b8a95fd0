"""The command line as a process of its own that does not import everything anew.

A server that has imported the program forks one process for each command: it has its own folder, environment, streams
and exit code, and is what a person would start but for the second of imports. Signals, terminals and the entry point
itself are tested with the installed command.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_NEEDED = (
    "reconciler.app.readiness",
    "reconciler.app.subjects",
    "reconciler.backends.okta",
    "reconciler.cli.apply",
    "reconciler.cli.drift",
    "reconciler.cli.plan",
    "reconciler.cli.stopping",
    "reconciler.emulator.app",
    "reconciler.ledger.notes",
    "reconciler.ledger.runs",
    "reconciler.oauth.gate",
    "reconciler.render.machine",
    "reconciler.render.terminal",
    "deepdiff",
    "httpcore",
    "sqlalchemy.dialects.sqlite",
)
"""What most commands import; the rest they import themselves."""


@dataclass(frozen=True)
class Ended:
    """The exit code of a command and what it wrote."""

    code: int
    out: str
    err: str


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> Ended:
    """Run one command to its end, at most for so many seconds."""
    with TemporaryDirectory() as place:
        out, err = Path(place) / "out", Path(place) / "err"
        asked = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(asked | {"out": str(out), "err": str(err)}) + "\n")
        server.stdin.flush()
        ready, _, _ = select.select([server.stdout], [], [], patience)
        if not ready:
            server.kill()
            _server.cache_clear()
            raise TimeoutError(f"{arguments} did not end in {patience:.0f} s")
        return Ended(int(server.stdout.readline()), out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@cache
def _server() -> subprocess.Popen[str]:
    """One for this process; it ends with its input."""
    started = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(started.__exit__, None, None, None)
    return started


def serve() -> None:
    """Fork a process for each line of input, wait for it, and answer its exit code."""
    for name in _NEEDED:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def become(asked: Any) -> None:
    """Turn this process into the command."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for number, path in enumerate((os.devnull, asked["out"], asked["err"])):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, "w" if number else "r", encoding="utf-8") for number in range(3)
    )
    sys.argv = ["reconciler", *asked["arguments"]]

    from reconciler.__main__ import main

    main()


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, in which modules have the names of others
    serve()
