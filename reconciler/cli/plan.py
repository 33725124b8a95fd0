"""`reconciler plan`: what an apply would change."""

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import showing
from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside, report_recalled
from reconciler.cli.options import common_and, detail_option, gate_option, refresh_option, take_option
from reconciler.cli.output import progress, remark
from reconciler.core.refresh import Refresh

if TYPE_CHECKING:
    from reconciler.app import Asking, Planned, Workspace

CHANGES_PRESENT = 2


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
@click.option(
    "--against",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Compare with the manifests of this folder instead of an organisation: nothing of an organisation, no secret "
    "and no ledger is read.",
)
@refresh_option
@showing.report_options
@detail_option
@take_option
@click.option(
    "--policies-from",
    "origin",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Judge by the policies of another checkout, such as the base branch, and say how those here differ.",
)
@common_and(*showing.FORMATS)
def command(  # noqa: PLR0913 - one parameter an option, as click hands them over
    chosen: Common,
    out: Path | None,
    *,
    detailed_exitcode: bool,
    gate: str | None,
    untrusted: bool,
    allow_hosts: tuple[str, ...],
    against: Path | None,
    refresh: Refresh | None,
    reports: tuple[Path, ...],
    report_limit: int,
    detail: bool,
    taken: tuple[str, ...],
    origin: Path | None,
) -> int:
    """Show what an apply would change. Nothing is written to the organisation.

    Exit code 0, or 2 with --detailed-exitcode when there are changes; with problems the code of the problem.
    """
    from reconciler import app
    from reconciler.cli.files import write_text
    from reconciler.core import plan_file
    from reconciler.engine.readiness import Gate

    asking = app.Asking(Gate(gate) if gate else None, untrusted, allow_hosts)
    workspace = app.open_workspace(chosen.root, chosen.environment)
    with progress("Reading the organisation"):
        if against:
            planned = _offline(workspace, against, asking)
        else:
            planned = app.plan(workspace, asking, refresh, taken, origin)
    _tell(planned, chosen, showing.Reports(reports, report_limit, _command(out), detail, planned.rulings))
    if out is not None:
        write_text(out, plan_file.dump(planned.plan))
        remark(f"Saved to {out}. Apply exactly this with: reconciler apply {out}")
    if planned.plan.problems:
        return app.exit_code(planned.plan)
    return CHANGES_PRESENT if detailed_exitcode and planned.plan.effective else 0


def _offline(workspace: "Workspace", against: Path, asking: "Asking") -> "Planned":
    from reconciler.app import offline

    return offline.plan(workspace, against, asking)


def _command(out: Path | None) -> str:
    """What applies exactly this plan where it is saved; empty where it is not."""
    return f"reconciler apply {shlex.quote(str(out))}" if out else ""


def _tell(planned: "Planned", chosen: Common, reports: showing.Reports) -> None:
    """Show the plan as it was asked for, with what it will take: that depends on who else uses the organisation."""
    from reconciler.render import terminal

    report_aside(planned.warnings)
    report_recalled(planned.recalled)
    effort = terminal.effort(planned.estimate)
    showing.show(planned.plan, chosen, reports, partial(_document, planned, with_effort=bool(effort)), effort)


def _document(planned: "Planned", *, with_effort: bool) -> str:
    from reconciler.core import plan_file

    said = {"estimate": planned.estimate.to_json()} if with_effort else {}
    return plan_file.seal({**plan_file.to_document(planned.plan), **said})
