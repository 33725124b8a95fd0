"""The organisation behind a target: a real one over HTTPS, or the emulator in this process.

What only some commands need (the backend, the emulator) is imported where it is used: together they are most of the
start-up time of `validate`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reconciler import manifests
from reconciler.app.secret import resolve_key, resolve_secret, revealer
from reconciler.app.workspace import Workspace
from reconciler.core import errors
from reconciler.core.diagnostic import Source
from reconciler.core.refresh import Refresh

if TYPE_CHECKING:
    from reconciler.backends.okta import OktaBackend, OktaReader, Remembering
    from reconciler.backends.okta.auth import App
    from reconciler.emulator.app import Emulator
    from reconciler.ledger.notebook import LedgerNotebook

D = TypeVar("D")

EMBEDDED_URL = "https://embedded.okta.invalid"


class SystemClock:
    """Real time."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def remembering(workspace: Workspace, refresh: Refresh | None = None) -> "Remembering":
    """Give what a reading may take from earlier ones: as the settings say, or as asked for in this run."""
    from reconciler.backends.okta import Remembering
    from reconciler.ledger.readings import readings

    chosen = workspace.config.refresh
    cache = readings(workspace.ledger, workspace.target.organisation)
    return Remembering(cache, refresh or chosen.mode, chosen.max_age_seconds)


class SystemCalendar:
    """Today."""

    def today(self) -> datetime:
        return datetime.now(UTC)


def connect(
    workspace: Workspace, wait: float = 120.0, remembering: "Remembering | None" = None
) -> "AbstractContextManager[OktaBackend]":
    """Give the backend of the chosen environment: an organisation, or the emulator in this process.

    `wait` is how many seconds it waits for each thing that the organisation does by itself. The emulator in this
    process is always read whole: there is no request to spare.
    """
    from reconciler.backends.okta import OktaBackend

    return _opened(workspace, OktaBackend, wait, remembering)


def look(workspace: Workspace, remembering: "Remembering | None" = None) -> "AbstractContextManager[OktaReader]":
    """Give the same organisation for looking only."""
    from reconciler.backends.okta import OktaReader

    return _opened(workspace, OktaReader, remembering=remembering)


def _opened(
    workspace: Workspace,
    door: "Callable[..., AbstractContextManager[D]]",
    wait: float = 120.0,
    remembering: "Remembering | None" = None,
) -> "AbstractContextManager[D]":
    from reconciler.backends.okta import Allowance, Remembering, Settings
    from reconciler.backends.okta.driver import Patience

    target = workspace.config.environments[workspace.environment].target
    if isinstance(target, manifests.EmbeddedTarget):
        return _embedded(workspace, target, door, wait)
    allowance = Allowance(target.rate_limit.headroom, target.rate_limit.concurrency)
    okta = Settings(
        target.org_url,
        _credential(target.auth, workspace.root),
        Patience(bound=wait),
        allowance=allowance,
        secrets=revealer(workspace.root),
        remembering=remembering or Remembering(),
        notebook=_notebook(workspace),
    )
    return door(okta, SystemClock())


def _notebook(workspace: Workspace) -> "LedgerNotebook":
    from reconciler.ledger.notebook import LedgerNotebook

    return LedgerNotebook(workspace.ledger, workspace.target.organisation)


def _credential(auth: manifests.OktaAuth, root: Path) -> "str | App":
    """Resolve what shows the organisation who we are; nothing is sent yet. Raises SecretUnavailable or KeyUnusable."""
    if auth.api_token is not None:
        return f"SSWS {resolve_secret(auth.api_token, root)}"

    from reconciler.backends.okta.keys import read_key
    from reconciler.backends.okta.service_app import Dpop, ServiceApp

    assert auth.service_app is not None
    app = auth.service_app
    passphrase = resolve_secret(app.passphrase, root) if app.passphrase else None
    key = read_key(resolve_key(app.private_key, root), key_id=app.key_id, passphrase=passphrase)
    return ServiceApp(app.client_id, key, Dpop(app.dpop))


@contextmanager
def _embedded(
    workspace: Workspace,
    target: manifests.EmbeddedTarget,
    door: "Callable[..., AbstractContextManager[D]]",
    wait: float,
) -> "Iterator[D]":
    """Run the emulator in this process, behind the same HTTP client code as a real organisation."""
    import httpx

    from reconciler.backends.okta import Settings
    from reconciler.backends.okta.driver import Patience
    from reconciler.emulator.settings import DEFAULT_API_TOKEN

    patience = Patience(first=0.1, growth=1.5, longest=2.0, bound=wait)
    okta = Settings(
        EMBEDDED_URL,
        f"SSWS {DEFAULT_API_TOKEN}",
        patience,
        secrets=revealer(workspace.root),
        notebook=_notebook(workspace),
    )
    with (
        _emulator(workspace.root, target) as app,
        door(okta, SystemClock(), httpx.WSGITransport(app=app)) as organisation,
    ):
        yield organisation


def _emulator(root: Path, target: manifests.EmbeddedTarget) -> "Emulator":
    """Open the embedded organisation. Nobody shares it, so its rate limit is off unless a switch sets one."""
    from reconciler.emulator.app import create_app
    from reconciler.emulator.settings import DEFAULT_API_TOKEN, Settings
    from reconciler.emulator.store import StateError
    from reconciler.emulator.switches import SwitchError

    state = root / target.state
    switches = {"rate-limit": "0", **target.switches}
    try:
        state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return create_app(Settings(EMBEDDED_URL, state, DEFAULT_API_TOKEN, switches, allow_loopback_http=True))
    except SwitchError as error:
        fault = errors.ConfigurationInvalid.rule.found(f"The {error}.", fix="Correct `switches` of the environment.")
        raise errors.ConfigurationInvalid((fault.at(Source("reconciler.yaml")),)) from error
    except (OSError, StateError) as error:
        raise errors.ReconcilerError(
            f"The embedded organisation cannot keep its state in {target.state}: {error}.",
            fix="Move the file away to start with an empty organisation.",
        ) from error
