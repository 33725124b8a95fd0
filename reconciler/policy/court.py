"""The court: every policy over everything that it is about, and the rulings that come of it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from reconciler.core.document import Document
from reconciler.core.noun import dataclass
from reconciler.core.plan import Plan
from reconciler.core.policy import (
    NOT_EVALUATED,
    TOO_EXPENSIVE,
    VIOLATED,
    WHOLE_PLAN,
    Case,
    Exemption,
    Over,
    Policy,
    Rulebook,
)
from reconciler.core.resources import Desired
from reconciler.core.ruling import Ruling
from reconciler.policy import view, worker
from reconciler.policy.expression import pieces

_WALL_SECONDS = 120.0
_RULES = {worker.BROKEN: VIOLATED, worker.FAILED: NOT_EVALUATED, worker.COSTLY: TOO_EXPENSIVE}
_WORKER = Path(worker.__file__)

Word = tuple[str, str]
"""What the worker says of one input: a word of its, and a sentence."""


@dataclass(frozen=True, slots=True)
class Bench:
    """By what is judged: the policies, the environment, and the day (UTC)."""

    rulebook: Rulebook
    environment: str
    today: date


@dataclass(frozen=True, slots=True)
class _Docket:
    """One policy with the inputs that it is about, as places in the list of all inputs."""

    policy: Policy
    inputs: tuple[int, ...]


def judge(bench: Bench, desired: Desired, plan: Plan) -> tuple[Ruling, ...]:
    """Give what every policy of the environment says, those that hold included, policy by policy.

    A policy that cannot be evaluated, or takes too much, is an error, whatever its severity is.
    """
    chosen = [p for _, p in sorted(bench.rulebook.policies.items()) if _is_for(p.environments, bench.environment)]
    subjects, inputs = _inputs(desired, plan, {policy.over for policy in chosen})
    dockets = [
        _Docket(p, tuple(n for n, (over, kind, _) in enumerate(subjects) if over is p.over and _is_for(p.kinds, kind)))
        for p in chosen
    ]
    always = {"environment": bench.environment, "today": bench.today.isoformat()}
    words = _run(dockets, [{**always, **each} for each in inputs])
    return tuple(
        _ruling(bench, docket.policy, subjects[number][2], word)
        for docket, found in zip(dockets, words, strict=True)
        for number, word in zip(docket.inputs, found, strict=True)
    )


def _is_for(chosen: tuple[str, ...], one: str) -> bool:
    return not chosen or not one or one in chosen


def _inputs(desired: Desired, plan: Plan, wanted: set[Over]) -> tuple[list[tuple[Over, str, str]], list[Document]]:
    """What there is to judge: over what, of which kind, of which address; and the variables for it."""
    subjects: list[tuple[Over, str, str]] = []
    inputs: list[Document] = []
    if Over.OBJECT in wanted:
        for resource in (each for each in desired.values() if not each.absent):
            subjects.append((Over.OBJECT, resource.address.kind, str(resource.address)))
            inputs.append({"object": view.of_object(resource)})
    if Over.CHANGE in wanted:
        for change in plan.effective:
            subjects.append((Over.CHANGE, change.address.kind, str(change.address)))
            inputs.append({"change": view.of_change(change)})
    if Over.PLAN in wanted:
        subjects.append((Over.PLAN, "", ""))
        inputs.append({"plan": view.of_plan(plan)})
    return subjects, inputs


def _ruling(bench: Bench, policy: Policy, subject: str, word: Word) -> Ruling:
    if word[0] == worker.HOLDS:
        return Ruling(policy.name, policy.title, subject)
    detail = (word[1] if policy.message else "") if word[0] == worker.BROKEN else word[1]
    finding = policy.broken(_RULES[word[0]], detail or f"Not so: {policy.title}.", subject)
    waived = exemption(bench, policy, subject) if word[0] == worker.BROKEN else None
    return Ruling(policy.name, policy.title, subject, finding, waived.waiver if waived else None)


def exemption(bench: Bench, policy: Policy, subject: str) -> Exemption | None:
    """The waiver that is in force for a policy and a subject, if there is one."""
    known = (each for each in bench.rulebook.exemptions if each.policy == policy.name)
    return next(
        (
            each
            for each in known
            if (subject or WHOLE_PLAN) in each.subjects
            and _is_for(each.environments, bench.environment)
            and each.waiver.expires >= bench.today
        ),
        None,
    )


# -- the tests of policies -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """How one test of a policy went; `said` is empty where it went as expected."""

    policy: Policy
    case: Case
    said: str = ""


def try_cases(policies: Sequence[Policy], today: date) -> tuple[Tried, ...]:
    """Run the tests that stand beside policies, in order."""
    dockets, inputs = [], list[Document]()
    for policy in policies:
        dockets.append(_Docket(policy, tuple(range(len(inputs), len(inputs) + len(policy.cases)))))
        for case in policy.cases:
            always = {"environment": case.environment, "today": today.isoformat()}
            inputs.append({**always, str(policy.over): case.given})
    return tuple(
        Tried(policy, case, _unexpected(case, word))
        for policy, words in zip(policies, _run(dockets, inputs), strict=True)
        for case, word in zip(policy.cases, words, strict=True)
    )


def _unexpected(case: Case, word: Word) -> str:
    if word[0] in {worker.FAILED, worker.COSTLY}:
        return word[1]
    if (word[0] == worker.HOLDS) is case.holds:
        return ""
    return "It holds, and was expected to fail." if not case.holds else f"It fails: {word[1]}"


# -- the process ---------------------------------------------------------------------------------------------------


def _run(dockets: Sequence[_Docket], inputs: Sequence[Document]) -> list[list[Word]]:
    """Have every docket judged; one that stops the process is told so, and the others go on in another."""
    results: list[list[Word]] = []
    while len(results) < len(dockets):
        rest = dockets[len(results) :]
        if not any(docket.inputs for docket in rest):
            return [*results, *([] for _ in rest)]
        results += _answered(rest, inputs)
    return results


def _answered(rest: Sequence[_Docket], inputs: Sequence[Document]) -> list[list[Word]]:
    request = {"inputs": inputs, "programs": [_program(docket) for docket in rest]}
    said = _process(json.dumps(request))
    found = [[(word[0], word[1]) for word in json.loads(line)] for line in said[: len(rest)]]
    if len(found) < len(rest):
        guilty = rest[len(found)]
        found.append([(worker.COSTLY, "It took too much time or memory, and was stopped.")] * len(guilty.inputs))
    return found


def _program(docket: _Docket) -> Document:
    policy = docket.policy
    return {
        "when": policy.when,
        "require": policy.require,
        "message": pieces(policy.message),
        "variables": [str(policy.over), "environment", "today"],
        "inputs": docket.inputs,
    }


def _process(request: str) -> list[str]:
    """The whole lines that a worker has written before it ended, or was ended."""
    command = [sys.executable, "-I", str(_WORKER)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own file, with this very Python
        try:
            said, _ = process.communicate(request, timeout=_WALL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    return [line for line in said.splitlines(keepends=True) if line.endswith("\n")]
