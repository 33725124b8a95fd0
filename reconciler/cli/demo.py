"""`reconciler demo`: the whole loop, on the emulator and on a real MCP server, with the commands a user would type."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say
from reconciler.core.errors import ReconcilerError
from reconciler.core.noun import dataclass

_SHOWN_HEAD, _SHOWN_TAIL = 12, 4
_TOKEN = "local-development-token"  # noqa: S105 - well known: it opens emulators only
_READY_SECONDS = 30


@click.command("demo")
@common
def command(chosen: Common) -> int:
    """Show the whole loop in a temporary folder: plan, apply, drift, repair. Needs a checkout of the repository.

    First the public servers of registry.d, on an emulated organisation, without network. Then the quickstart: a real
    MCP server and a real authorization server on this machine, registered with an organisation over HTTP, broken and
    repaired.
    """
    root = chosen.root.resolve()
    registry, quickstart = root / "registry.d", root / "examples" / "quickstart"
    if not registry.is_dir() or not quickstart.is_dir():
        raise click.UsageError(f"{root} has no registry.d and examples/quickstart; run this in a checkout.")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder:
        _of_the_registry(_Stage(Path(folder) / "registry"), registry)
        _of_the_world(_Stage(Path(folder) / "quickstart"), quickstart)
    say(f"\nThat was the whole loop, in {time.monotonic() - begun:.0f} seconds.")
    return 0


@dataclass(frozen=True, slots=True)
class _Stage:
    """A folder in which commands are run as a user would."""

    root: Path

    def run(self, command: str, *, expect: int = 0, full: bool = False) -> None:
        """Run `reconciler COMMAND`, show it with its output, and insist on its exit code."""
        say(f"\n$ reconciler {command}")
        arguments = [sys.executable, "-m", "reconciler", *command.split()]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
        plain["OKTA_API_TOKEN"] = _TOKEN
        done = subprocess.run(arguments, cwd=self.root, env=plain, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        output = (done.stdout + done.stderr).strip()
        as_told = done.returncode == expect
        say(output if full or not as_told else _shortened(output))
        say(f"(exit code {done.returncode})")
        if not as_told:
            raise ReconcilerError(f"`reconciler {command}` ended with {done.returncode}, not {expect}.")


def _shortened(output: str) -> str:
    lines = output.splitlines()
    hidden = len(lines) - _SHOWN_HEAD - _SHOWN_TAIL
    if hidden <= 1:
        return output
    return "\n".join([*lines[:_SHOWN_HEAD], f"  … {hidden} lines more …", *lines[-_SHOWN_TAIL:]])


def _of_the_registry(stage: _Stage, registry: Path) -> None:
    say("== Public MCP servers, planned and applied on an emulated organisation ==")
    shutil.copytree(registry, stage.root / "registry.d")
    stage.run("validate")
    stage.run("plan --detailed-exitcode", expect=2)
    stage.run("apply --auto-approve")
    stage.run("plan --detailed-exitcode")


def _of_the_world(stage: _Stage, quickstart: Path) -> None:
    say("\n== A real MCP server and a real authorization server, and an organisation over HTTP ==")
    shutil.copytree(quickstart, stage.root, ignore=shutil.ignore_patterns(".reconciler", "__pycache__"))
    world_program = [str(stage.root / "world.py"), "--mcp-port", "0", "--as-port", "0"]
    organisation = ["-m", "reconciler", "emulator", "serve", "--port", "0", "--switch", "rate-limit=0"]
    with _running(world_program) as said, _running(organisation) as org_url:
        world = json.loads(said)
        say(f"\nMCP server {world['mcp']}, authorization server {world['issuer']}, organisation {org_url}.")
        _write_configuration(stage.root, world, org_url)
        say("\nRegister it; the organisation discovers its authorization server; activate it:")
        stage.run("plan --detailed-exitcode", expect=2, full=True)
        stage.run("apply --auto-approve")
        stage.run("plan --detailed-exitcode", full=True)
        say("\nIts metadata breaks, as if by a bad deployment, and the organisation looks. Nobody touched the YAML:")
        _post(world["control"], {"broken": True})
        _post(f"{org_url}/_emulator/refresh", {})
        stage.run("plan --detailed-exitcode", expect=2, full=True)
        say("\nAn apply does not activate what is not connectable:")
        stage.run("apply --auto-approve --wait 2", expect=9, full=True)
        say("\nThe metadata is repaired; the apply has it validated again, and activates it:")
        _post(world["control"], {"broken": False})
        stage.run("apply --auto-approve", full=True)
        stage.run("plan --detailed-exitcode", full=True)


@contextmanager
def _running(arguments: list[str]) -> Iterator[str]:
    """Run a Python program until the end of the block; give the first line that it prints once it is ready."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            if not first:
                raise ReconcilerError(
                    f"{arguments[0]} did not start.", fix="Install the extra: pip install 'mcp-reconciler[demo]'."
                )
            yield first
        finally:
            process.terminate()


def _write_configuration(root: Path, world: Mapping[str, str], org_url: str) -> None:
    """Write a configuration with the addresses of this run."""
    configuration = {
        "apiVersion": "reconciler/v1",
        "defaultEnvironment": "demo",
        "probe": {"allowLoopback": True},
        "environments": {
            "demo": {
                "target": {"type": "okta", "orgUrl": org_url, "auth": {"apiToken": {"fromEnv": "OKTA_API_TOKEN"}}},
                "variables": {"mcpUrl": world["mcp"], "issuer": world["issuer"]},
            }
        },
    }
    # JSON is YAML.
    (root / "reconciler.yaml").write_text(json.dumps(configuration), encoding="utf-8")


def _post(url: str, body: Mapping[str, object]) -> None:
    """Speak to the world's control or to the emulator's own endpoint."""
    request = urllib.request.Request(  # noqa: S310 - loopback URLs that our own programs have just told
        url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"SSWS {_TOKEN}"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=_READY_SECONDS):  # noqa: S310 - likewise
        pass
