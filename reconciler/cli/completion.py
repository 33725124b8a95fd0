"""`reconciler completion`: the script that teaches a shell our commands and options."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say

_VARIABLE = "_RECONCILER_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@common
def command(_chosen: Common, shell: str) -> int:
    """Print the completion script of a shell, to be read at its start.

    bash: eval "$(reconciler completion bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc; fish: reconciler
    completion fish > ~/.config/fish/completions/reconciler.fish
    """
    from click.shell_completion import get_completion_class

    from reconciler.cli import group

    kind = get_completion_class(shell)
    assert kind is not None
    say(kind(group, {}, "reconciler", _VARIABLE).source())
    return 0
