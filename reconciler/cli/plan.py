"""`reconciler plan`: what an apply would change."""

from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import palette, progress, remark, report_aside, say, say_json

CHANGES_PRESENT = 2


@click.command("plan")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `apply` and `show`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is something to do.")
@common
def command(chosen: Common, out: Path | None, *, detailed_exitcode: bool) -> int:
    """Show what an apply would change. Nothing is written to the organisation.

    Exit code 0, or 2 with --detailed-exitcode when there are changes; with problems the code of the problem.
    """
    from reconciler import app
    from reconciler.cli.files import write_text
    from reconciler.core import plan_file
    from reconciler.render import terminal

    with progress("Reading the organisation"):
        planned = app.plan(app.open_workspace(chosen.root, chosen.environment))
    report_aside(planned.warnings)
    if chosen.json:
        say_json(plan_file.to_document(planned.plan))
    else:
        say(terminal.render(planned.plan, palette()))
    if out is not None:
        write_text(out, plan_file.dump(planned.plan))
        remark(f"Saved to {out}. Apply exactly this with: reconciler apply {out}")
    if planned.plan.problems:
        return app.exit_code(planned.plan)
    return CHANGES_PRESENT if detailed_exitcode and planned.plan.effective else 0
