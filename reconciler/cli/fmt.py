"""`reconciler fmt`: one layout for all manifests."""

import difflib

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report_aside
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer

WOULD_CHANGE = 2


@click.command("fmt")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 2 when a file is laid out otherwise.")
@click.option("--diff", "differing", is_flag=True, help="Show what changes.")
@common
def command(chosen: Common, files: tuple[str, ...], *, check: bool, differing: bool) -> int:
    """Lay out manifests and reconciler.yaml: indentation, blanks, line ends. Comments, order and values stay.

    Without FILEs all of the project. A file that cannot be read as YAML is left alone and told with its place; exit
    code 3 then.
    """
    from reconciler.app import formatting
    from reconciler.core.errors import ConfigurationInvalid
    from reconciler.core.quantity import counted

    found = formatting.formatted(chosen.root, files)
    if not check:
        formatting.put(chosen.root, found)
    report_aside(found.faults)
    names = [file.name for file in found.changed]
    if chosen.json:
        from reconciler.render import machine
        from reconciler.render.answers import Formatted

        faults = [machine.fault(fault) for fault in found.faults]
        say_answer(Formatted(found.files, names, not check, faults))
    else:
        for file in found.changed:
            if differing:
                before, after = ((text or "").splitlines(keepends=True) for text in (file.before, file.after))
                say("".join(difflib.unified_diff(before, after, f"a/{file.name}", f"b/{file.name}")))
            say(f"{'Would change' if check else 'Changed'} {file.name}.")
        say(f"{counted(found.files, 'file')}, {len(names)} {'to change' if check else 'changed'}.")
    if found.faults:
        return ConfigurationInvalid.exit_code
    return WOULD_CHANGE if check and names else 0
