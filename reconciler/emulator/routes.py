"""The table of routes: the specification that requests are matched against and the description is made from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import openapi
from .bodies import MERGE_PATCH
from .call import Call, Handler, Route, answer
from .endpoints import attached, control, custom_servers, events, mcp_servers, operations, parts
from .endpoints.parts import CLAIMS, POLICIES, RULES, SCOPES
from .routes_clients import CLIENTS
from .routes_principals import PRINCIPALS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from .organisation import Organisation

_MCP = "/resource-servers/api/v1/mcp-servers"
_ONE = f"{_MCP}/<server>"
_ROWS = f"{_ONE}/authorization-servers"
_ROW = f"{_ROWS}/<authorization_server>"
_OPERATION = "/resource-servers/api/v1/operations/<operation>"
_AS = "/api/v1/authorizationServers"
_CUSTOM = f"{_AS}/<custom>"
_TRUSTED = f"{_CUSTOM}/associatedServers"
_METADATA = "/.well-known/oauth-authorization-server"
_OWN = "/_emulator"
_PAGED = ("after", "limit")

_mcp = partial(Route, family="mcp-servers")
_patch = partial(Route, "PATCH", family="mcp-servers", media_type=MERGE_PATCH)
_custom = partial(Route, family="authorizationServers")
_published = partial(Route, "GET", family="well-known", needs_token=False, metered=False)
_own = partial(Route, family="emulator", metered=False)


def describe(org: Organisation, _call: Call) -> Response:
    return answer(openapi.document(ROUTES, org.settings.base_url))


def _lifecycle(path: str, activate: Handler, deactivate: Handler) -> tuple[Route, ...]:
    return (
        _custom("POST", f"{path}/lifecycle/activate", activate, "Activate it", (204,)),
        _custom("POST", f"{path}/lifecycle/deactivate", deactivate, "Deactivate it", (204,)),
    )


def _parts(family: parts.Family, above: str, schema: str) -> tuple[Route, ...]:
    """okta-api §2.6, what custom authorization servers consist of."""
    every, word = f"{above}/{family.segment}", family.kind
    each, takes = f"{every}/<{word}>", f"{schema}Input"
    return (
        _custom("GET", every, parts.listing(family), f"List {word} objects", gives=f"{schema}[]"),
        _custom("POST", every, parts.creating(family), f"Create a {word}", (201,), takes=takes, gives=schema),
        _custom("GET", each, parts.reading(family), f"Retrieve a {word}", gives=schema),
        _custom("PUT", each, parts.replacing(family), f"Replace a {word}", takes=takes, gives=schema),
        _custom("DELETE", each, parts.deleting(family), f"Delete a {word}", (204,)),
    )


def _ordered_parts(family: parts.Family, above: str, schema: str) -> tuple[Route, ...]:
    """Policies and rules can also be switched on and off."""
    each = f"{above}/{family.segment}/<{family.kind}>"
    on, off = parts.setting_status(family, "ACTIVE"), parts.setting_status(family, "INACTIVE")
    return (*_parts(family, above, schema), *_lifecycle(each, on, off))


_MCP_SERVERS = (  # okta-api §2.2
    _mcp("GET", _MCP, mcp_servers.list_servers, "List MCP servers", gives="McpServerList", query=(*_PAGED, "search")),
    _mcp("POST", _MCP, mcp_servers.register, "Register an MCP server", (202,), takes="McpServerRegistration"),
    _mcp("GET", _ONE, mcp_servers.read_server, "Retrieve an MCP server", gives="McpServer"),
    _patch(
        _ONE, mcp_servers.patch_server, "Update an MCP server", (200, 202), takes="McpServerPatch", gives="McpServer"
    ),
    _mcp("DELETE", _ONE, mcp_servers.delete_server, "Delete an MCP server", (202, 200, 204)),
    _mcp("POST", f"{_ONE}/lifecycle/activate", mcp_servers.activate, "Activate an MCP server", (202, 200, 204)),
    _mcp("POST", f"{_ONE}/lifecycle/deactivate", mcp_servers.deactivate, "Deactivate an MCP server", (202, 200, 204)),
    _mcp(
        "GET",
        _ROWS,
        attached.list_attached,
        "List the authorization servers of an MCP server",
        gives="AttachedList",
        query=(*_PAGED, "filter"),
    ),
    _mcp(
        "POST",
        _ROWS,
        attached.attach,
        "Attach an authorization server",
        (202, 201),
        takes="AttachRequest",
        gives="Attached",
    ),
    _mcp("GET", _ROW, attached.read_attached, "Retrieve an attached authorization server", gives="Attached"),
    _patch(
        _ROW, attached.patch_attached, "Update an attached authorization server", takes="AttachPatch", gives="Attached"
    ),
    _mcp("DELETE", _ROW, attached.detach, "Detach an authorization server", (202, 204)),
)

_CUSTOM_SERVERS = (  # okta-api §2.6
    _custom(
        "GET",
        _AS,
        custom_servers.list_custom,
        "List authorization servers",
        gives="CustomServer[]",
        query=("q", "limit", "after"),
    ),
    _custom(
        "POST",
        _AS,
        custom_servers.create_custom,
        "Create an authorization server",
        (201,),
        takes="CustomServerInput",
        gives="CustomServer",
    ),
    _custom("GET", _CUSTOM, custom_servers.read_custom, "Retrieve an authorization server", gives="CustomServer"),
    _custom(
        "PUT",
        _CUSTOM,
        custom_servers.replace_custom,
        "Replace an authorization server",
        takes="CustomServerInput",
        gives="CustomServer",
    ),
    _custom("DELETE", _CUSTOM, custom_servers.delete_custom, "Delete an authorization server", (204,)),
    *_lifecycle(_CUSTOM, custom_servers.set_status("ACTIVE"), custom_servers.set_status("INACTIVE")),
    _custom("GET", f"{_CUSTOM}/credentials/keys", custom_servers.list_keys, "List the keys of a server", gives="Key[]"),
    _custom(
        "POST",
        f"{_CUSTOM}/credentials/lifecycle/keyRotate",
        custom_servers.rotate_key,
        "Rotate the key of a server",
        takes="KeyRotation",
        gives="Key[]",
    ),
    _custom(
        "GET",
        _TRUSTED,
        custom_servers.list_associated,
        "List whom a server trusts",
        gives="CustomServer[]",
        query=("trusted",),
    ),
    _custom("POST", _TRUSTED, custom_servers.associate, "Trust others", takes="Association", gives="CustomServer[]"),
    _custom("DELETE", f"{_TRUSTED}/<associated>", custom_servers.dissociate, "Stop trusting a server", (204,)),
)

_PUBLISHED = (  # okta-api §2.6, last row; and the keys that the metadata points to
    _published(f"/oauth2/<custom>{_METADATA}", custom_servers.read_metadata, "Published metadata", gives="Metadata"),
    _published(
        f"{_METADATA}/oauth2/<custom>",
        custom_servers.read_metadata,
        "The same at the path of RFC 8414",
        gives="Metadata",
    ),
    _published("/oauth2/<custom>/v1/keys", custom_servers.read_published_keys, "Published keys", gives="KeySet"),
)

_CONTROL = (
    _own("GET", f"{_OWN}/health", control.health, "Is it up", gives="Health", needs_token=False),
    _own("GET", f"{_OWN}/switches", control.list_switches, "Switches and values", gives="Switch[]"),
    _own("POST", f"{_OWN}/reset", control.reset, "Forget everything", (204,)),
    _own("POST", f"{_OWN}/refresh", control.refresh, "Refresh now", takes="RefreshRequest", gives="RefreshResult"),
    _own("GET", f"{_OWN}/faults", control.list_faults, "Faults, and which are armed", gives="Fault[]"),
    _own("POST", f"{_OWN}/faults", control.arm, "Arm a fault", (201,), takes="FaultRequest", gives="ArmedFault"),
    _own("DELETE", f"{_OWN}/faults", control.disarm_all, "Disarm all faults", (204,)),
    _own("DELETE", f"{_OWN}/faults/<fault>", control.disarm, "Disarm one fault", (204,)),
    _own("PUT", f"{_OWN}/roles/<client>", control.set_roles, "Give roles to a client", takes="Roles", gives="Roles"),
    _own("GET", f"{_OWN}/requests", control.read_requests, "Requests seen", gives="RequestCounts"),
    _own("DELETE", f"{_OWN}/requests", control.reset_requests, "Count from zero", (204,)),
    _own("GET", "/openapi.json", describe, "This description", gives="Description", needs_token=False),
)

ROUTES: tuple[Route, ...] = (
    *_MCP_SERVERS,
    Route(  # okta-api §2.4
        "GET", _OPERATION, operations.read_operation, "Retrieve an operation", gives="Operation", family="operations"
    ),
    *_CUSTOM_SERVERS,
    *_parts(SCOPES, _CUSTOM, "Scope"),
    *_parts(CLAIMS, _CUSTOM, "Claim"),
    *_ordered_parts(POLICIES, _CUSTOM, "Policy"),
    *_ordered_parts(RULES, f"{_CUSTOM}/policies/<policy>", "Rule"),
    *CLIENTS,
    *PRINCIPALS,
    *_PUBLISHED,
    Route(
        "GET",
        "/api/v1/logs",
        events.list_events,
        "Read the System Log",
        gives="LogEvent[]",
        query=("since", "until", "filter", "q", "limit", "after", "sortOrder"),
        family="logs",
    ),
    *_CONTROL,
)
