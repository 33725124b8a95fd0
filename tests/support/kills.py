"""Killing an apply, and resuming it, until nothing is left to do; then looking at what came of it.

Every apply is the whole command in a process of its own, forked from one that has imported everything, so that a
thousand kills take minutes. The organisation is the emulator behind a socket. Two registries take turns: what one
wishes for, the other takes away, so that each round makes, changes, replaces, moves and deletes objects anew.
"""

import argparse
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from reconciler import cli
from reconciler.backends.okta import driver
from reconciler.core.history import Run
from reconciler.core.journal import Phase
from reconciler.engine import perform
from reconciler.ledger import Place, history, scribe
from reconciler.ledger.store import Ledger

TOKEN = "local-development-token"
HEADERS = {"Authorization": f"SSWS {TOKEN}"}
SERVERS = "/resource-servers/api/v1/mcp-servers"
CUSTOM = "/api/v1/authorizationServers"
_ATTEMPTS = 40
_SERVER = """---
apiVersion: reconciler/v1
kind: McpServer
metadata: {{name: {name}{absent}}}
spec:
  resourceUrl: https://{host}.mcp.test/mcp
  displayName: {name}
  description: {description}
  state: {state}
  authorizationServers: [{server}]
"""
_EXTERNAL = """---
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: idp}
spec:
  type: external
  issuer: https://idp.auth.test
  discovery: static
  oauth:
    authorizationEndpoint: https://idp.auth.test/authorize
    tokenEndpoint: https://idp.auth.test/token
    grantTypes: [authorization_code]
    source: a test
    reviewBy: 2099-01-01
"""
_CUSTOM = """---
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: {name}{absent}}}
spec:
  type: okta
  displayName: {name}
  audience: api://{name}
  description: {description}
  scopes: [{{name: "{name}:read"}}]
"""


@dataclass(frozen=True)
class Size:
    """How many objects of each fate a round has; without `custom`, no custom authorization servers."""

    made: int = 5
    updated: int = 6
    replaced: int = 4
    moved: int = 4
    custom: int = 2

    def registry(self, side: int) -> str:
        """The manifests of one of the two sides."""
        return _EXTERNAL + "".join(self._documents(side))

    def _documents(self, side: int) -> Iterator[str]:
        for mine in (0, 1):
            absent = "" if mine == side else ", state: absent"
            for number in range(self.made):
                yield server(f"made{mine}-{number}", absent=absent)
            for number in range(self.custom):
                yield _CUSTOM.format(name=f"custom{mine}-{number}", absent=absent, description="made")
                yield server(f"leans{mine}-{number}", absent=absent, leans=f"custom{mine}-{number}")
        for number in range(self.updated):
            yield server(f"updated-{number}", description=f"as side {side} says")
        for number in range(self.replaced):
            yield server(f"replaced-{number}", host=f"replaced{side}-{number}")
        for number in range(self.moved):
            yield server(f"moved-{number}", state=("active", "inactive")[(side + number) % 2])

    def wished(self, side: int) -> dict[str, tuple[str, str]]:
        """What must be there after a round: the state and description of each server, by the host of its URL."""
        found = {f"made{side}-{number}": ("ACTIVE", "made") for number in range(self.made)}
        found |= {f"leans{side}-{number}": ("ACTIVE", "made") for number in range(self.custom)}
        found |= {f"updated-{number}": ("ACTIVE", f"as side {side} says") for number in range(self.updated)}
        found |= {f"replaced{side}-{number}": ("ACTIVE", "made") for number in range(self.replaced)}
        states = ("ACTIVE", "INACTIVE")
        return found | {f"moved-{number}": (states[(side + number) % 2], "made") for number in range(self.moved)}

    def names(self, side: int) -> list[str]:
        """The names of the custom authorization servers that must be there."""
        return [f"custom{side}-{number}" for number in range(self.custom)]


def server(name: str, *, host: str = "", absent: str = "", leans: str = "idp", **said: str) -> str:
    words = {"description": "made", "state": "active", **said}
    return _SERVER.format(name=name, host=host or name, absent=absent, server=leans, **words)


@dataclass
class Count:
    """What came of it. The last three have to stay 0."""

    rounds: int = 0
    kills: int = 0
    resumes: int = 0
    duplicates: int = 0
    repeats: int = 0
    unconverged: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.duplicates or self.repeats or self.unconverged or self.troubles)


class Stage:
    """A project, an emulator behind a socket, and a ledger."""

    def __init__(self, root: Path, ledger_url: str = "", size: Size = Size()) -> None:
        self.root = root
        self.size = size
        self.place = Place(url=ledger_url) if ledger_url else Place(root / ".reconciler" / "ledger.sqlite")
        self.emulator: subprocess.Popen[str] | None = None
        self.base = ""
        self.port = "0"
        self.count = Count()
        (root / "registry.d").mkdir()

    def __enter__(self) -> Self:
        self.start()
        ledger = "" if self.place.file else f"ledger: {{url: '{self.place.url}'}}\n"
        (self.root / "reconciler.yaml").write_text(
            f"apiVersion: reconciler/v1\n{ledger}guards: {{budgets: {{}}}}\n"
            "environments:\n  local:\n    target:\n      type: okta\n"
            f"      orgUrl: {self.base}\n      auth: {{apiToken: {{fromEnv: OKTA_API_TOKEN}}}}\n"
        )
        os.environ["OKTA_API_TOKEN"] = TOKEN
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the organisation, at the port that it had before."""
        program = [sys.executable, "-m", "reconciler", "emulator", "serve", "--port", self.port]
        state = str(self.root / "okta.sqlite")
        options = ["--state", state, "--operation-delay", "0.03", "--switch", "rate-limit=0"]
        self.emulator = subprocess.Popen([*program, *options], stdout=subprocess.PIPE, text=True)
        assert self.emulator.stdout is not None
        self.base = self.emulator.stdout.readline().strip()
        self.port = self.base.rpartition(":")[2]

    def stop(self) -> None:
        if self.emulator is not None:
            self.emulator.terminate()
            self.emulator.wait()
            assert self.emulator.stdout is not None
            self.emulator.stdout.close()

    # -- one command ---------------------------------------------------------------------------------------------------

    def begin(self, *arguments: str, sabotage: Callable[[], object] = lambda: None) -> int:
        """Fork a process that runs one command; give its id."""
        child = os.fork()
        if child:
            return child
        try:
            os.setpgid(0, 0)
            sink = os.open(self.root / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            sys.stdout = sys.stderr = os.fdopen(sink, "w", encoding="utf-8", buffering=1)
            os.chdir(self.root)
            driver.Patience = partial(driver.Patience, first=0.02, longest=0.2, shortest=0.01)  # type: ignore[assignment,misc]
            perform.DOUBT_SECONDS = 0.6
            sabotage()
            code = cli.run([*arguments])
        except BaseException:  # noqa: BLE001 - a forked process must never go on as its parent
            import traceback

            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        os._exit(code)

    def run(self, *arguments: str, sabotage: Callable[[], object] = lambda: None) -> int:
        """Run one command to its end; give its exit code, 137 when it was killed."""
        return ended(self.begin(*arguments, sabotage=sabotage))

    def said(self) -> str:
        return (self.root / "said.txt").read_text(encoding="utf-8")

    def wish(self, side: int) -> None:
        (self.root / "registry.d" / "all.yaml").write_text(self.size.registry(side), encoding="utf-8")

    def release(self) -> None:
        """What a person does who knows that the holder is dead: `state unlock`."""
        with Ledger.open(self.place, self.base) as book:
            for lock in history.locks(self.place):
                book.unlock(lock.fence)

    # -- one round -----------------------------------------------------------------------------------------------------

    def round(self, side: int, attempt: Callable[[tuple[str, ...]], int]) -> None:
        """Apply one side, by attempts that may be killed, and judge what is there in the end."""
        self.wish(side)
        before = self.runs()
        command: tuple[str, ...] = ("apply", "--gate", "off", "--auto-approve", "--allow-delete")
        for _ in range(_ATTEMPTS):
            code = attempt(command)
            if code == 0:
                break
            self.release()
            if self.runs() > before:
                command = ("apply", "--gate", "off", "--resume")
                self.count.resumes += 1
            if code == 4 and "is complete" in self.said():
                break  # it was killed after its last line
            if code not in {137, 130, 7}:
                self.count.troubles.append(f"exit {code}: {self.said()[-600:]}")
        self.judge(side)

    def runs(self) -> int:
        return len(history.runs(self.place, self.base))

    def judge(self, side: int) -> None:
        """Look at the organisation itself and at the journal; then plan once more."""
        self.count.rounds += 1
        servers = self.read(SERVERS)
        hosts = [each["resourceUrl"].removeprefix("https://").partition(".")[0] for each in servers]
        names = [each["name"] for each in self.read(CUSTOM) if each["name"].startswith("custom")]
        self.count.duplicates += len(hosts) - len(set(hosts)) + len(names) - len(set(names))
        found = {
            host: (each["status"], (each.get("metadata") or each).get("description"))
            for host, each in zip(hosts, servers, strict=True)
        }
        self.count.repeats += repeats(self.place, self.base)
        wished = self.size.wished(side)
        if (
            found != wished
            or sorted(names) != self.size.names(side)
            or self.run("plan", "--gate", "off", "--detailed-exitcode") != 0
        ):
            self.count.unconverged += 1
            self.count.troubles.append(f"{sorted(set(found.items()) ^ set(wished.items()))}\n{self.said()[-900:]}")

    def read(self, path: str) -> list[dict[str, Any]]:
        reply = httpx.get(self.base + path, params={"limit": 200}, headers=HEADERS).json()
        items: list[dict[str, Any]] = reply["data"] if isinstance(reply, dict) else reply
        return items


def ended(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def repeats(place: Place, organisation: str) -> int:
    """How often the last run has sent something of a step that it had verified before."""
    last: Run = history.runs(place, organisation)[0]
    done: set[str] = set()
    again = 0
    for line in history.run(place, organisation, last.id)[1]:
        if line.phase is Phase.VERIFIED:
            done.add(line.step)
        again += line.phase is Phase.INTENT and line.step in done
    return again


# -- ways to kill ------------------------------------------------------------------------------------------------------


def at_line(number: int, *, before: bool) -> Callable[[], None]:
    """Let a process kill itself right before, or right after, so many transactions of its journal."""

    def sabotage() -> None:
        commit = scribe.Scribe._commit
        left = [number]

        def doomed(self: Any, entries: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and before:
                os.kill(os.getpid(), signal.SIGKILL)
            error = commit(self, entries)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return error

        scribe.Scribe._commit = doomed  # type: ignore[method-assign]

    return sabotage


def boundaries(stage: Stage, *, step: int = 1) -> Count:
    """Kill one apply at each boundary of its journal, one round each, until a run is too short to have it."""
    side, number = 0, 1
    stage.round(side, lambda command: stage.run(*command))
    while True:
        side = 1 - side
        killed = 0
        for before in (True, False):
            side = 1 - side
            first = [at_line(number, before=before)]

            def attempt(command: tuple[str, ...], first: list[Callable[[], None]] = first) -> int:
                code = stage.run(*command, sabotage=first.pop() if first else lambda: None)
                if code == 137:
                    stage.count.kills += 1
                return code

            kills = stage.count.kills
            stage.round(side, attempt)
            killed += stage.count.kills - kills
        if not killed:
            return stage.count
        number += step


def moments(stage: Stage, kills: int, seed: int = 1, signals: tuple[int, ...] = (signal.SIGKILL,)) -> Count:
    """Kill at random moments until there were so many kills; most resumed applies are killed again."""
    dice = random.Random(seed)
    began = time.monotonic()
    stage.round(0, lambda command: stage.run(*command))
    long = time.monotonic() - began
    side = 0

    def attempt(command: tuple[str, ...]) -> int:
        if stage.count.kills >= kills:
            return stage.run(*command)
        child = stage.begin(*command)
        time.sleep(dice.uniform(0.05, long))
        with suppress(ProcessLookupError):
            os.kill(child, dice.choice(signals))
        code = ended(child)
        stage.count.kills += code in {137, 130}
        return code

    while stage.count.kills < kills:
        side = 1 - side
        stage.round(side, attempt)
    return stage.count


def _beside(name: str) -> Any:
    """A module of this folder, also where this one runs as a program."""
    spec = importlib.util.spec_from_file_location(f"soak_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], str]]]:
    """Both databases: how to get the URL of a fresh one; empty for a file."""
    with _beside("postgres").cluster() as postgres:
        yield {"SQLite": lambda: "", "PostgreSQL": postgres.fresh}


def main() -> None:
    """`make soak`: the table of kills, on both databases."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="at random moments, on each database")
    parser.add_argument("--step", type=int, default=1, help="every so many boundaries of the journal")
    chosen = parser.parse_args()
    sys.stdout.write(
        "| database | killed at | rounds | kills | resumes | duplicates | repeats | unconverged | seconds |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|---|---|---|\n")
    with databases() as found:
        for name, fresh in found.items():
            for where, soak in (
                ("each boundary", partial(boundaries, step=chosen.step)),
                ("random moments", partial(moments, kills=chosen.kills)),
            ):
                with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), fresh()) as stage:
                    began = time.monotonic()
                    count = soak(stage)
                    numbers = (count.rounds, count.kills, count.resumes, count.duplicates, count.repeats)
                    shown = " | ".join(map(str, (*numbers, count.unconverged, round(time.monotonic() - began))))
                    sys.stdout.write(f"| {name} | {where} | {shown} |\n")
                    sys.stdout.flush()
                    sys.stderr.write(json.dumps(count.troubles[:5], indent=1) + "\n")


if __name__ == "__main__":
    main()
