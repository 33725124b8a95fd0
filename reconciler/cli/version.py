"""`reconciler version`."""

import click

from reconciler import __version__
from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer
from reconciler.core.plan_format import FORMAT_VERSION


@click.command("version")
@common
def command(chosen: Common) -> int:
    """Print the version, and the plan format that it reads and writes."""
    if chosen.json:
        from reconciler.render.answers import Versions

        say_answer(Versions(__version__, FORMAT_VERSION))
    else:
        say(f"reconciler {__version__} (plan format {FORMAT_VERSION})")
    return 0
