"""The command line without its start: a process that has imported it and forks a child for each call.

A call of the installed program costs a second of CPU before it does anything. `client` writes a script that hands its
arguments, folder, environment and streams to the process behind a socket, and ends as the child there ends.
"""

import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
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


SHARED = "WARM_RECONCILER"
"""The variable that names the door of one that all workers of a run share."""


@contextmanager
def server(folder: Path) -> Iterator[Path]:
    """Start such a process, which ends with the block or with this one; give its door, where calls wait for it."""
    address = folder / "warm.socket"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(address))
        door.listen()
        command = [sys.executable, __file__, str(door.fileno())]
        quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        process = subprocess.Popen(command, pass_fds=[door.fileno()], **quiet)
    with process:
        try:
            yield address
        finally:
            process.kill()


@contextmanager
def client(folder: Path) -> Iterator[Path]:
    """Give the script that stands for the installed program until the block ends."""
    with ExitStack() as stack:
        address = os.environ.get(SHARED) or str(stack.enter_context(server(folder)))
        script = folder / "reconciler"
        script.write_text(_CLIENT.format(python=sys.executable, address=address))
        script.chmod(0o755)
        yield script


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


def serve(number: int) -> None:
    """Answer what comes to the door with this number, each call in a child of its own, until the parent is gone."""
    _import_what_children_need()
    from reconciler.cli import run

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        os.environ["XDG_CACHE_HOME"] = folder
        for command in (
            ("init",),
            ("plan", "--report", f"{folder}/plan.html"),
        ):  # what is made once in a process is made here
            assert run([command[0], "--chdir", folder, *command[1:]]) == 0
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: several may be at work
    gc.collect()
    gc.freeze()  # no child is to look at what was there before it, and copy it by looking
    with socket.socket(fileno=number) as door:
        while door in select.select([door, sys.stdin], [], [])[0]:
            call, _ = door.accept()
            with call:
                if os.fork() == 0:
                    door.close()
                    os._exit(_answer(call))


def _answer(call: socket.socket) -> int:
    from reconciler.cli import run

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
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
    serve(int(sys.argv[1]))
