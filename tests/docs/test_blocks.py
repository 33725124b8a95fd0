"""Commands that README and documentation show have no option that does not exist. Which of them are run is counted in
docs/blocks.py, and looked at whenever something generated is checked.
"""

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from reconciler.cli import group

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import blocks  # noqa: E402 - a program's module, not a package's

EVERY = re.compile(r"^```console[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """The commands of a page that are ours, a continued line joined."""
    lines = "\n".join(EVERY.findall((ROOT / page).read_text(encoding="utf-8"))).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in lines if re.match(r"\$ (\w+=\S+ )*reconciler ", line)]


def test_every_block_is_run_or_counted_and_the_index_leads_everywhere():
    assert list(blocks.faults(ROOT)) == []


SHOWN = sorted({(page, command) for page in blocks.pages(ROOT) for command in commands(page)})


@pytest.mark.parametrize(("page", "command"), SHOWN, ids=lambda value: value)
def test_every_command_that_is_shown_exists_with_its_options(page, command):
    words = shlex.split(re.sub(r"\s+#.*$| &$| [|>].*$", "", command))
    words = [word for word in words[words.index("reconciler") + 1 :] if word]
    with group.make_context("reconciler", list(words)) as context:
        try:
            parse(context, group, [*context._protected_args, *context.args])
        except click.BadParameter as error:
            if "does not exist" not in error.message:  # files and folders of the story are not here
                raise


def parse(context: click.Context, parent: click.Group, words: list[str]) -> None:
    """Go down to the command that is meant, and let it read its options; nothing is done."""
    if not words:
        return
    name, command, rest = parent.resolve_command(context, words)
    assert command is not None
    with command.make_context(name, rest, parent=context) as child:
        if isinstance(command, click.Group):
            parse(child, command, [*child._protected_args, *child.args])
