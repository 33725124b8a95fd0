"""The command line: flags in, exit code out. One file a command; no rule of the domain lives here."""

import errno
import importlib
import keyword
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import click

from reconciler import __version__
from reconciler.cli.options import add_to

_COMMANDS: Final[Mapping[str, str]] = {
    "init": "Start a registry in this folder.",
    "validate": "Check the manifests, without any organisation.",
    "plan": "Show what an apply would change.",
    "show": "Show a saved plan.",
    "apply": "Make the organisation agree with the manifests.",
    "drift": "Show how the organisation differs from the manifests.",
    "import": "Write manifests for what is there already.",
    "export": "Print the organisation as manifests.",
    "probe": "Ask endpoints whether MCP servers are ready.",
    "state": "What is remembered, and who may write.",
    "history": "Show what runs did.",
    "graph": "Draw what refers to what.",
    "promote": "Show that only variables differ between environments.",
    "policy": "The policies that plans are judged by.",
    "fmt": "Lay out manifests.",
    "explain": "Explain a diagnostic code.",
    "schema": "Print or write the JSON Schemas.",
    "github": "Plan, apply and drift as jobs of GitHub Actions.",
    "emulator": "Serve an emulated Okta organisation.",
    "demo": "Show the whole loop on the emulator.",
    "completion": "Print the completion script of a shell.",
    "version": "Print the version.",
}
USAGE = 64
INTERRUPTED = 130
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LazyGroup(click.Group):
    """A group that imports a command only when it is called, so that `--help` is quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = importlib.import_module(f"reconciler.cli.{module}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "RECONCILER",
        "max_content_width": 100,
    },
    epilog="Exit codes: 0 done · 1 error · 2 changes present · 3 configuration invalid · 4 plan stale · 5 refused · "
    "6 locked · 7 partly applied · 8 organisation unavailable · 9 not ready · 64 usage · 130 interrupted.",
)
@click.version_option(__version__, prog_name="reconciler")
@add_to
def group(**_before_the_command: object) -> None:
    """Make Okta for AI Agents agree with the YAML in this repository: plan, review, apply."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and give the process's exit code. The one place where errors become codes and text."""
    try:
        result: Any = group.main(args=list(arguments), prog_name="reconciler", standalone_mode=False)
    except click.UsageError as error:
        error.show(sys.stderr)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        from reconciler.cli.output import aside

        aside("Interrupted.")
        return INTERRUPTED
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe went away; nothing more can be said.
        sys.stdout = None
        return 1
    except Exception as error:  # noqa: BLE001 - the last net: everything ends in a code and a sentence
        return _stopped(error, arguments)
    return _unmasked(result if isinstance(result, int) else 0)


def _unmasked(code: int) -> int:
    """The exit code of a command that ended well, unless its output would have held a secret: that is an error."""
    output = sys.modules.get("reconciler.cli.output")
    if output is None or not output.has_masked():
        return code
    from reconciler.cli.faults import report_aside
    from reconciler.core.errors import SecretInOutput

    found = SecretInOutput("What was written above has `***` where a secret would be.")
    report_aside([found.diagnostic])  # the result has been written; a second document would be none
    return code or found.exit_code


def _stopped(error: Exception, arguments: Sequence[str]) -> int:
    with suppress(OSError):  # where stderr cannot be written either, the code alone has to tell
        return _told(error, arguments)
    return 1


def _told(error: Exception, arguments: Sequence[str]) -> int:
    from reconciler.cli.faults import report_error
    from reconciler.cli.output import aside
    from reconciler.core.errors import ReconcilerError

    if isinstance(error, ReconcilerError):
        return report_error(error)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return report_error(ReconcilerError(f"Output cannot be written: {error.strerror}."))
    if "--verbose" in arguments or "-v" in arguments:
        aside("".join(traceback.format_exception(error)), end=False)
    aside(
        f"reconciler {__version__} has a bug: {type(error).__name__}: {error}\n"
        "Nothing more was done. Please report it with the command and, if you can, the output of --verbose."
    )
    return 1
