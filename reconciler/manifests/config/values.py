"""The single values that `reconciler.yaml` may hold, and what makes one wrong."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from reconciler.core.spec import fault
from reconciler.core.url import URL_CLEAN, URL_HTTPS, url_faults
from reconciler.manifests.config.rules import LEAVES_ROOT, NESTED_VARIABLE, NETWORK_RANGE, ORG_URL
from reconciler.manifests.read import leaves_root
from reconciler.manifests.show import shown
from reconciler.manifests.variables import VARIABLE_NAME


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
NetworkRange = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_range)]
HostPattern = Annotated[
    str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=253)
]
Contact = Annotated[str, StringConstraints(pattern=r"^(https://|mailto:)[!-~]+$", max_length=255)]
Port = Annotated[int, Field(ge=1, le=65535)]
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}[smhd]$")]
"""A number of seconds, minutes, hours or days: `90m`, `24h`."""
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$", max_length=63)]

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(duration: str) -> float:
    """Give how many seconds a `Duration` is."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]
