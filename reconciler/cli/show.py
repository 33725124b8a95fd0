"""`reconciler show`: a saved plan, as it was printed."""

import shlex
from functools import partial
from pathlib import Path

import click

from reconciler.cli import showing
from reconciler.cli.common import Common
from reconciler.cli.options import common_and, detail_option


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@showing.report_options
@detail_option
@common_and(*showing.FORMATS)
def command(chosen: Common, plan: Path, reports: tuple[Path, ...], report_limit: int, *, detail: bool) -> int:
    """Show a saved plan in any form. Needs neither manifests nor an organisation."""
    from reconciler.cli.files import read_plan
    from reconciler.core import plan_file

    saved = read_plan(plan)
    wanted = showing.Reports(reports, report_limit, f"reconciler apply {shlex.quote(str(plan))}", detail)
    showing.show(saved, chosen, wanted, partial(plan_file.dump, saved))
    return 0
