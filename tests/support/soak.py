"""`make soak`: everything that may stop an apply, many times, on both databases at once; writes docs/kills.md."""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "kills.md"
DATABASES = ("SQLite", "PostgreSQL")
_HEAD = """\
# An apply that is stopped at any moment

`make soak` wrote this page. It applies plans of about 30 changes (creates, updates, replaces, moves, deletes; some 60
steps) to the emulated organisation behind a socket, stops them in every way below, resumes them
until nothing is left to do, and then looks at the organisation itself, at the journal, and at a new plan.

- **duplicates**: objects that are there twice.
- **repeats**: writes of a step that an earlier part of the run had verified.
- **unconverged**: ends at which the organisation was not as wished, or a plan found something to do.
- **troubles**: exits with another code than expected, without the command that resumes, without a sentence that says
  what is wrong, with a lock left behind by who could have given it back, or with something sent that could not be
  written down.

Each apply is the whole command in a process of its own. *Each boundary* kills it right before and right after every
transaction of its journal, {stride} transactions of a run apart, in as many rounds as it takes to have had each. Disks
are small ones of their own that are filled, or mounted read-only; *file too large* lets no file of the ledger grow.

| database | stopped by | rounds | blows | resumes | duplicates | repeats | unconverged | troubles |
|---|---|---|---|---|---|---|---|---|
"""
STRIDE = 8
_MOST = "SIGKILL at random moments"
"""What takes as long as all the rest."""


def main() -> None:
    """Go through everything on both databases at once, the most of it in processes of their own; write the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="at random moments, on each database; others in scale")
    parser.add_argument("--only", default="", help="only ways whose name has this in it")
    parser.add_argument("--skip", help="no ways whose name has this in it")
    parser.add_argument("--database", choices=DATABASES, help="only this one, told line by line")
    chosen = parser.parse_args()
    if chosen.database:
        for row in _gone_through(chosen.database, chosen.kills, partial(_is_wanted, chosen.only, chosen.skip)):
            sys.stderr.writelines(f"{line}\n" for line in (_line(row), *row["troubles"]))
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
        return
    began = time.monotonic()
    program = [sys.executable, __file__, "--kills", str(chosen.kills)]
    parts = [("--only", chosen.only)] if chosen.only else [("--only", _MOST), ("--skip", _MOST)]
    running = [
        subprocess.Popen([*program, "--database", name, *part], stdout=subprocess.PIPE, text=True)
        for name in DATABASES
        for part in parts
    ]
    rows = [json.loads(line) for each in running for line in each.communicate()[0].splitlines()]
    lines = [_line(row) for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    if not chosen.only:
        PAGE.write_text(_HEAD.format(stride=STRIDE) + "\n".join(lines) + "\n\n" + _foot(rows, began), encoding="utf-8")
    clean = all(_figures(row)[3:] == (0, 0, 0, 0) for row in rows)
    sys.exit(0 if clean and not any(each.returncode for each in running) else 1)


def _is_wanted(only: str, skip: str | None, name: str) -> bool:
    return only in name and (skip is None or skip not in name)


def _figures(row: dict[str, Any]) -> tuple[int, ...]:
    names = ("rounds", "blows", "resumes", "duplicates", "repeats", "unconverged")
    return (*(int(row[name]) for name in names), len(row["troubles"]))


def _line(row: dict[str, Any]) -> str:
    return f"| {' | '.join(map(str, (row['database'], row['cause'], *_figures(row))))} |"


def _foot(rows: list[dict[str, Any]], began: float) -> str:
    blows, resumes = (sum(row[name] for row in rows) for name in ("blows", "resumes"))
    return (
        f"{blows} blows and {resumes} resumes in {(time.monotonic() - began) / 60:.0f} minutes on {os.cpu_count()} "
        f"cores; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{next(row['server'] for row in rows if row['server'])}.\n"
    )


def _gone_through(database: str, kills: int, wanted: Callable[[str], bool]) -> Iterator[dict[str, Any]]:
    """Strike in each way that there is for a database; give a row of the table each."""
    _be_found()
    from tests.support import blows

    with ExitStack() as open_:
        cluster = open_.enter_context(_cluster()) if database == "PostgreSQL" else None
        said = f"PostgreSQL {cluster.version()}" if cluster else ""
        with _stage(cluster, on_disk=False) as fighting:
            ways = {"SIGKILL at each boundary": partial(blows.boundaries, fighting, STRIDE)}
            for cause, (way, times) in blows.CAUSES.items():
                if database in way.databases and not way.on_disk:
                    ways[cause] = partial(blows.fight, fighting, way, max(2, times * kills // 1000))
            yield from _rows(database, said, fighting, {name: ways[name] for name in ways if wanted(name)})
        disks = {name: (way, times) for name, (way, times) in blows.CAUSES.items() if way.on_disk and wanted(name)}
        if database == "SQLite" and disks:
            with _stage(cluster, on_disk=True) as fighting:
                ways = {
                    name: partial(blows.fight, fighting, way, max(2, times * kills // 1000))
                    for name, (way, times) in disks.items()
                }
                yield from _rows(database, said, fighting, ways)


def _rows(database: str, server: str, fighting: Any, ways: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cause, way in ways.items():
        fighting.stage.renew()
        yield {"database": database, "server": server, "cause": cause, **asdict(way())}


@contextmanager
def _stage(cluster: Any, *, on_disk: bool) -> Iterator[Any]:
    from tests.support import blows
    from tests.support.kills import Stage

    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        stage = Stage(Path(folder), cluster.fresh() if cluster else "")
        disk = open_.enter_context(blows.Disk(stage)) if on_disk else None
        open_.enter_context(stage)
        yield blows.at_rest(stage, cluster=cluster, disk=disk)


def _cluster() -> Any:
    from tests.support.postgres import cluster

    return cluster()


def _be_found() -> None:
    """Let the tests be imported as `tests`, whatever other package of that name is installed."""
    tests = types.ModuleType("tests")
    tests.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = tests


if __name__ == "__main__":
    main()
