"""`reconciler apply`: make the organisation agree with the manifests, or with a saved plan."""

import math
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common, gate_option, refresh_option, take_option
from reconciler.cli.output import aside, palette, progress, remark, report_aside, report_recalled, say, say_json
from reconciler.core.recall import Refresh

if TYPE_CHECKING:
    from reconciler.app import Limits, Workspace
    from reconciler.core.plan import Plan
    from reconciler.core.result import Result

ANY_NUMBER = "any"
INTERRUPTED = 130


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    """Refuse `nan`, which lies in every range."""
    if math.isnan(value):
        raise click.BadParameter("it is not a number.")
    return value


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
    callback=_a_number,
    default=120.0,
    show_default=True,
    help="Seconds to wait for each thing that the organisation does by itself.",
)
@click.option("--expect-digest", metavar="DIGEST", help="Apply only a plan that has this digest: the reviewed one.")
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
    gate: str | None,
    refresh: Refresh | None,
    expect_digest: str | None,
    taken: tuple[str, ...],
) -> int:
    """Make the organisation agree with the manifests.

    With PLAN, a file saved by `plan --out`, do exactly that, or refuse when the world has moved. Without, plan and ask.
    """
    from reconciler import app
    from reconciler.engine.readiness import Gate

    workspace = app.open_workspace(chosen.root, chosen.environment)
    limits = app.Limits(
        _count(allow_delete),
        parallelism or workspace.config.parallelism,
        wait,
        Gate(gate) if gate else None,
        expect_digest,
    )
    if plan and taken:
        raise click.UsageError("--take-ownership decides while planning; a saved plan holds its decisions.")
    decided = _saved(workspace, plan) if plan else _planned(workspace, limits, refresh, taken)
    if not chosen.json:
        _show(decided)
    app.refuse(decided, limits)
    if decided.steps and not auto_approve and plan is None and not _agreed(chosen):
        say("Nothing was changed.")
        return 0
    result = _perform(workspace, decided, limits, chosen)
    _tell(result, chosen)
    return result.exit_code


def _count(allow_delete: str | None) -> int | None:
    if allow_delete is None:
        return None
    if allow_delete == ANY_NUMBER:
        return -1
    if not (allow_delete.isascii() and allow_delete.isdigit()):
        raise click.UsageError(f"--allow-delete takes a number, not {allow_delete!r}; write --allow-delete=N.")
    return int(allow_delete)


def _saved(workspace: "Workspace", file: Path) -> "Plan":
    from reconciler import app
    from reconciler.cli.files import read_plan

    saved = read_plan(file)
    with progress("Looking whether the plan still holds"):
        app.demand_bound(workspace, saved)
        app.demand_fresh(workspace, saved)
    return saved


def _planned(workspace: "Workspace", limits: "Limits", refresh: Refresh | None, taken: tuple[str, ...]) -> "Plan":
    from reconciler import app
    from reconciler.render import terminal

    with progress("Reading the organisation"):
        planned = app.plan(workspace, app.Asking(limits.gate), refresh, taken)
    report_aside(planned.warnings)
    report_recalled(planned.recalled)
    if effort := terminal.effort(planned.estimate):
        remark(effort)
    return planned.plan


def _show(decided: "Plan") -> None:
    from reconciler.render import terminal

    say(terminal.render(decided, palette()))


def _agreed(chosen: Common) -> bool:
    if chosen.json or not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask; use --auto-approve or a saved plan.")
    answer: str = click.prompt("Apply these changes? Only `yes` is a yes", default="no", show_default=False, err=True)
    return answer == "yes"


def _perform(workspace: "Workspace", decided: "Plan", limits: "Limits", chosen: Common) -> "Result":
    from reconciler import app
    from reconciler.core.result import Result
    from reconciler.render import terminal

    results = []
    with _stoppable() as stop, progress("Applying"):
        for result in app.apply(workspace, decided, limits, stop.is_set):
            results.append(result)
            if not chosen.json and not chosen.quiet:
                say(terminal.render_step(result, palette()))
    return Result(tuple(results))


@contextmanager
def _stoppable() -> Iterator[Event]:
    """Let the first Ctrl-C or SIGTERM end the run after the steps in flight; the second ends it at once."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            _leave()
        stop.set()
        remark("Stopping: steps in flight are finished, no other is begun. Once more to stop at once.")

    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave() -> NoReturn:
    """End at once. An exception would wait for the threads, which may sit out an operation that never ends.

    Nothing is lost that is known: each binding was written durably when its step ended.
    """
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")  # the progress display hides the cursor
    aside("Stopped at once. What was in flight may or may not have happened; plan again to see.")
    os._exit(INTERRUPTED)


def _tell(result: "Result", chosen: Common) -> None:
    from reconciler.render import machine, terminal

    if chosen.json:
        say_json(machine.result(result))
    else:
        say(terminal.render_result(result))
