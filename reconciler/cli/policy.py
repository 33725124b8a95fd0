"""`reconciler policy`: the policies that plans are judged by: which there are, what they are for, whether they work."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer


@click.group("policy")
def command() -> None:
    """Look at the policies that plans are judged by, and run their tests. No organisation is asked."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those too that come with this program and are not asked.")
@common
def list_(chosen: Common, *, everything: bool) -> int:
    """Show every policy, and who is excepted from it."""
    from reconciler import app
    from reconciler.app import policing
    from reconciler.core.policy import Rulebook
    from reconciler.render import policies as shown

    book = policing.demand(app.open_workspace(chosen.root, chosen.environment)).rulebook
    if everything:
        book = Rulebook({**policing.builtin(), **book.policies}, book.exemptions)
    if chosen.json:
        say_answer(shown.listed_answer(book))
    else:
        say(shown.listed(book))
    return 0


@command.command("explain")
@click.argument("name")
@common
def explain(chosen: Common, name: str) -> int:
    """Show one policy: what it demands, why, and what to do."""
    from reconciler import app
    from reconciler.app import policing
    from reconciler.manifests import nearest
    from reconciler.render import policies as shown

    book = policing.demand(app.open_workspace(chosen.root, chosen.environment)).rulebook
    known = {**policing.builtin(), **book.policies}
    if name not in known:
        close = nearest(name, known)
        raise click.UsageError(f"There is no policy {name!r}.{f' Did you mean {close}?' if close else ''}")
    exemptions = [each for each in book.exemptions if each.policy == name]
    if chosen.json:
        say_answer(shown.explained_answer(known[name], exemptions))
    else:
        say(shown.explained(known[name], exemptions))
    return 0


@command.command("test")
@click.argument("names", nargs=-1)
@common
def test(chosen: Common, names: tuple[str, ...]) -> int:
    """Run the tests that stand beside the policies, of all or of those that are named.

    Exit code 3 when a test does not go as expected, or a policy has none.
    """
    from reconciler import app
    from reconciler.app import policing
    from reconciler.core.errors import ConfigurationInvalid
    from reconciler.render import policies as shown
    from reconciler.render.answers import PolicyTest, PolicyTests

    results = policing.tried(app.open_workspace(chosen.root, chosen.environment), names)
    failed = any(said for _, _, said in results)
    if chosen.json:
        say_answer(PolicyTests([PolicyTest(*each) for each in results]))
    else:
        say(shown.tried(results))
    return ConfigurationInvalid.exit_code if failed else 0
