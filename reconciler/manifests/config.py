"""`reconciler.yaml`: which folders, which environments, and where each environment's target is."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from reconciler.core.diagnostic import Diagnostic, Rule, Source
from reconciler.core.spec import Strict, fault
from reconciler.core.url import URL_CLEAN, URL_HTTPS, url_faults
from reconciler.manifests.judge import judge
from reconciler.manifests.locate import locate
from reconciler.manifests.nearest import nearest
from reconciler.manifests.parse import parse
from reconciler.manifests.read import CONFIG_FILE, leaves_root, read_inside
from reconciler.manifests.show import shown
from reconciler.manifests.variables import VARIABLE_NAME

NOT_ONE = Rule(
    code="CNF001",
    summary="reconciler.yaml does not hold exactly one document",
    why="Settings from a second document would be silently without effect.",
    example="environments: {}\n---\nenvironments: {}",
    fix="Keep one mapping that begins with `apiVersion: reconciler/v1`.",
)
NO_ENVIRONMENT = Rule(
    code="CNF002",
    summary="Environment is not defined",
    why="A plan for an environment by another name would go to the wrong organisation.",
    example="reconciler plan --env prodution",
    fix="Write the name of one of the environments in reconciler.yaml.",
)
LEAVES_ROOT = Rule(
    code="CNF003",
    summary="Path leads out of the project",
    why="A pull request must not make the runner read or write its other files.",
    example="registry: [../other-project]",
    fix="Write a path relative to reconciler.yaml, with `/` and without `..`.",
)
ORG_URL = Rule(
    code="CNF004",
    summary="orgUrl is not the address of an organisation",
    why="Credentials are sent there, and paths are appended to it.",
    example="orgUrl: https://acme.okta.com/admin?x=1",
    fix="Write scheme and host only, for example `https://acme.okta.com`.",
)
NESTED_VARIABLE = Rule(
    code="CNF005",
    summary="Variable refers to a variable",
    why="Variables are put in once; what looks like a variable in a value would arrive literally.",
    example="variables: {domain: example.com, host: 'mcp.${var.domain}'}",
    fix="Write the value out.",
)
SECRET_SOURCE = Rule(
    code="CNF006",
    summary="Secret does not come from exactly one place",
    why="With none there is no secret, with two it is not clear which one counts.",
    example="apiToken: {fromEnv: OKTA_API_TOKEN, fromFile: .token}",
    fix="Write either `{fromEnv: NAME}` or `{fromFile: path}`.",
)
NETWORK_RANGE = Rule(
    code="CNF007",
    summary="Text is not a network range",
    why="What is allowed here may be asked by every probe; a range that is read otherwise than meant opens too much.",
    example="allowPrivateRanges: [10.1.2.3/8]",
    fix="Write the first address and the length, for example `10.0.0.0/8`; a single address without length.",
)
RULES = (NOT_ONE, NO_ENVIRONMENT, LEAVES_ROOT, ORG_URL, NESTED_VARIABLE, SECRET_SOURCE, NETWORK_RANGE)


def _inside(path: str) -> str:
    if leaves_root(path):
        raise fault(LEAVES_ROOT, "It is absolute, climbs with `..`, or is not written with `/`.")
    return path


def _org_url(url: str) -> str:
    faults = [detail for rule, detail in url_faults(url) if rule in {URL_HTTPS, URL_CLEAN}]
    rest = url.partition("://")[2]
    if not faults and ("?" in rest or "/" in rest.removesuffix("/")):
        faults.append("It carries a path or a query.")
    if faults:
        raise fault(ORG_URL, " ".join(faults))
    return url.removesuffix("/")


def _literal(value: str) -> str:
    if "${" in value:
        raise fault(NESTED_VARIABLE, "The value holds `${`.")
    return value


def _range(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise fault(NETWORK_RANGE, f"{shown(text)} is none.") from error
    return text


InsidePath = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_inside)]
OrgUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(_org_url),
    Field(json_schema_extra={"format": "uri"}),
]
VariableName = Annotated[str, StringConstraints(pattern=rf"^{VARIABLE_NAME}$", max_length=63)]
VariableValue = Annotated[str, AfterValidator(_literal)]
EnvVariable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255)]
AnyPath = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
NetworkRange = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_range)]
HostPattern = Annotated[
    str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=253)
]
Contact = Annotated[str, StringConstraints(pattern=r"^(https://|mailto:)[!-~]+$", max_length=255)]
Port = Annotated[int, Field(ge=1, le=65535)]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$", max_length=63)]


class SecretSource(Strict):
    """Where a secret is found when it is needed; never the secret."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["fromEnv"]}, {"required": ["fromFile"]}]})

    from_env: EnvVariable | None = Field(default=None, examples=["OKTA_API_TOKEN"])
    """Name of an environment variable."""
    from_file: AnyPath | None = Field(default=None, examples=["/run/secrets/okta-token"])
    """Path of a file whose content, less the line end, is the secret."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "SecretSource":
        if (self.from_env is None) == (self.from_file is None):
            raise fault(SECRET_SOURCE, "It needs one of `fromEnv` and `fromFile`.")
        return self


class OktaAuth(Strict):
    """How this program shows the organisation who it is."""

    api_token: SecretSource
    """An Okta API token (SSWS)."""


class EmbeddedTarget(Strict):
    """The Okta emulator in this package: no network, no tenant."""

    type: Literal["embedded"]
    """`embedded`: the emulator, in this process."""
    state: InsidePath = ".reconciler/okta.sqlite"
    """File in which it keeps its state."""
    switches: dict[str, str] = Field(default={}, examples=[{"landing-state": "ACTIVE"}])
    """Behaviours of the organisation to imitate."""


class OktaTarget(Strict):
    """An Okta organisation."""

    type: Literal["okta"]
    """`okta`: an organisation over https."""
    org_url: OrgUrl = Field(examples=["https://acme.okta.com"])
    """Scheme and host of the organisation."""
    auth: OktaAuth
    """The credential, by reference."""


class Environment(Strict):
    """Where to, and with which values."""

    target: Annotated[EmbeddedTarget | OktaTarget, Field(discriminator="type")]
    """What is planned against and applied to."""
    variables: dict[VariableName, VariableValue] = Field(default={}, examples=[{"domain": "example.com"}])
    """Values of `${var.name}` in manifests."""


class ProbeSettings(Strict):
    """What `reconciler probe` may ask, besides public addresses over https on ports 443 and 8443.

    A run with --untrusted takes none of this from the file, since the file may be part of what is not trusted.
    """

    allow_loopback: bool = False
    """true: this machine may be asked, over http too and on any port. For local development."""
    allow_private_ranges: tuple[NetworkRange, ...] = Field(default=(), examples=[["10.20.0.0/16"]])
    """Private address ranges that may be asked."""
    allow_ports: tuple[Port, ...] = Field(default=(), examples=[[9443]])
    """More ports that may be asked over https."""
    allow_hosts: Annotated[tuple[HostPattern, ...], Field(min_length=1)] | None = Field(
        default=None, examples=[["mcp.example.com", "*.example.net"]]
    )
    """The only hosts that may be asked; without it, any."""
    contact: Contact | None = Field(default=None, examples=["https://example.com/mcp-team"])
    """Where the owner of an endpoint can ask about the probes; part of every request."""
    ca_file: InsidePath | None = Field(default=None, examples=["certificates/internal.pem"])
    """PEM file with the certificate authorities to trust instead of the public ones."""
    cache: bool = True
    """false: ask everything anew in every run, whatever `Cache-Control` allows."""


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
    probe: ProbeSettings = ProbeSettings()
    """What `reconciler probe` may ask."""
    environments: dict[EnvironmentName, Environment] = Field(
        default={"local": Environment(target=EmbeddedTarget(type="embedded"))}, min_length=1
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
