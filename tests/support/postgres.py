"""A throw-away PostgreSQL cluster: real, in a folder of its own, reached through a socket in that folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

MISSING = (
    "PostgreSQL is not installed, and the ledger's contract has to be kept there too. On Debian and Ubuntu: "
    "`apt-get install postgresql`; elsewhere put `initdb` and `postgres` on the PATH."
)
_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=16MB"
_NAMES = count(1)


@dataclass(frozen=True)
class Cluster:
    """A running cluster; `stop` and `start` are for what happens to a ledger when its database goes away."""

    folder: Path
    programs: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def fresh(self) -> str:
        """Make an empty database and give its URL."""
        name = f"ledger_{os.getpid()}_{next(_NAMES)}"
        with psycopg.connect(self.url(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def version(self) -> str:
        with psycopg.connect(self.url()) as asked:
            return f"{asked.info.server_version // 10000}.{asked.info.server_version % 10000}"

    def cut(self) -> int:
        """End every other connection; give how many there were."""
        with psycopg.connect(self.url(), autocommit=True) as admin:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger%'"
            return len(admin.execute(others).fetchall())

    def start(self) -> None:
        log = str(self.folder / "log")
        options = f"{_OPTIONS} -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.folder / "data"))

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; it refuses root, so root runs it as the user of the package."""
        who = {"user": "postgres", "group": "postgres", "extra_groups": ()} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **who,
        )
        assert done.returncode == 0, done.stderr


def programs() -> Path:
    """The folder of PostgreSQL's programs: on the PATH, or where Debian puts the newest; a test fails without one."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = max(folders, key=lambda folder: int(folder.parent.name), default=None)
    if newest is None:
        pytest.fail(MISSING)
    return newest


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make, start and in the end remove a cluster."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        made = Cluster(folder, programs())
        made.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N", "--no-instructions")
        made.start()
        try:
            yield made
        finally:
            made.stop()
