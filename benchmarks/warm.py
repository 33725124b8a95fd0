"""How much a plan costs when earlier runs have read the organisation: requests, CPU seconds and memory.

`python benchmarks/warm.py [SIZE...]`, by default 1,000, 10,000 and 50,000 MCP servers, prints the table; with --write
it also becomes the section of benchmarks/RESULTS.md. The organisation is an emulator in a process of its own.
"""

import argparse
import math
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sections
import study
import worlds
from measure import RECONCILER, Emulator, Job, Requests, Spent, emulator, median, once, pace

TITLE = "## Plans of an organisation that an earlier run has read"
COLD, WARM, CHANGED, APPLIED = "plan, first reading", "plan, nothing to do", "plan, 1 % changed", "apply, nothing to do"
_PAGE = 200
_SLACK = 5
_SECONDS, _MEBIBYTES, _EXPONENT = 2.0, 300, 1.1
_PROMISED_AT = 10_000
_ONCE_FROM = 20_000
_TIMES = 9


@dataclass(frozen=True, slots=True)
class Warm:
    """What one command took at one size; `changed` is how many objects it had to read again."""

    what: str
    servers: int
    changed: int
    requests: Requests
    runs: tuple[Spent, ...]
    paces: tuple[float, ...]
    """How long a fixed piece of work took before each run."""

    @property
    def spent(self) -> Spent:
        """The median of all runs."""
        return median(self.runs)

    @property
    def least(self) -> float:
        """CPU seconds of the run that was disturbed least: others can only add to what the program itself needs."""
        return min(run.cpu for run in self.runs)

    @property
    def pages(self) -> int:
        """Of MCP servers, and the one of custom authorization servers."""
        return -(-self.servers // _PAGE) + 1

    @property
    def allowed(self) -> int:
        return self.pages + self.changed + _SLACK


def measure(folder: Path, servers: int) -> Iterator[Warm]:
    """Measure one size: everything is as the manifests say, then one document in a hundred is not."""
    world = worlds.registry(folder / "ours", servers)
    times = 1 if servers >= _ONCE_FROM else _TIMES
    with emulator(study.filled(folder, servers)) as organisation:
        worlds.point(world.root, organisation.url)
        yield _measured(COLD, world, organisation, Run(servers, 1))
        yield _measured(WARM, world, organisation, Run(0, times))
        yield _measured(APPLIED, world, organisation, Run(0, 1, ("apply", "--auto-approve", "--quiet")))
        changed = worlds.change_one_percent(world)
        yield _measured(CHANGED, world, organisation, Run(changed, times, expected=study.CHANGES))


@dataclass(frozen=True, slots=True)
class Run:
    """A command, how often it runs, and how many objects it has to read."""

    changed: int
    times: int
    command: Sequence[str] = ("plan", "--detailed-exitcode")
    expected: int = 0


def _measured(what: str, world: worlds.World, organisation: Emulator, run: Run) -> Warm:
    kept = {"XDG_CACHE_HOME": str(world.root.parent / "cache")}
    job = Job((*RECONCILER, *run.command), world.root, run.expected, study.ENVIRONMENT | kept)
    runs, paces = [], []
    for _ in range(run.times):
        paces.append(pace())
        organisation.forget()
        runs.append(once(job))
    row = Warm(what, world.servers, run.changed, organisation.requests(), tuple(runs), tuple(paces))
    print("  ".join(f"{cell:>20}" for cell in _cells(row)), flush=True)
    return row


_HEAD = (
    "command",
    "servers",
    "pages",
    "requests",
    "allowed",
    "writes",
    "runs",
    "CPU s",
    "least",
    "peak MiB",
    "pace s",
)


def _cells(row: Warm) -> tuple[str, ...]:
    return (
        row.what,
        f"{row.servers:,}",
        f"{row.pages:,}",
        f"{row.requests.reads:,}",
        f"{row.allowed:,}",
        f"{row.requests.writes:,}",
        f"{len(row.runs)}",
        f"{row.spent.cpu:.2f}",
        f"{row.least:.2f}",
        f"{row.spent.peak:.0f}",
        f"{min(row.paces):.2f} to {max(row.paces):.2f}",
    )


def exponent(rows: Sequence[Warm], what: str) -> float | None:
    """Give the slope of CPU seconds over size on logarithmic scales, from the smallest size to the largest."""
    ends = sorted((row.servers, row.spent.cpu) for row in rows if row.what == what)
    if len(ends) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    (small, quick), (large, slow) = ends[0], ends[-1]
    return math.log(slow / quick) / math.log(large / small)


def verdicts(rows: Sequence[Warm]) -> Iterator[tuple[str, str, str]]:
    """What was promised, what was measured, and whether that is met."""
    over = [f"{row.what} of {row.servers:,}" for row in rows if row.requests.reads > row.allowed]
    yield ("requests at most pages + objects to read + 5", ", ".join(over) or "in each run", _met(not over))
    writes = sum(row.requests.writes for row in rows)
    yield ("a plan, and an apply with nothing to do, send no write", f"{writes} writes", _met(writes == 0))
    for row in rows:
        if (row.what, row.servers) == (CHANGED, _PROMISED_AT):
            text = f"{row.spent.cpu:.2f} s (least {row.least:.2f} s), {row.spent.peak:.0f} MiB"
            met = row.spent.cpu < _SECONDS and row.spent.peak < _MEBIBYTES
            yield ("10,000 servers, 1 % changed: under 2 s of CPU and 300 MiB", text, _met(met))
    for what in (WARM, CHANGED):
        slope = exponent(rows, what)
        if slope is not None:
            yield (f"{what}: CPU grows with an exponent of at most 1.1", f"{slope:.2f}", _met(slope <= _EXPONENT))


def _met(yes: bool) -> str:  # noqa: FBT001 - a verdict in, a word out
    return "yes" if yes else "**no**"


def section(rows: Sequence[Warm]) -> str:
    """The part of the results page."""
    said = (
        "Written by `make bench-warm`. Children of objects (here one row of each MCP server) are read again only\n"
        "where something moved; `allowed` is pages + objects to read + 5. CPU is that of our whole process, start-up\n"
        f"included, in {platform.python_implementation()} {platform.python_version()} as {_maker()} built it: the\n"
        "median of all runs, with the run that was disturbed least beside it. `pace` is what one\n"
        "fixed piece of work took before each run: where it varies, somebody else slows the processor down, and a\n"
        "second of CPU holds less. The first run with 1 % changed compares all that the apply has written down, the\n"
        "later ones what may have changed since."
    )
    table = _grid(_HEAD, [_cells(row) for row in rows])
    return f"{TITLE}\n\n{said}\n\n{_grid(('promised', 'measured', 'met'), list(verdicts(rows)))}\n\n{table}\n"


def _maker() -> str:
    """Who built the interpreter: one that was not optimized by a profile takes an eighth more for the same work."""
    return platform.freedesktop_os_release()["NAME"] if Path(sys.base_prefix) == Path("/usr") else "somebody"


def _grid(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 50_000])
    parser.add_argument("--write", action="store_true", help="also make it the section of benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    rows: list[Warm] = []
    print("  ".join(f"{cell:>20}" for cell in _HEAD))
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory(prefix="reconciler-warm-") as folder:
            rows += measure(Path(folder), size)
    for line in verdicts(rows):
        print(" | ".join(line))
    if chosen.write:
        sections.write(section(rows))


if __name__ == "__main__":
    main()
