"""An apply that something stops again and again, resumed until nothing is left to do; then what came of it is judged.

Every apply is the whole command in a process of its own, forked from one that has imported everything, so that a
thousand kills take minutes. The organisation is the emulator behind a socket, the database a real one. Two registries
take turns: what one wishes for, the other takes away, so that each round makes, changes, replaces, moves and deletes
objects anew. `blows` has the ways to stop an apply, `soak` the program that goes through all of them.
"""

import gc
import importlib
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from reconciler import app, cli
from reconciler.backends.okta import driver
from reconciler.core import plan_file
from reconciler.core.history import Run
from reconciler.core.journal import Phase
from reconciler.engine import perform
from reconciler.ledger import Place, hand, history
from reconciler.ledger.lease import Claim
from reconciler.ledger.store import Ledger

TOKEN = "local-development-token"
HEADERS = {"Authorization": f"SSWS {TOKEN}"}
SERVERS = "/resource-servers/api/v1/mcp-servers"
CUSTOM = "/api/v1/authorizationServers"
_ATTEMPTS = 80
_NEEDED = (
    "reconciler.cli.apply",
    "reconciler.cli.stopping",
    "reconciler.backends.okta.driver",
    "reconciler.ledger.notes",
    "reconciler.ledger.readings",
    "reconciler.ledger.runs",
    "reconciler.render.diagnostics",
    "reconciler.render.machine",
    "reconciler.render.terminal",
    "deepdiff",
    "httpcore",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)
"""What an apply imports when it is needed: read once, before the first process is forked."""
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
    blows: int = 0
    resumes: int = 0
    duplicates: int = 0
    repeats: int = 0
    unconverged: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.duplicates or self.repeats or self.unconverged or self.troubles)


APPLY = ("apply", "--gate", "off", "--auto-approve", "--allow-delete")
RESUME = ("apply", "--gate", "off", "--resume")
KILLED = frozenset({137})


class Stage:
    """A project, an emulator behind a socket, and a ledger."""

    def __init__(self, root: Path, ledger_url: str = "", size: Size = Size()) -> None:
        self.root = root
        self.size = size
        self.place = Place(url=ledger_url) if ledger_url else Place(root / ".reconciler" / "ledger.sqlite")
        self.emulator: subprocess.Popen[str] | None = None
        self.base = ""
        self.port = "0"
        self.begun: list[int] = []
        self.count = Count()
        self.http = httpx.Client(headers=HEADERS, trust_env=False, timeout=60, transport=httpx.HTTPTransport(retries=3))
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
        self.warm()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.begun:
            _end(child)
        self.http.close()
        self.stop()

    def warm(self) -> None:
        """Import, and make, once and for all processes what each would need."""
        for name in _NEEDED:
            importlib.import_module(name)
        self.wish(0)
        app.validate(app.open_workspace(self.root, None))
        plan_file.schema()
        gc.collect()
        gc.freeze()

    def renew(self) -> None:
        """Begin counting anew."""
        self.count = Count()

    def start(self) -> None:
        """Start the organisation, at the port that it had before."""
        program = [sys.executable, "-m", "reconciler", "emulator", "serve", "--port", self.port]
        state = str(self.root / "okta.sqlite")
        options = ["--state", state, "--operation-delay", "0.01", "--switch", "rate-limit=0"]
        self.emulator = subprocess.Popen([*program, *options], stdout=subprocess.PIPE, text=True)
        assert self.emulator.stdout is not None
        self.base = self.emulator.stdout.readline().strip()
        self.port = self.base.rpartition(":")[2]

    def stop(self) -> None:
        if self.emulator is not None:
            self.emulator.kill()
            self.emulator.wait()
            assert self.emulator.stdout is not None
            self.emulator.stdout.close()

    # -- one command ---------------------------------------------------------------------------------------------------

    def begin(self, *arguments: str, sabotage: Callable[[], object] = lambda: None) -> int:
        """Fork a process that runs one command; give its id."""
        child = os.fork()
        if child:
            self.begun.append(child)
            return child
        try:
            os.setpgid(0, 0)
            sink = os.open(self.root / f"said-{os.getpid()}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            sys.stdout = sys.stderr = os.fdopen(sink, "w", encoding="utf-8", buffering=1)
            os.chdir(self.root)
            driver.Patience = partial(driver.Patience, first=0.03, longest=0.2, shortest=0.01)  # type: ignore[assignment,misc]
            perform.DOUBT_SECONDS = 0.6
            sabotage()
            code = cli.run([*arguments])
            sys.stdout.flush()
            os._exit(code)
        except BaseException:  # noqa: BLE001 - what a forked process cannot do is said where it can be
            traceback.print_exc()
        finally:
            os._exit(99)  # on a full disk even that cannot be said; it must never go on as its parent

    def run(self, *arguments: str, sabotage: Callable[[], object] = lambda: None) -> int:
        """Run one command to its end; give its exit code, 137 when it was killed."""
        return ended(self.begin(*arguments, sabotage=sabotage))

    def said(self, child: int = 0) -> str:
        """What a command said, by default the last that was begun."""
        return (self.root / f"said-{child or self.begun[-1]}.txt").read_text(encoding="utf-8")

    def wish(self, side: int) -> None:
        (self.root / "registry.d" / "all.yaml").write_text(self.size.registry(side), encoding="utf-8")

    def release(self) -> None:
        """What a person does who knows that the holder is dead: `state unlock`."""
        with Ledger.open(self.place, self.base) as book:
            for lock in history.locks(self.place):
                hand.take_away(book, Claim("a test", "state unlock"), lock.fence)

    # -- one round -----------------------------------------------------------------------------------------------------

    def round(self, side: int, attempt: Callable[[tuple[str, ...]], int], codes: frozenset[int] = KILLED) -> None:
        """Apply one side, by attempts that something may stop with one of some exit codes; judge what is there."""
        self.wish(side)
        before = self.runs()
        command: tuple[str, ...] = APPLY
        for number in range(_ATTEMPTS + 1):
            code = attempt(command) if number < _ATTEMPTS else self.run(*command)
            if code == 0:
                break
            self.release()
            if self.runs() > before:
                command = RESUME
                self.count.resumes += 1
            if code == 4 and "is complete" in self.said():
                break  # it was stopped after its last line
            if code not in codes:
                self.count.troubles.append(f"exit {code}: {self.said()[-600:]}")
        else:
            self.count.troubles.append(f"no end after {_ATTEMPTS} attempts and one that nothing stopped")
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

    def everything(self) -> list[dict[str, Any]]:
        """What the organisation has, as it says itself."""
        return self.read(SERVERS) + self.read(CUSTOM)

    def read(self, path: str) -> list[dict[str, Any]]:
        reply = self.http.get(self.base + path, params={"limit": 200}).json()
        items: list[dict[str, Any]] = reply["data"] if isinstance(reply, dict) else reply
        return items


def ended(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _end(child: int) -> None:
    """End a child that a strike which failed has left behind, even one that stands still."""
    with suppress(ChildProcessError):
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


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
