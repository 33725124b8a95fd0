"""The options that every command takes, and what they add up to."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from reconciler.cli.common import Common
from reconciler.core.refresh import Refresh

P = ParamSpec("P")
R = TypeVar("R")
FORMATS = ("human", "json")

_OPTIONS = (
    click.option(
        "--chdir",
        type=click.Path(path_type=Path),
        default=Path(),
        envvar="RECONCILER_CHDIR",
        help="Work in this folder.",
    ),
    click.option(
        "--env", "environment", metavar="NAME", envvar="RECONCILER_ENV", help="Environment of reconciler.yaml."
    ),
    click.option("--no-color", is_flag=True, envvar="RECONCILER_NO_COLOR", help="No colour; NO_COLOR does the same."),
    click.option(
        "--no-symbols",
        is_flag=True,
        envvar="RECONCILER_NO_SYMBOLS",
        help="Words in place of symbols, for those who listen.",
    ),
    click.option("-v", "--verbose", is_flag=True, envvar="RECONCILER_VERBOSE", help="Say more."),
    click.option("-q", "--quiet", is_flag=True, envvar="RECONCILER_QUIET", help="Say only what is asked for."),
)


def add_to(command: Callable[..., R], formats: tuple[str, ...] = FORMATS) -> Callable[..., R]:
    """Add the common options to a function that becomes a command or the group."""
    for option in reversed((*_OPTIONS[:2], _format(formats), *_OPTIONS[2:])):
        command = option(command)
    return command


def _format(formats: tuple[str, ...]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    described = "Text for people, or JSON." if formats == FORMATS else "Text for people, or one for machines."
    return click.option(
        "--format",
        "output",
        type=click.Choice(formats),
        default="human",
        envvar="RECONCILER_FORMAT",
        help=described,
    )


def refresh_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add the option that says how much of the organisation is read again; its function gets it as `refresh`."""
    return click.option(
        "--refresh",
        type=click.Choice(tuple(Refresh)),
        callback=lambda _context, _option, value: Refresh(value) if value else None,
        help="Read again what has moved (auto), the same and all where the log cannot tell (log), or all (full). "
        "Default: reconciler.yaml, auto.",
    )(function)


def common(function: Callable[Concatenate[Common, P], R]) -> Callable[..., R]:
    """Add the common options to a command; its function gets them as one `Common` value, first.

    They may also stand before the command's name; what stands after it wins.
    """
    return add_to(_gathering(function))


def common_and(
    *formats: str,
) -> Callable[[Callable[Concatenate[Common, P], R]], Callable[..., R]]:
    """Add the common options to a command that speaks more formats than text and JSON."""

    def add(function: Callable[Concatenate[Common, P], R]) -> Callable[..., R]:
        return add_to(_gathering(function), (*FORMATS, *formats))

    return add


def _gathering(function: Callable[Concatenate[Common, P], R]) -> Callable[..., R]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> R:
        from reconciler.cli import output as speaking

        given = {name: _chosen(name, kwargs.pop(name)) for name in _NAMES}
        chosen = Common(
            root=given["chdir"],
            environment=given["environment"] or None,
            output=given["output"],
            colour=False if given["no_color"] else None,
            symbols=not given["no_symbols"],
            verbose=given["verbose"],
            quiet=given["quiet"],
        )
        speaking.speak_as(chosen)
        return function(chosen, *args, **kwargs)

    return wrapper


_NAMES = ("chdir", "environment", "output", "no_color", "no_symbols", "verbose", "quiet")


def _chosen(name: str, value: Any) -> Any:
    """The option nearest to the command, before or after its name, else environment variable or default."""
    ctx = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    above: click.Context | None = ctx
    while above is not None:
        if above.get_parameter_source(name) is typed:
            return value if above is ctx else above.params[name]
        above = above.parent
    return value


def a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    """Refuse `nan`, which lies in every range."""
    if math.isnan(value):
        raise click.BadParameter("it is not a number.")
    return value


gate_option = click.option(
    "--gate",
    type=click.Choice(("off", "activate", "plan")),
    help="What readiness decides: nothing, each activation, or the whole plan. Default: reconciler.yaml, `probe.gate`.",
)
"""For the commands that activate, or plan to."""

detail_option = click.option("--detail", is_flag=True, help="Show everything, nothing shortened.")
"""For the commands that show a plan."""

take_option = click.option(
    "--take-ownership",
    "taken",
    multiple=True,
    metavar="PATH",
    help="Let the manifest win where both sides changed PATH, for example McpServer.jira.description.",
)
"""For the commands that plan."""

lock_option = click.option(
    "--lock-timeout",
    type=click.FloatRange(0, 86400),
    callback=a_number,
    default=0.0,
    show_default=True,
    help="Seconds to wait for another run to end.",
)
"""For the commands that write to the ledger."""
