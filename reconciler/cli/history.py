"""`reconciler history`: which runs there were, what each did, and whether the record of it still holds."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer


@click.group("history", invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The last so many of each.")
@common
def command(chosen: Common, limit: int) -> int:
    """Show the runs of this environment's organisation and what was changed by hand, the last one first."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    if click.get_current_context().invoked_subcommand is not None:
        return 0
    workspace = app.open_workspace(chosen.root, chosen.environment)
    found, by_hand = looking_back.runs(workspace)[:limit], looking_back.by_hand(workspace)[:limit]
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.runs(found, by_hand))
    else:
        say(history.runs(found, by_hand))
    return 0


@command.command("show")
@click.argument("run", type=click.IntRange(1))
@common
def show(chosen: Common, run: int) -> int:
    """Show what one run did, line by line: each write with the organisation's request id."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    found, lines = looking_back.run(app.open_workspace(chosen.root, chosen.environment), run)
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.run_shown(found, lines))
    else:
        say(history.run(found, lines))
    return 0


@command.command("verify")
@common
def verify(chosen: Common) -> int:
    """Check that no line of the journal was altered or taken out, and that the list of runs says the same."""
    from reconciler import app
    from reconciler.app import looking_back
    from reconciler.render import history

    lines = looking_back.verify(app.open_workspace(chosen.root, chosen.environment))
    if chosen.json:
        from reconciler.render import answers

        say_answer(answers.Verified(lines, holds=True))
    else:
        say(history.verdict(lines))
    return 0
