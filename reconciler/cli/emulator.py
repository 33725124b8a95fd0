"""`reconciler emulator`: an emulated Okta organisation as a process, and faults for one that runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say

if TYPE_CHECKING:
    from reconciler.emulator.remote import Remote


@click.group("emulator")
def command() -> None:
    """Serve an emulated Okta organisation, for tests and for trying things out."""


@command.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port; 0 picks a free one."
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="SQLite file; without, memory only.")
@click.option("--api-token", default=None, help="Token that it accepts.  [default: local-development-token]")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Choose an open behaviour; repeatable.")
@click.option("--operation-delay", type=click.FloatRange(0, 600), default=0.2, show_default=True, help="Seconds.")
@common
def serve(  # noqa: PLR0913 - one parameter an option, as click hands them over
    _chosen: Common,
    *,
    host: str,
    port: int,
    state: Path | None,
    api_token: str | None,
    switches: tuple[str, ...],
    operation_delay: float,
) -> int:
    """Serve until Ctrl-C. The first line on stdout is the base URL."""
    from reconciler.emulator.serve import ServeOptions, run
    from reconciler.emulator.settings import DEFAULT_API_TOKEN
    from reconciler.emulator.store import StateError
    from reconciler.emulator.switches import SwitchError

    pairs = [switch.partition("=") for switch in switches]
    for name, equals, _ in pairs:
        if not equals:
            raise click.UsageError(f"--switch takes NAME=VALUE, not {name!r}.")
    try:
        run(
            ServeOptions(
                host=host,
                port=port,
                state=state,
                api_token=api_token or DEFAULT_API_TOKEN,
                switches={name: value for name, _, value in pairs},
                operation_delay=operation_delay,
            )
        )
    except (StateError, SwitchError) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return 0


@command.group("faults")
def faults() -> None:
    """Let requests to a running emulator go wrong, by the name of what goes wrong."""


_url = click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the emulator listens.")
_token = click.option("--api-token", default=None, help="Token that it accepts.  [default: local-development-token]")


@faults.command("list")
@_url
@_token
@common
def list_faults(_chosen: Common, *, url: str, api_token: str | None) -> int:
    """Every fault, what it does, and where it is armed."""
    with _remote(url, api_token) as remote:
        for fault in remote.faults():
            say(f"{fault['name']:<20} {fault['description']}")
            for armed in fault["armed"]:
                say(f"{'':<20} armed as {_told(armed)}")
    return 0


@faults.command("arm")
@click.argument("name")
@click.option("--at", type=click.IntRange(1), help="Which matching request suffers it, counted from now.  [default: 1]")
@click.option("--times", type=click.IntRange(1), help="How many requests from there on.  [default: 1, an oddity lasts]")
@click.option(
    "--on", nargs=2, metavar="METHOD PATH", help="Which requests match; * stands for anything, !GET for writes."
)
@click.option("--seconds", type=click.FloatRange(0, 3600), help="How long, for a fault that takes time.  [default: 2]")
@_url
@_token
@common
def arm(  # noqa: PLR0913 - one parameter an option, as click hands them over
    _chosen: Common,
    *,
    name: str,
    at: int | None,
    times: int | None,
    on: tuple[str, str] | None,
    seconds: float | None,
    url: str,
    api_token: str | None,
) -> int:
    """Arm a fault; prints the id by which it is disarmed."""
    method, path = on or (None, None)
    with _remote(url, api_token) as remote:
        armed = remote.arm(name, {"at": at, "times": times, "method": method, "path": path, "seconds": seconds})
    say(_told(armed))
    return 0


@faults.command("disarm")
@click.argument("armed_id", metavar="[ID]", required=False)
@_url
@_token
@common
def disarm(_chosen: Common, *, armed_id: str | None, url: str, api_token: str | None) -> int:
    """Disarm one fault, or all."""
    with _remote(url, api_token) as remote:
        remote.disarm(armed_id)
    return 0


def _told(armed: dict[str, object]) -> str:
    lasts = "on" if armed["times"] is None else f"for {armed['times']}"
    where = f"{armed['method']} {armed['path']}"
    return f"{armed['id']}: {armed['name']} on {where}, from match {armed['at']} {lasts}; fired {armed['fired']}"


@contextmanager
def _remote(url: str, api_token: str | None) -> "Iterator[Remote]":
    from reconciler.emulator.remote import Remote, RemoteError
    from reconciler.emulator.settings import DEFAULT_API_TOKEN

    try:
        with Remote(url, api_token or DEFAULT_API_TOKEN) as remote:
            yield remote
    except RemoteError as error:
        raise click.UsageError(f"{error}.".replace("..", ".")) from error
