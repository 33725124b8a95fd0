"""`reconciler show`: a saved plan, as it was printed."""

from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import palette, say, say_json_text


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@common
def command(chosen: Common, plan: Path) -> int:
    """Show a saved plan. Needs neither manifests nor an organisation."""
    from reconciler.cli.files import read_plan
    from reconciler.core import plan_file
    from reconciler.render import terminal

    saved = read_plan(plan)
    if chosen.json:
        say_json_text(plan_file.dump(saved))
    else:
        say(terminal.render(saved, palette()))
    return 0
