"""`reconciler emulator serve`: an emulated Okta organisation as a process."""

from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common


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
