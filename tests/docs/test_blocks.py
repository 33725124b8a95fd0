"""Commands that README and documentation show have no option that does not exist. Which of them are run is counted in
docs/blocks.py, and looked at whenever something generated is checked.
"""

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from reconciler import app
from reconciler.cli import group
from reconciler.oauth import CHECKS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import blocks  # noqa: E402 - a program's module, not a package's

EVERY = re.compile(r"^ *```console[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """The commands of a page that are ours, a continued line joined; where no line has a prompt, all are commands."""
    found = []
    for block in EVERY.findall((ROOT / page).read_text(encoding="utf-8")):
        lines = [line.strip() for line in block.replace("\\\n", " ").splitlines()]
        prompt = "$ " if any(line.startswith("$ ") for line in lines) else ""
        found += [line.removeprefix(prompt) for line in lines if line.startswith(prompt)]
    return [command for command in found if re.match(r"(\w+=\S+ )*reconciler ", command)]


def test_every_block_is_run_or_counted_and_the_index_leads_everywhere():
    assert list(blocks.faults(ROOT)) == []


def test_what_is_wrong_with_the_documentation_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "NOT_RUN", {})
    texts = {
        "README.md": "# Read\n\n[index](docs/README.md#nowhere)\n",
        "docs/README.md": "# Index\n\n[a](page.md#twice-1) [b](gone.md) [c](https://example.com/c) [d](tutorial.md)\n",
        "docs/page.md": "# Twice\n\n## Twice\n\n  ```console\n  $ make it\n  [no](link)\n  ```\n",
        "docs/lost.md": "# Lost\n",
        "docs/tutorial.md": "# Tutorial\n\n```console\n$ seen\n```\n\n1. One\n\n   ```console\n   $ not seen\n   ```\n",
        "docs/adr/0001-one.md": "# 0001 One\n",
        "docs/adr/0001-two.md": "# 0001 Two\n",
        "docs/adr/0002-three.md": "# Three\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(blocks.faults(tmp_path)) == [
        "docs/page.md shows 1 blocks of commands that no test runs: run or count them (docs/blocks.py)",
        "docs/tutorial.md shows 1 blocks of commands that no test runs: run or count them (docs/blocks.py)",
        "docs/README.md does not lead to docs/lost.md",
        "README.md leads to docs/README.md#nowhere, which is not there",
        "docs/README.md leads to gone.md, which is not there",
        "docs/adr/0001-two.md has the number of 0001-one.md",
        "docs/adr/0002-three.md does not begin with its number",
    ]


def test_every_code_that_a_page_names_can_be_explained():
    known = app.rules().keys() | CHECKS.keys()
    named = {
        (page, code)
        for page in blocks.pages(ROOT)
        for code in re.findall(r"\b[A-Z]{3}\d{3}\b", (ROOT / page).read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    assert sorted((page, code) for page, code in named if code not in known) == []


@pytest.mark.parametrize("page", ["docs/flow.md", "docs/glossary.md", ".github/CONTRIBUTING.md"])
def test_every_part_of_the_program_that_is_named_exists(page):
    named = re.findall(r"`([a-z_]+/[a-z_./]*)`", EVERY.sub("", (ROOT / page).read_text(encoding="utf-8")))
    places = (ROOT / "reconciler", ROOT)
    assert named
    assert [part for part in named if not any((place / part).exists() for place in places)] == []


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
