"""The command line without its start: a process that has imported it and forks a child for each call.

A call of the installed program costs a second of CPU before it does anything. `client` writes a script that hands its
arguments, folder, environment and streams to the process behind a socket, and ends as the child there ends.
"""

import gc
import importlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

_CLIENT = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as call:
    call.connect({address!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(call, [len(said).to_bytes(4, "big")], [1, 2])
    call.sendall(said)
    sys.exit(int(call.recv(8) or b"70"))
"""


@contextmanager
def client(folder: Path) -> Iterator[Path]:
    """Give the script that stands for the installed program until the block ends."""
    address = folder / "warm.socket"
    script = folder / "reconciler"
    script.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    script.chmod(0o755)
    command = [sys.executable, __file__, str(address)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield script
        finally:
            process.kill()


def _import_what_children_need() -> None:
    """Also what the program imports late, and its libraries: without a part of this, calls are as right, and slower."""
    for name in (
        *("alembic.command", "alembic.runtime.migration", "deepdiff", "httpcore", "psycopg"),
        "sqlalchemy.dialects.postgresql.psycopg",
        *(
            f"reconciler.app.{name}"
            for name in ("applying", "assessment", "drifting", "hosting", "offline", "reference")
        ),
        *("reconciler.cli.faults", "reconciler.manifests.rules", "reconciler.manifests.schema", "reconciler.policy"),
        *("reconciler.render.answers", "reconciler.github", "reconciler.ledger.runs", "reconciler.oauth.probe"),
    ):
        importlib.import_module(name)


def serve(address: str) -> None:
    """Answer calls one after the other, each in a child of its own."""
    _import_what_children_need()
    from reconciler.cli import run

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for command in (
            ("init",),
            ("plan", "--report", f"{folder}/plan.html"),
        ):  # what is made once in a process is made here
            assert run([command[0], "--chdir", folder, *command[1:]]) == 0
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        gc.collect()
        gc.freeze()  # no child is to look at what was there before it, and copy it by looking
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            call, _ = door.accept()
            with call:
                if (child := os.fork()) == 0:
                    door.close()
                    os._exit(_answer(call))
                os.waitpid(child, 0)


def _answer(call: socket.socket) -> int:
    from reconciler.cli import run

    size, streams, _, _ = socket.recv_fds(call, 4, 2)
    said = b""
    while len(said) < int.from_bytes(size, "big"):
        said += call.recv(1 << 16)
    arguments, folder, environment = json.loads(said)
    for stream, number in zip(streams, (1, 2), strict=True):
        os.dup2(stream, number)
    if encoding := environment.get("PYTHONIOENCODING"):  # as the interpreter does where it starts
        sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding=encoding, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    code = run(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    call.sendall(str(code).encode())
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
