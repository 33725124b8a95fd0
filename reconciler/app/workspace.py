"""A repository and the environment chosen in it: what the author wrote, read and judged."""

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import manifests
from reconciler.app.secret import resolve_secret
from reconciler.core import errors
from reconciler.core.diagnostic import Diagnostic, in_order
from reconciler.core.noun import dataclass
from reconciler.kinds import KINDS
from reconciler.ledger import Place

if TYPE_CHECKING:
    from reconciler.core.plan import Target

STATE_FOLDER = ".reconciler"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository and the environment chosen in it."""

    root: Path
    config: manifests.Config
    environment: str

    @property
    def target(self) -> "Target":
        from reconciler.core.plan import Target

        target = self.config.environments[self.environment].target
        where = target.org_url if isinstance(target, manifests.OktaTarget) else f"embedded:{target.state}"
        return Target(self.environment, target.type, where)

    @property
    def ledger(self) -> Place:
        """Where what is remembered is kept. Raises SecretUnavailable where the reference to its URL leads to none."""
        settings = self.config.ledger
        if settings is None:
            return Place(self.root / STATE_FOLDER / "ledger.sqlite")
        url = settings.url if isinstance(settings.url, str) else resolve_secret(settings.url, self.root)
        fault = manifests.ledger_url_faults(url)
        if fault:
            raise errors.SecretUnavailable(f"What `ledger.url` refers to is not the address of a ledger. {fault}")
        return Place(url=url)


def open_workspace(root: Path, environment: str | None) -> Workspace:
    """Read `reconciler.yaml` and choose an environment; raise ConfigurationInvalid with everything that is wrong."""
    if not root.is_dir():
        raise errors.UsageError(f"There is no folder {root}.", fix="Correct --chdir.")
    config, found = manifests.read_config(root)
    if not has_errors(found):
        _, found = manifests.choose_environment(config, environment or "")
    if has_errors(found):
        raise errors.ConfigurationInvalid(in_order(found))
    return Workspace(root, config, environment or config.default_environment)


def validate(workspace: Workspace) -> manifests.Loaded:
    """Read all manifests with the variables of the environment; the faults come along as values."""
    variables = workspace.config.environments[workspace.environment].variables
    return manifests.load(
        workspace.root, workspace.config.registry, variables, KINDS, manifests.shelf_of(workspace.root)
    )


def desired(workspace: Workspace) -> manifests.Loaded:
    loaded = validate(workspace)
    if has_errors(loaded.diagnostics):
        raise errors.ConfigurationInvalid(loaded.diagnostics)
    return loaded


def has_errors(found: tuple[Diagnostic, ...]) -> bool:
    return any(diagnostic.is_error for diagnostic in found)
