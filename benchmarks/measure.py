"""Measuring: whole processes by what the kernel counted for them, and the emulator as the process next door."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

N = TypeVar("N", bound=Hashable)
TOKEN = "benchmark-token"  # noqa: S105 - opens nothing but the emulator that this program starts
RECONCILER = (sys.executable, "-m", "reconciler")
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of what is measured: an installed program has bytecode, and does not compile itself every time."""
FRESH = {"XDG_CACHE_HOME": os.devnull}
"""Unless a job says otherwise, nothing is kept for the user between runs, as on a fresh runner."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process and its children cost: seconds of CPU (user and system), seconds of wall, peak MiB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True, slots=True)
class Job:
    """A command to measure, and the exit code that tells that it did what it should."""

    command: Sequence[str]
    folder: Path
    expected: int = 0
    environment: Mapping[str, str] | None = None


def once(job: Job) -> Spent:
    """Run a job and give what it cost; stop the benchmark when it did not do what it should."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            job.command,
            cwd=job.folder,
            env=INSTALLED | FRESH | dict(job.environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != job.expected:
            output.seek(max(output.tell() - 3000, 0))
            said = output.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(job.command)} in {job.folder} ended with {process.returncode}:\n{said}")
    return Spent(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def pace() -> float:
    """CPU seconds of one fixed piece of work, at this moment.

    On a virtual machine it varies by half and more from minute to minute without any load of ours: whoever shares the
    processor makes each instruction slower, and CPU seconds count that as if it were ours.
    """
    began, total = time.process_time(), 0
    for number in range(3_000_000):
        total += number
    return time.process_time() - began


def alternating(jobs: Mapping[N, Job], times: int) -> dict[N, list[Spent]]:
    """Run several jobs in turns, so that a noisy minute hits all of them alike."""
    rounds: dict[N, list[Spent]] = {name: [] for name in jobs}
    for _ in range(times):
        for name, job in jobs.items():
            rounds[name].append(once(job))
    return rounds


def median(runs: Sequence[Spent]) -> Spent:
    """The median of each figure by itself."""
    return Spent(*(statistics.median(getattr(run, name) for run in runs) for name in ("cpu", "wall", "peak")))


def ratio(ours: Sequence[Spent], theirs: Sequence[Spent]) -> float:
    """The median over rounds of our CPU seconds by theirs."""
    return statistics.median(mine.cpu / other.cpu for mine, other in zip(ours, theirs, strict=True))


@dataclass(frozen=True, slots=True)
class Requests:
    """HTTP requests that the organisation saw."""

    reads: int = 0
    writes: int = 0


class Emulator:
    """An emulated organisation in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def forget(self) -> None:
        """Count requests from zero."""
        self._ask("DELETE")

    def requests(self) -> Requests:
        """Give the requests since they were last forgotten."""
        seen = json.loads(self._ask("GET"))
        return Requests(seen["reads"], seen["writes"])

    def _ask(self, method: str) -> bytes:
        headers = {"Authorization": f"SSWS {TOKEN}"}
        request = urllib.request.Request(f"{self.url}/_emulator/requests", method=method, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the URL of our own process
            body: bytes = response.read()
        return body


@contextmanager
def emulator(state: Path) -> Iterator[Emulator]:
    """Serve an organisation over loopback, without limits and without delays, until the block ends."""
    switches = ("--switch", "rate-limit=0", "--switch", "max-servers=0", "--operation-delay", "0")
    command = [*RECONCILER, "emulator", "serve", "--port", "0", "--state", str(state), "--api-token", TOKEN, *switches]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit("The emulator did not start.")
        try:
            yield Emulator(url)
        finally:
            process.terminate()
            process.wait(30)
