"""`reconciler apply`: make the organisation agree with the manifests, or with a saved plan."""

import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.events import Events, written
from reconciler.cli.faults import report_aside, report_recalled
from reconciler.cli.options import (
    a_number,
    common,
    detail_option,
    gate_option,
    lock_option,
    refresh_option,
    take_option,
)
from reconciler.cli.output import palette, progress, remark, say, say_json
from reconciler.cli.stopping import stoppable
from reconciler.core.noun import dataclass
from reconciler.core.quantity import counted
from reconciler.core.refresh import Refresh

if TYPE_CHECKING:
    from reconciler.app import Limits, Running, Workspace
    from reconciler.core.event import RunStarted
    from reconciler.core.plan import Plan
    from reconciler.core.result import Result

ANY_NUMBER = "any"
LAST = "last"


@click.command("apply")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--allow-delete",
    metavar="[N]",
    is_flag=False,
    flag_value=ANY_NUMBER,
    help="Allow deletions; with a number, at most so many.",
)
@click.option("--parallelism", type=click.IntRange(1, 50), help="How many steps at once. Default: reconciler.yaml, 10.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    callback=a_number,
    default=120.0,
    show_default=True,
    help="Seconds to wait for each thing that the organisation does by itself.",
)
@lock_option
@click.option(
    "--keep-going/--fail-fast",
    default=True,
    help="After a failure, go on with what does not depend on it (default), or begin nothing more.",
)
@click.option("--max-failures", type=click.IntRange(1), help="Begin nothing more after so many failures.")
@click.option(
    "--resume",
    metavar="[RUN]",
    is_flag=False,
    flag_value=LAST,
    help="Go on with a run that did not end; without a number, with the last one.",
)
@click.option(
    "--events",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what happens to this file as it happens, one JSON line an event.",
)
@click.option("--expect-digest", metavar="DIGEST", help="Apply only a plan that has this digest: the reviewed one.")
@detail_option
@take_option
@gate_option
@refresh_option
@common
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    plan: Path | None,
    *,
    auto_approve: bool,
    allow_delete: str | None,
    parallelism: int | None,
    wait: float,
    lock_timeout: float,
    keep_going: bool,
    max_failures: int | None,
    resume: str | None,
    gate: str | None,
    refresh: Refresh | None,
    expect_digest: str | None,
    events: Path | None,
    detail: bool,
    taken: tuple[str, ...],
) -> int:
    """Make the organisation agree with the manifests.

    With PLAN, a file saved by `plan --out`, do exactly that, or refuse when the world has moved. Without, plan and ask.
    """
    from reconciler import app
    from reconciler.engine.readiness import Gate

    workspace = app.open_workspace(chosen.root, chosen.environment)
    limits = app.Limits(
        allow_delete=_count(allow_delete),
        parallelism=parallelism or workspace.config.parallelism,
        wait=wait,
        gate=Gate(gate) if gate else None,
        digest=expect_digest,
        lock_timeout=lock_timeout,
        max_failures=max_failures if keep_going else 1,
        fence=None if plan or resume else app.fence(workspace),
    )
    return _go(
        workspace, _Wish(plan, resume, refresh, taken, events, approved=auto_approve, detail=detail), limits, chosen
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be done: a saved plan, the rest of a run, or what planning finds; whether that needs a yes, and where
    what happens is written to.
    """

    plan: Path | None
    resume: str | None
    refresh: Refresh | None
    taken: tuple[str, ...]
    events: Path | None
    approved: bool
    detail: bool


def _go(workspace: "Workspace", wish: _Wish, limits: "Limits", chosen: Common) -> int:
    from reconciler import app

    if wish.resume is not None:
        if wish.plan is not None:
            raise click.UsageError("--resume goes on with the plan of its run; leave the file out.")
        run = app.resume(workspace, _run(wish.resume), limits)
    else:
        if wish.plan and wish.taken:
            raise click.UsageError("--take-ownership decides while planning; a saved plan holds its decisions.")
        if wish.plan:
            decided, limits = _saved(workspace, limits, wish.plan)
        else:
            decided = _planned(workspace, limits, wish)
        if not chosen.json:
            _show(decided, detail=wish.detail)
        if same := app.refuse(workspace, decided, limits):
            remark(same)
        report_aside(tuple(app.noticed(workspace)))
        if decided.steps and not wish.approved and wish.plan is None and not _agreed(chosen):
            say("Nothing was changed.")
            return 0
        run = app.begin(workspace, decided, limits)
    with written(wish.events) as events:
        result = _perform(run, chosen, events)
    _tell(result, chosen)
    return result.exit_code


def _run(resume: str) -> int | None:
    if resume == LAST:
        return None
    if not (resume.isascii() and resume.isdigit()):
        raise click.UsageError(f"--resume takes the number of a run, not {resume!r}; see `reconciler history`.")
    return int(resume)


def _count(allow_delete: str | None) -> int | None:
    if allow_delete is None:
        return None
    if allow_delete == ANY_NUMBER:
        return -1
    if not (allow_delete.isascii() and allow_delete.isdigit()):
        raise click.UsageError(f"--allow-delete takes a number, not {allow_delete!r}; write --allow-delete=N.")
    return int(allow_delete)


def _saved(workspace: "Workspace", limits: "Limits", file: Path) -> "tuple[Plan, Limits]":
    """The plan of a file, or where the world moved one that does the same; what is reviewed is the file's."""
    from reconciler import app
    from reconciler.cli.files import read_plan

    saved = read_plan(file)
    if same := app.demand_reviewed(workspace, saved, limits.digest):
        remark(same)
    with progress("Looking whether the plan still holds"):
        app.demand_bound(workspace, saved)
        held = app.held(workspace, saved, app.Asking(limits.gate))
    if held.moved:
        remark(f"The organisation moved since the plan was made, and what it would do is still the same. {held.moved}")
    return held.plan, replace(limits, digest=None)


def _planned(workspace: "Workspace", limits: "Limits", wish: _Wish) -> "Plan":
    from reconciler import app
    from reconciler.render import terminal

    with progress("Reading the organisation"):
        planned = app.plan(workspace, app.Asking(limits.gate), wish.refresh, wish.taken)
    report_aside(planned.warnings)
    report_recalled(planned.recalled)
    if effort := terminal.effort(planned.estimate):
        remark(effort)
    return planned.plan


def _show(decided: "Plan", *, detail: bool) -> None:
    from reconciler.render import terminal

    say(terminal.render(decided, palette(), detail=detail))


def _agreed(chosen: Common) -> bool:
    if chosen.json or not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask; use --auto-approve or a saved plan.")
    answer: str = click.prompt("Apply these changes? Only `yes` is a yes", default="no", show_default=False, err=True)
    return answer == "yes"


def _perform(run: "AbstractContextManager[Running]", chosen: Common, events: Events) -> "Result":
    from reconciler.core.event import ended
    from reconciler.core.result import Result, StepResult
    from reconciler.render import terminal

    aloud = not chosen.json and not chosen.quiet
    results: list[StepResult] = []
    with stoppable() as stop, progress("Applying"), run as running, events.ending(results):
        events.run = running.id
        events.tell(_beginning(running))
        if running.done and aloud:
            say(f"Run {running.id} goes on: of {counted(len(running.plan.steps), 'step')}, {running.done} done.")
        for result in running.results(stop.is_set, events.tell):
            results.append(result)
            events.tell(ended(result))
            if aloud:
                say(terminal.render_step(result, palette()))
    return Result(tuple(results), running.id)


def _beginning(running: "Running") -> "RunStarted":
    from reconciler.core import plan_file
    from reconciler.core.event import RunStarted

    plan = running.plan
    where = (plan.target.environment, plan.target.organisation)
    return RunStarted(*where, plan_file.digest(plan), len(plan.steps), running.done)


def _tell(result: "Result", chosen: Common) -> None:
    from reconciler.render import machine, terminal

    if chosen.json:
        say_json(machine.result(result))
    else:
        say(terminal.render_result(result))
