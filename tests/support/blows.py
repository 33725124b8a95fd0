"""The ways to stop an apply in the middle: kills, signals, disks, and what it talks to going away."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from reconciler.core.history import RUNNING
from reconciler.ledger import Place, history, scribe
from tests.support.kills import APPLY, KILLED, RESUME, Count, Stage, ended
from tests.support.postgres import Cluster

Command = tuple[str, ...]
_SHORTEST = 0.03
_LEFT = 0.7
_LONG_AGAIN = 7
_DISK = 8 * 1024 * 1024
_ROOM = 2 * 1024 * 1024
"""More than the log of a SQLite database grows by in one apply, in bytes."""
_WORDS = 16 * 1024
"""More than what an apply says, which goes into a file as well, in bytes."""


@dataclass
class Fight:
    """What strikes share: the stage, the dice, and how long an apply takes that nobody stops, in seconds."""

    stage: Stage
    dice: random.Random
    long: float
    cluster: Cluster | None = None
    """The server of the ledger, where it is one."""
    disk: "Disk | None" = None
    side: int = 0
    """Which of the two registries was applied last."""
    again: int = 0
    """How often the apply at hand has been resumed."""

    def round(self, attempt: Callable[[Command], int], codes: frozenset[int] = KILLED) -> None:
        """Apply the other side, by attempts that something may stop."""
        self.side = 1 - self.side
        self.stage.round(self.side, attempt, codes)

    def later(self) -> None:
        """Wait for some moment of an apply; of a resumed one the less, the more often it was, since less is left.

        Now and then as long as at first: what cannot do one step in less would be struck for ever.
        """
        moment = self.dice.uniform(_SHORTEST, max(self.long * _LEFT ** (self.again % _LONG_AGAIN), self.long / 4))
        time.sleep(moment)


@dataclass(frozen=True)
class Cause:
    """A way to stop an apply: `strike` runs a command and hits it, and gives its exit code, one of `codes` or 0."""

    strike: Callable[[Fight, Command], int]
    codes: frozenset[int]
    databases: tuple[str, ...] = ("SQLite", "PostgreSQL")
    on_disk: bool = False
    """Whether the ledger has to be on a small disk of its own."""
    always: bool = False
    """Whether a blow counts that the apply withstood."""


def fight(fighting: Fight, cause: Cause, blows: int) -> Count:
    """Strike until there were so many blows; most resumed applies are struck again."""
    count = fighting.stage.count

    def attempt(command: Command) -> int:
        if count.blows >= blows:
            return fighting.stage.run(*command)
        fighting.again = fighting.again + 1 if command == RESUME else 0
        began = time.monotonic()
        code = cause.strike(fighting, command)
        if code == 0 and command == APPLY and not cause.always:  # missed: that is how long one takes now
            fighting.long = time.monotonic() - began
        count.blows += cause.always or code in cause.codes
        return code

    while count.blows < blows:
        fighting.round(attempt, cause.codes)
    return count


def at_rest(stage: Stage, *, cluster: Cluster | None = None, disk: "Disk | None" = None, seed: int = 1) -> Fight:
    """Apply both sides undisturbed, and see how long that takes."""
    fighting = Fight(stage, random.Random(seed), 0.0, cluster, disk, side=1)

    def undisturbed(command: Command) -> int:
        began = time.monotonic()
        code = stage.run(*command)
        fighting.long = time.monotonic() - began
        return code

    for _ in range(2):
        fighting.round(undisturbed)
    return fighting


# -- kills and signals -------------------------------------------------------------------------------------------------


def signalled(number: int, fighting: Fight, command: Command) -> int:
    """Send a signal at some moment."""
    child = fighting.stage.begin(*command)
    fighting.later()
    with suppress(ProcessLookupError):
        os.kill(child, number)
    return ended(child)


def polite(number: int, fighting: Fight, command: Command) -> int:
    """Send a signal that lets it finish what is in flight: it says how to go on, and leaves no lock and no open run."""
    stage = fighting.stage
    before = stage.runs()
    code = signalled(number, fighting, command)
    heard = "Stopping: steps in flight are finished" in stage.said()
    if code == 130 and (heard or (command == APPLY and stage.runs() > before)):
        left = (history.locks(stage.place), history.runs(stage.place, stage.base)[0].outcome)
        if left[0] or left[1] == RUNNING or "reconciler apply --resume" not in stage.said():
            stage.count.troubles.append(f"after signal {number}: {left}, said {stage.said()[-600:]}")
    if code == 143 and stage.runs() > before:
        stage.count.troubles.append("a run that had begun was ended by SIGTERM")
    return code


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


def boundaries(fighting: Fight, stride: int = 8, most: int | None = None) -> Count:
    """Kill at each boundary of the journal: each `stride`-th of a round, from another first one in each round.

    With `most`, only so many rounds.
    """
    stage, rounds = fighting.stage, 0
    for first in range(1, stride + 1):
        for before in (True, False):
            if most is not None and rounds >= most:
                break
            rounds += 1
            ahead = [first]

            def attempt(command: Command, ahead: list[int] = ahead, before: bool = before) -> int:  # noqa: FBT001
                code = stage.run(*command, sabotage=at_line(ahead.pop() if ahead else stride, before=before))
                stage.count.blows += code in KILLED
                return code

            fighting.round(attempt)
    return stage.count


# -- disks -------------------------------------------------------------------------------------------------------------


class Disk:
    """A small disk under the ledger's folder, for whoever may mount one; what is done to it bites root as well."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.root / ".reconciler"
        self._filler = self.folder / "filler"

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        self._mount("-t", "tmpfs", "-o", f"size={_DISK},mode=0700", "tmpfs")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", self.folder], check=True)

    @staticmethod
    def can_be(folder: Path) -> bool:
        """Whether this process may mount a disk: not even root can in some containers."""
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False, capture_output=True)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return tried.returncode == 0

    def leave(self, size: int) -> None:
        """Fill it up to so many bytes."""
        self._filler.unlink(missing_ok=True)
        space = os.statvfs(self.folder)
        self._filler.write_bytes(bytes(max(0, space.f_bavail * space.f_frsize - size)))

    def clear(self) -> None:
        self._filler.unlink()

    def forbid(self) -> None:
        """Let nobody write."""
        self._mount("-o", "remount,ro")

    def allow(self) -> None:
        self._mount("-o", "remount,rw")

    def _mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, self.folder], check=True)


def full(fighting: Fight, command: Command) -> int:
    """Let the disk run full at some moment."""
    assert fighting.disk is not None
    fighting.disk.leave(int(fighting.dice.random() ** 2 * _ROOM))
    code = fighting.stage.run(*command)
    fighting.disk.clear()
    _demand_sentence(fighting.stage, code)
    return code


def read_only(fighting: Fight, command: Command) -> int:
    """Kill it at some moment, and let what comes next find a disk that cannot be written: nothing must be sent."""
    assert fighting.disk is not None
    stage = fighting.stage
    code = signalled(signal.SIGKILL, fighting, command)
    if code not in KILLED:
        return code
    stage.release()
    before = stage.everything()
    fighting.disk.forbid()
    refused = [stage.run(*each) for each in (APPLY, RESUME)]
    fighting.disk.allow()
    _demand_sentence(stage, refused[-1])
    if 0 in refused or stage.everything() != before:
        stage.count.troubles.append(f"on a read-only disk: {refused}, and the organisation is not as it was")
    return code


def outgrown(fighting: Fight, command: Command) -> int:
    """Let no file grow beyond a size that the journal reaches at some moment: a full disk for whoever is not root."""
    limit = _WORDS + int(fighting.dice.random() ** 2 * _ROOM)
    code = fighting.stage.run(
        *command, sabotage=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    )
    _demand_sentence(fighting.stage, code)
    return code


def _demand_sentence(stage: Stage, code: int) -> None:
    if code and ("RUN011" not in stage.said() or "Traceback" in stage.said()):
        stage.count.troubles.append(f"exit {code} without a sentence about the ledger: {stage.said()[-600:]}")


# -- what it talks to goes away ----------------------------------------------------------------------------------------


def disconnected(fighting: Fight, command: Command) -> int:
    """Cut the connections to the database at some moment, and once more."""
    assert fighting.cluster is not None
    child = fighting.stage.begin(*command)
    for _ in range(2):
        fighting.later()
        fighting.cluster.cut()
    return ended(child)


def restarted(fighting: Fight, command: Command) -> int:
    """Crash the database's server at some moment, and start it again."""
    assert fighting.cluster is not None
    child = fighting.stage.begin(*command)
    fighting.later()
    fighting.cluster.stop()
    fighting.cluster.start()
    return ended(child)


def bereft(fighting: Fight, command: Command) -> int:
    """Kill the organisation at some moment and start it again: under a running apply, or after that was killed, too."""
    child = fighting.stage.begin(*command)
    fighting.later()
    if fighting.dice.random() < 0.5:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    fighting.stage.stop()
    fighting.stage.start()
    return ended(child)


# -- others at the same time -------------------------------------------------------------------------------------------


def rivalled(fighting: Fight, command: Command) -> int:
    """Apply the same at the same time from two processes: one waits for the other, and has nothing left to do."""
    stage = fighting.stage
    children = [stage.begin(*command, "--lock-timeout", "120") for _ in range(2)]
    codes = sorted(ended(child) for child in children)
    if codes not in ([0, 0], [0, 4]):
        stage.count.troubles.append(
            f"two at once ended with {codes}: {[stage.said(child)[-300:] for child in children]}"
        )
    _demand_one_after_the_other(stage)
    return codes[0]


def saved(fighting: Fight, _command: Command) -> int:
    """Apply one saved plan from two processes at once: it runs once."""
    stage = fighting.stage
    stage.run("plan", "--gate", "off", "--out", "plan.json")
    before = stage.runs()
    apply = ("apply", "plan.json", "--gate", "off", "--allow-delete", "--lock-timeout", "120")
    children = [stage.begin(*apply) for _ in range(2)]
    codes = {child: ended(child) for child in children}
    late = [stage.said(child) for child, code in codes.items() if code == 4]
    if sorted(codes.values()) != [0, 4] or "RUN004" not in late[0] or stage.runs() != before + 1:
        stage.count.troubles.append(f"one plan, two at once: {codes}, {late}")
    _demand_one_after_the_other(stage)
    return 0


def beside(plans: int, fighting: Fight, command: Command) -> int:
    """Plan, many at once, while an apply is held up in the middle: none waits for it."""
    stage = fighting.stage
    child = stage.begin(*command)
    fighting.later()
    os.kill(child, signal.SIGSTOP)
    codes = [ended(each) for each in [stage.begin("plan", "--gate", "off") for _ in range(plans)]]
    os.kill(child, signal.SIGCONT)
    if set(codes) != {0}:
        stage.count.troubles.append(f"plans beside an apply ended with {set(codes)}: {stage.said()[-600:]}")
    return ended(child)


def asleep(fighting: Fight, command: Command) -> int:
    """Hold an apply up in the middle, take its lock away, let another one end the run, and wake it: it is refused."""
    stage = fighting.stage
    before = stage.runs()
    child = stage.begin(*command)
    fighting.later()
    stop_between_transactions(child, stage.place)
    stage.release()
    code = stage.run(*(RESUME if stage.runs() > before else command))
    end = history.verify(stage.place, stage.base)
    wished = stage.everything()
    os.kill(child, signal.SIGCONT)
    late = ended(child)
    if late not in {0, 4} and _REFUSALS.get(late, "no such code") not in stage.said(child):
        stage.count.troubles.append(f"who woke up late ended with {late}: {stage.said(child)[-600:]}")
    if late in _REFUSALS and (history.verify(stage.place, stage.base) != end or stage.everything() != wished):
        stage.count.troubles.append("who woke up late has written")
    return code


_REFUSALS = {6: "RUN061", 1: "RUN011"}
"""What a late one is told: that its lock is gone, or that PostgreSQL has ended the transaction that it stood in."""


def stop_between_transactions(child: int, place: Place) -> None:
    """Stop a process; one that stands in the middle of a transaction of SQLite would keep all others out."""
    _stop(child)
    while place.file is not None and _is_written(place.file):
        os.kill(child, signal.SIGCONT)
        time.sleep(_SHORTEST / 10)
        _stop(child)


def _stop(child: int) -> None:
    """Stop a process, and wait until it stands still: until then it may begin another transaction."""
    os.kill(child, signal.SIGSTOP)
    os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)


def _is_written(file: Path) -> bool:
    """Whether a transaction is under way in a SQLite file."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def _demand_one_after_the_other(stage: Stage) -> None:
    """No run has a line between those of another one, and the chain holds."""
    lines, faults = history.verify(stage.place, stage.base)
    runs = history.runs(stage.place, stage.base)
    spans = sorted(
        (said[0].seq, said[-1].seq) for run in runs if (said := history.run(stage.place, stage.base, run.id)[1])
    )
    between = any(last >= first for (_, last), (first, _) in pairwise(spans))
    if faults or between or spans[-1][1] != lines:
        stage.count.troubles.append(f"runs are not one after the other: {spans}, {faults}")


CAUSES = {
    "SIGKILL at random moments": (Cause(partial(signalled, signal.SIGKILL), KILLED), 1000),
    "SIGINT": (Cause(partial(polite, signal.SIGINT), frozenset({130})), 40),
    "SIGTERM": (Cause(partial(polite, signal.SIGTERM), frozenset({130, 143})), 40),
    "disk full": (Cause(full, frozenset({1, 7}), ("SQLite",), on_disk=True), 40),
    "disk read-only": (Cause(read_only, KILLED, ("SQLite",), on_disk=True), 20),
    "file too large": (Cause(outgrown, frozenset({1, 7}), ("SQLite",)), 20),
    "connections cut": (Cause(disconnected, frozenset({1, 7}), ("PostgreSQL",), always=True), 30),
    "database restarted": (Cause(restarted, frozenset({1, 7}), ("PostgreSQL",), always=True), 10),
    "two applies at once": (Cause(rivalled, frozenset({0}), always=True), 10),
    "one plan applied twice at once": (Cause(saved, frozenset({0}), always=True), 10),
    "fifty plans beside": (Cause(partial(beside, 50), frozenset({0}), always=True), 3),
    "SIGSTOP, and awake after the lock was taken": (Cause(asleep, frozenset({0}), always=True), 10),
    "organisation restarted": (Cause(bereft, frozenset({1, 7, 8, 137}), always=True), 20),
}
"""All ways but the boundaries, each with how often it strikes where the first one strikes a thousand times."""
