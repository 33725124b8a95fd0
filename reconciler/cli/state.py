"""`reconciler state`: what is remembered between runs, changed by hand. Nothing is sent to the organisation."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_json


@click.group("state")
def command() -> None:
    """Look at, and change by hand, what is remembered between runs. Nothing is sent to the organisation."""


@command.command("mv")
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
@common
def mv(chosen: Common, old: str, new: str) -> int:
    """Let the object of the address FROM go on under the address TO, for example after its document was renamed."""
    from reconciler import app
    from reconciler.app import remembering

    remembering.move(app.open_workspace(chosen.root, chosen.environment), old, new)
    say_json({"from": old, "to": new}) if chosen.json else say(f"{old} is {new} from now on.")
    return 0


@command.command("forget")
@click.argument("address")
@common
def forget(chosen: Common, address: str) -> int:
    """Let go of the object of an ADDRESS without deleting it. While a document describes it, a plan adopts it again."""
    from reconciler import app
    from reconciler.app import remembering

    record = remembering.forget(app.open_workspace(chosen.root, chosen.environment), address)
    if chosen.json:
        say_json({"forgotten": address, "record": record})
    else:
        say(f"{address} is forgotten; the object {record} lives on and is nobody's.")
    return 0
