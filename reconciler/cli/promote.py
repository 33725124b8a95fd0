"""`reconciler promote`: whether what was applied in one environment may go to another."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer


@click.command("promote")
@click.option("--from", "there", required=True, metavar="ENV", help="The environment in which it was applied.")
@click.option("--to", "here", required=True, metavar="ENV", help="The environment to which it shall go.")
@common
def command(chosen: Common, there: str, here: str) -> int:
    """Show that only variables differ between what was applied in one environment and the manifests for another.

    Goes by the ledger of --from; no organisation is asked, nothing is written. Exit code 5 on any other difference.
    """
    from reconciler import app
    from reconciler.app import promoting
    from reconciler.render import promotion

    found = promoting.promote(app.open_workspace(chosen.root, there), app.open_workspace(chosen.root, here))
    say_answer(promotion.answer(found)) if chosen.json else say(promotion.render(found))
    return 0
