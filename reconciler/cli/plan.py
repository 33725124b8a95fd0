"""`reconciler plan`: what an apply would change."""

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common_and, gate_option, refresh_option, take_option
from reconciler.cli.output import palette, progress, remark, report_aside, report_recalled, say, say_json
from reconciler.core.recall import Refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.app import Planned
    from reconciler.render.review import Review

CHANGES_PRESENT = 2
LEAST_REPORT, LONGEST_REPORT = 2_000, 65_000


@click.command("plan")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `apply` and `show`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is something to do.")
@gate_option
@click.option(
    "--untrusted",
    is_flag=True,
    help="The manifests are somebody else's: ask only hosts named with --allow-host about readiness.",
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST", help="A host that may be asked.")
@refresh_option
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report too: *.html for a browser, else Markdown.",
)
@click.option(
    "--report-limit",
    type=click.IntRange(min=LEAST_REPORT),
    default=LONGEST_REPORT,
    show_default=True,
    help="Most bytes of the Markdown.",
)
@take_option
@common_and("markdown", "html")
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    out: Path | None,
    *,
    detailed_exitcode: bool,
    gate: str | None,
    untrusted: bool,
    allow_hosts: tuple[str, ...],
    refresh: Refresh | None,
    report: Path | None,
    report_limit: int,
    taken: tuple[str, ...],
) -> int:
    """Show what an apply would change. Nothing is written to the organisation.

    Exit code 0, or 2 with --detailed-exitcode when there are changes; with problems the code of the problem.
    """
    from reconciler import app
    from reconciler.cli.files import write_text
    from reconciler.core import plan_file
    from reconciler.engine.readiness import Gate
    from reconciler.render import pull_request

    asking = app.Asking(Gate(gate) if gate else None, untrusted, allow_hosts)
    with progress("Reading the organisation"):
        planned = app.plan(app.open_workspace(chosen.root, chosen.environment), asking, refresh, taken)
    report_aside(planned.warnings)
    report_recalled(planned.recalled)
    _tell(planned, chosen, report, partial(pull_request.render, command=_command(out), limit=report_limit))
    if out is not None:
        write_text(out, plan_file.dump(planned.plan))
        remark(f"Saved to {out}. Apply exactly this with: reconciler apply {out}")
    if planned.plan.problems:
        return app.exit_code(planned.plan)
    return CHANGES_PRESENT if detailed_exitcode and planned.plan.effective else 0


def _command(out: Path | None) -> str:
    """What applies exactly this plan."""
    return f"reconciler apply {shlex.quote(str(out))}" if out else "reconciler apply"


def _tell(planned: "Planned", chosen: Common, report: Path | None, comment: "Callable[[Review], str]") -> None:
    """Show the plan as it was asked for; every form is of the same review."""
    from reconciler.cli.files import write_text
    from reconciler.core import plan_file
    from reconciler.render import report as page
    from reconciler.render import terminal
    from reconciler.render.review import review

    plan, effort = planned.plan, terminal.effort(planned.estimate)
    match chosen.output:
        case "json":
            # What it will take is no part of the plan: it depends on who else uses the organisation.
            said = {"estimate": planned.estimate.to_json()} if effort else {}
            say_json({**plan_file.to_document(plan), **said})
        case "markdown":
            say(comment(review(plan)))
        case "html":
            say(page.render(review(plan)))
        case _:
            say(terminal.render(plan, palette()) + effort)
    if report is not None:
        write_text(report, page.render(review(plan)) if report.suffix == ".html" else comment(review(plan)))
