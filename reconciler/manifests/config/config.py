"""`reconciler.yaml` as a whole: which folders, which environments, which settings; and how it is read."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.spec import Strict
from reconciler.manifests.config.guards import GuardSettings
from reconciler.manifests.config.ledger import LedgerSettings
from reconciler.manifests.config.moved import MovedRecord
from reconciler.manifests.config.policies import PolicySettings
from reconciler.manifests.config.probe import ProbeSettings
from reconciler.manifests.config.refresh import RefreshSettings
from reconciler.manifests.config.rules import NO_ENVIRONMENT, NOT_ONE, RULES
from reconciler.manifests.config.target import EmbeddedTarget, OktaTarget
from reconciler.manifests.config.values import EnvironmentName, InsidePath, VariableName, VariableValue
from reconciler.manifests.judge import judge
from reconciler.manifests.locate import locate
from reconciler.manifests.nearest import nearest
from reconciler.manifests.parse import parse
from reconciler.manifests.read import CONFIG_FILE, read_inside
from reconciler.manifests.show import shown


class Environment(Strict):
    """Where to, and with which values."""

    target: Annotated[EmbeddedTarget | OktaTarget, Field(discriminator="type")]
    """What is planned against and applied to."""
    variables: dict[VariableName, VariableValue] = Field(default={}, examples=[{"domain": "example.com"}])
    """Values of `${var.name}` in manifests."""


class Config(Strict):
    """Settings of a project, read from reconciler.yaml in its root."""

    api_version: Literal["reconciler/v1"] = "reconciler/v1"
    """The version of this format."""
    registry: Annotated[tuple[InsidePath, ...], Field(min_length=1)] = ("registry.d",)
    """Folders or files with manifests, relative to reconciler.yaml."""
    default_environment: EnvironmentName = "local"
    """The environment that is taken when none is named."""
    parallelism: Annotated[int, Field(ge=1, le=50)] = 10
    """Steps that apply performs at the same time."""
    ledger: LedgerSettings | None = None
    """Where what is remembered between runs is kept; without it, in `.reconciler/ledger.sqlite`."""
    # Defaults are made without being judged, which nobody needs and which would finish each of these models by itself.
    probe: ProbeSettings = ProbeSettings.model_construct()
    """What the readiness checks may ask, and what they decide."""
    refresh: RefreshSettings = RefreshSettings.model_construct()
    """What a plan reads again of what an earlier run has read."""
    guards: GuardSettings = GuardSettings.model_construct()
    """What a plan may take away, and when a saved one expires."""
    policies: PolicySettings = PolicySettings.model_construct()
    """By which policies a plan is judged."""
    moved: tuple[MovedRecord, ...] = Field(
        default=(), examples=[[{"from": "McpServer.jira", "to": "McpServer.tickets"}]]
    )
    """Renames: the object of one address goes on under another, and keeps what is remembered of it."""
    environments: dict[EnvironmentName, Environment] = Field(
        default={"local": Environment.model_construct(target=EmbeddedTarget.model_construct(type="embedded"))},
        min_length=1,
    )
    """Environments by name."""


def read_config(root: Path) -> tuple[Config, tuple[Diagnostic, ...]]:
    """Read reconciler.yaml. Without the file, or with faults, the config is the default one: embedded, `registry.d`."""
    content = read_inside(root, CONFIG_FILE)
    if content is None or content.text is None:
        return Config(), content.faults if content else ()
    config, faults = _judge(content.text)
    return config or Config(), locate(faults, lambda _name: content.text)


def _judge(text: str) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    parsed = parse(text, CONFIG_FILE)
    if len(parsed.documents) != 1:
        count = f"It holds {len(parsed.documents)} documents."
        extra = [NOT_ONE.found(count).at(document.source) for document in parsed.documents[1:2]]
        return None, (*parsed.faults, *extra)
    document = parsed.documents[0]
    config, faults = judge(Config, document.value, {rule.code: rule for rule in RULES})
    if config is not None and config.default_environment not in config.environments:
        faults = (*faults, _undefined(config.default_environment, config, path=("defaultEnvironment",)))
    faults = (*parsed.faults, *(fault.at(document.source) for fault in faults))
    return (None if faults else config), faults


def choose_environment(config: Config, name: str = "") -> tuple[Environment | None, tuple[Diagnostic, ...]]:
    """Give the named environment, or the default one when no name is given; None with a diagnostic when undefined."""
    name = name or config.default_environment
    if name in config.environments:
        return config.environments[name], ()
    return None, (_undefined(name, config).at(Source(CONFIG_FILE)),)


def _undefined(name: str, config: Config, path: tuple[str, ...] = ()) -> Diagnostic:
    close = nearest(name, config.environments)
    known = ", ".join(f"`{each}`" for each in config.environments)
    fix = f"Did you mean `{close}`?" if close else f"Defined are {known}."
    return NO_ENVIRONMENT.found(f"There is no environment {shown(name)}.", path=path, fix=fix)
