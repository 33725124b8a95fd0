"""`reconciler state`: what is remembered between runs, shown and changed by hand; and who may write."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common, lock_option
from reconciler.cli.output import say, say_answer


@click.group("state")
def command() -> None:
    """Look at, and change by hand, what is remembered between runs. Nothing is sent to the organisation."""


@command.command("mv")
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
@lock_option
@common
def mv(chosen: Common, old: str, new: str, lock_timeout: float) -> int:
    """Let the object of the address FROM go on under the address TO, for example after its document was renamed."""
    from reconciler import app
    from reconciler.app import remembering

    remembering.move(app.open_workspace(chosen.root, chosen.environment), old, new, lock_timeout)
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.StateMoved(old, new))
    else:
        say(f"{old} is {new} from now on.")
    return 0


@command.command("forget")
@click.argument("address")
@lock_option
@common
def forget(chosen: Common, address: str, lock_timeout: float) -> int:
    """Let go of the object of an ADDRESS without deleting it. While a document describes it, a plan adopts it again."""
    from reconciler import app
    from reconciler.app import remembering

    record = remembering.forget(app.open_workspace(chosen.root, chosen.environment), address, lock_timeout)
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.StateForgotten(address, record))
    else:
        say(f"{address} is forgotten; the object {record} lives on and is nobody's.")
    return 0


@command.command("list")
@common
def list_(chosen: Common) -> int:
    """Show every address with its live object, and as what it was last applied."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    found = looking_back.remembered(app.open_workspace(chosen.root, chosen.environment))
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.StateList({name: answers.Remembered(**each) for name, each in found.items()}))
    else:
        say(history.remembered(found))
    return 0


@command.command("show")
@click.argument("address", metavar="KIND.NAME")
@common
def show(chosen: Common, address: str) -> int:
    """Show everything that is remembered of one address."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    found = looking_back.of_address(app.open_workspace(chosen.root, chosen.environment), address)
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.StateShow(address=address, **found))
    else:
        say(history.one(address, found))
    return 0


@command.command("locks")
@common
def locks(chosen: Common) -> int:
    """Show who may write to which organisation, since when, and until when without a sign of life."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    found = looking_back.locks(app.open_workspace(chosen.root, chosen.environment))
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.Locks(found))
    else:
        say(history.locks(found, looking_back.now()))
    return 0


@command.command("unlock")
@click.argument("fence", type=click.IntRange(1))
@common
def unlock(chosen: Common, fence: int) -> int:
    """Take a lock away by its number, as `state locks` shows it. Whoever holds it can write no more."""
    from reconciler import app
    from reconciler.app import looking_back

    looking_back.unlock(app.open_workspace(chosen.root, chosen.environment), fence)
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.Unlocked(fence))
    else:
        say(f"Lock {fence} is taken away; its run can be resumed.")
    return 0
