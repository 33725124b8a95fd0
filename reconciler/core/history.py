"""What is known of runs after the fact: who may write, which runs there were, and what they did line by line."""

from collections.abc import Sequence

from reconciler.core.document import Document
from reconciler.core.errors import OperationFailed
from reconciler.core.journal import Past, Phase
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Lock:
    """Who may write to an organisation. Times are in seconds since 1970.

    `fence` is the number that each taker of the lock gets, higher than all before; it is what the lock is called by.
    """

    organisation: str
    fence: int
    holder: str
    operation: str
    run: int
    acquired: float
    heartbeat: float
    expires: float


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do and who ordered it. `revision` is the commit of the manifests, where there is one."""

    environment: str
    digest: str
    plan: str
    actor: str
    revision: str = ""
    tool: str = ""
    plan_id: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One apply. `ended` is None while it runs, and after it was killed."""

    id: int
    environment: str
    digest: str
    revision: str
    actor: str
    tool: str
    started: float
    ended: float | None
    outcome: str
    plan_id: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal: its number in the organisation, the run (0: none), when, and what it says."""

    seq: int
    run: int
    at: float
    phase: Phase
    step: str
    said: Document


def line(body: Document) -> Line:
    """Read the body of a line."""
    return Line(body["seq"], body["run"], body["at"], Phase(body["phase"]), body.get("step", ""), body)


RUNNING, REFUSED, DONE, PARTIAL, INTERRUPTED = "running", "refused", "done", "partial", "interrupted"
"""Outcomes of a run; a killed one stays `running`. REFUSED: it was over before it could send anything."""


def replayed(run: int, outcome: str) -> str:
    """The sentence that says that a plan was applied already, and how its run goes on where it is not complete."""
    more = "" if outcome == DONE else f"; what is left of it: reconciler apply --resume {run}"
    return f"It was applied already, by run {run}{more}."


def verified(lines: Sequence[Line]) -> dict[str, str]:
    """The steps that were done and proved, each with the id of its object."""
    return {line.step: str(line.said.get("record", "")) for line in lines if line.phase is Phase.VERIFIED}


def pasts(lines: Sequence[Line]) -> dict[str, Past]:
    """What is known of each step of a run that was begun and not verified."""
    of_step: dict[str, list[Line]] = {}
    for line in lines:
        if line.step:
            of_step.setdefault(line.step, []).append(line)
    return {
        step: _past(said) for step, said in of_step.items() if all(line.phase is not Phase.VERIFIED for line in said)
    }


def _past(lines: Sequence[Line]) -> Past:
    doubtful, unanswered, operation, record, writes = False, False, "", "", 0
    named = set[str]()
    for line in lines:
        if line.phase is Phase.INTENT:
            doubtful, unanswered, operation = True, unanswered or doubtful, ""
            writes += 1
        elif line.phase is Phase.ANSWERED:
            doubtful, operation = False, str(line.said.get("operation", ""))
        elif line.phase is Phase.ENDED or line.said.get("code") == OperationFailed.rule.code:
            operation = ""
        if line.said.get("record"):
            named.add(str(line.said["record"]))
            record = str(line.said["record"]) if writes == 1 else record
    return Past(writes > 0, doubtful, unanswered or doubtful, operation, record, writes > 1, frozenset(named))
