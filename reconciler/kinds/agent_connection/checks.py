"""What an author can fix about a connection, seen from the documents alone."""

from collections.abc import Iterator
from typing import Any

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kind, Kinds, Offer
from reconciler.core.lifecycle import State
from reconciler.core.resources import Desired, Resource
from reconciler.core.url import URL_CANONICAL, URL_CLEAN, URL_HTTPS, URL_SECRET, odd_url
from reconciler.kinds.agent_connection.spec import CustomServerConnection, McpServerConnection, Spec, resource_of

NOT_ACTIVE = Rule(
    code="CNX001",
    summary="Connection to what will not be active",
    why="Okta connects agents to ACTIVE resources only (okta-api §1.8), so the connection could never be made.",
    example="mcpServer: jira   # jira has state: inactive",
    fix="Set `state: active` there, or remove the connection until it is.",
)
SCOPES = Rule(
    code="CNX002",
    summary="Scopes do not fit their condition",
    why="INCLUDE_ONLY and EXCLUDE speak of the scopes that are listed; ALL_SCOPES would silently ignore a list.",
    example="scopeCondition: INCLUDE_ONLY   # without scopes",
    fix="List `scopes` with INCLUDE_ONLY or EXCLUDE, none with ALL_SCOPES.",
)
WRONG_SERVER = Rule(
    code="CNX003",
    summary="The authorization server cannot take the agent's assertion",
    why="XAA needs an authorization server that protects the MCP server and that understands identity assertions; an "
    "external one does only where its metadata says so.",
    example="authorizationServer: github, and the MCP server does not name github",
    fix="Name one of the MCP server's authorization servers of type okta, or one whose metadata offers XAA.",
)
WHICH_SERVER = Rule(
    code="CNX004",
    summary="It is not clear which authorization server is meant",
    why="More than one of the MCP server's authorization servers offers XAA, and a connection is for one of them.",
    example="authorizationServers: [agents, partners]   # both of type okta",
    fix="Add `authorizationServer` to the connection.",
)

RULES = (URL_HTTPS, URL_CLEAN, URL_CANONICAL, URL_SECRET, NOT_ACTIVE, SCOPES, WRONG_SERVER, WHICH_SERVER)


def check(resource: Resource[Spec], desired: Desired, kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    spec = resource.spec
    if bool(spec.scopes) != (spec.scope_condition != "ALL_SCOPES"):
        yield SCOPES.found(f"It says {spec.scope_condition} and lists {len(spec.scopes)}.", path=("spec", "scopes"))
    other = desired.get(resource_of(spec))
    if other is not None and not resource.absent and other.outline.goal is not State.ACTIVE:
        yield NOT_ACTIVE.found(f"{other.address} is to be {other.outline.goal}.", path=("spec",))
    if isinstance(spec, McpServerConnection):
        yield from _assertion(spec, other, desired, kinds)
    if isinstance(spec, CustomServerConnection):
        if other is not None and Offer.XAA not in kinds[other.address.kind].offers(other.spec):
            detail = f"{other.address} is not one of Okta's own."
            yield WRONG_SERVER.found(detail, path=("spec", "authorizationServer"))
        if spec.resource_indicator is not None:
            yield from odd_url(spec.resource_indicator, ("spec", "resourceIndicator"))


def _assertion(
    spec: McpServerConnection, server: Resource[Any] | None, desired: Desired, kinds: Kinds
) -> Iterator[Diagnostic]:
    if server is None:
        return  # a reference to nothing is reported as such
    at = ("spec", "authorizationServer")
    attached = server.outline.references
    if spec.authorization_server is not None:
        if Address("AuthorizationServer", spec.authorization_server) not in attached:
            yield WRONG_SERVER.found(f"{server.address} does not name `{spec.authorization_server}`.", path=at)
    elif len(able := able_to_assert(server, desired, kinds)) > 1:
        yield WHICH_SERVER.found(f"{', '.join(str(each) for each in able)} offer XAA.", path=("spec",))


def able_to_assert(server: Resource[Any], desired: Desired, kinds: Kinds) -> list[Address]:
    """The authorization servers of an MCP server that offer XAA, as far as the documents tell."""
    attached = (each for each in server.outline.references if each in desired)
    return [each for each in attached if Offer.XAA in _kind(each, kinds).offers(desired[each].spec)]


def _kind(address: Address, kinds: Kinds) -> Kind[Any]:
    return kinds[address.kind]
