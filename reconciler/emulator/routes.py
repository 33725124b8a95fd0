"""The table of routes: the specification that requests are matched against and the description is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import openapi
from .bodies import MERGE_PATCH
from .call import Call, Route, answer
from .endpoints import attached, control, custom_servers, events, mcp_servers, parts
from .endpoints.parts import CLAIMS, POLICIES, RULES, SCOPES

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from .organisation import Organisation

_MCP = "/resource-servers/api/v1/mcp-servers"
_ONE = f"{_MCP}/<server>"
_ROWS = f"{_ONE}/authorization-servers"
_ROW = f"{_ROWS}/<authorization_server>"
_AS = "/api/v1/authorizationServers"
_CUSTOM = f"{_AS}/<custom>"
_METADATA = "/.well-known/oauth-authorization-server"


def describe(org: Organisation, _call: Call) -> Response:
    return answer(openapi.document(ROUTES, org.settings.base_url))


def _mcp_servers() -> tuple[Route, ...]:
    """okta-api §2.2."""
    family, pages, patch = "mcp-servers", ("after", "limit"), MERGE_PATCH
    one, rows = mcp_servers, attached
    return (
        Route(
            "GET",
            _MCP,
            one.list_servers,
            "List MCP servers",
            gives="McpServerList",
            query=(*pages, "search"),
            family=family,
        ),
        Route(
            "POST",
            _MCP,
            one.register,
            "Register an MCP server",
            (202,),
            takes="McpServerRegistration",
            family=family,
        ),
        Route("GET", _ONE, one.read_server, "Retrieve an MCP server", gives="McpServer", family=family),
        Route(
            "PATCH",
            _ONE,
            one.patch_server,
            "Update an MCP server",
            (200, 202),
            takes="McpServerPatch",
            gives="McpServer",
            family=family,
            media_type=patch,
        ),
        Route("DELETE", _ONE, one.delete_server, "Delete an MCP server", (202, 200, 204), family=family),
        Route(
            "POST",
            f"{_ONE}/lifecycle/activate",
            one.activate,
            "Activate an MCP server",
            (202, 200, 204),
            family=family,
        ),
        Route(
            "POST",
            f"{_ONE}/lifecycle/deactivate",
            one.deactivate,
            "Deactivate an MCP server",
            (202, 200, 204),
            family=family,
        ),
        Route(
            "GET",
            _ROWS,
            rows.list_attached,
            "List the authorization servers of an MCP server",
            gives="AttachedList",
            query=(*pages, "filter"),
            family=family,
        ),
        Route(
            "POST",
            _ROWS,
            rows.attach,
            "Attach an authorization server",
            (202, 201),
            takes="AttachRequest",
            gives="Attached",
            family=family,
        ),
        Route("GET", _ROW, rows.read_attached, "Retrieve an attached one", gives="Attached", family=family),
        Route(
            "PATCH",
            _ROW,
            rows.patch_attached,
            "Update an attached one",
            takes="AttachPatch",
            gives="Attached",
            family=family,
            media_type=patch,
        ),
        Route("DELETE", _ROW, rows.detach, "Detach an authorization server", (202, 204), family=family),
    )


def _operations() -> tuple[Route, ...]:
    """okta-api §2.4."""
    path = "/resource-servers/api/v1/operations/<operation>"
    handler = mcp_servers.read_operation
    return (Route("GET", path, handler, "Retrieve an operation", gives="Operation", family="operations"),)


def _custom() -> tuple[Route, ...]:
    """okta-api §2.6, the servers themselves."""
    one, family = custom_servers, "authorizationServers"
    takes, gives = "CustomServerInput", "CustomServer"
    return (
        Route(
            "GET",
            _AS,
            one.list_custom,
            "List custom authorization servers",
            gives="CustomServer[]",
            query=("q", "limit", "after"),
            family=family,
        ),
        Route("POST", _AS, one.create_custom, "Create one", (201,), takes=takes, gives=gives, family=family),
        Route("GET", _CUSTOM, one.read_custom, "Retrieve one", gives=gives, family=family),
        Route("PUT", _CUSTOM, one.replace_custom, "Replace one", takes=takes, gives=gives, family=family),
        Route("DELETE", _CUSTOM, one.delete_custom, "Delete one", (204,), family=family),
        *_lifecycle(_CUSTOM, one.set_status("ACTIVE"), one.set_status("INACTIVE")),
        Route("GET", f"{_CUSTOM}/credentials/keys", one.list_keys, "List keys", gives="Key[]", family=family),
        Route(
            "POST",
            f"{_CUSTOM}/credentials/lifecycle/keyRotate",
            one.rotate_key,
            "Rotate the signing key",
            takes="KeyRotation",
            gives="Key[]",
            family=family,
        ),
        Route(
            "GET",
            f"{_CUSTOM}/associatedServers",
            one.list_associated,
            "List trusted authorization servers",
            gives="CustomServer[]",
            query=("trusted",),
            family=family,
        ),
        Route(
            "POST",
            f"{_CUSTOM}/associatedServers",
            one.associate,
            "Trust authorization servers",
            takes="Association",
            gives="CustomServer[]",
            family=family,
        ),
        Route(
            "DELETE",
            f"{_CUSTOM}/associatedServers/<associated>",
            one.dissociate,
            "Stop trusting one",
            (204,),
            family=family,
        ),
    )


def _parts(family: parts.Family, above: str, schema: str) -> tuple[Route, ...]:
    """okta-api §2.6, what custom authorization servers consist of."""
    every, word, bucket = f"{above}/{family.segment}", family.kind, "authorizationServers"
    each, takes = f"{every}/<{word}>", f"{schema}Input"
    routes: tuple[Route, ...] = (
        Route("GET", every, parts.listing(family), f"List {word} objects", gives=f"{schema}[]", family=bucket),
        Route(
            "POST",
            every,
            parts.creating(family),
            f"Create a {word}",
            (201,),
            takes=takes,
            gives=schema,
            family=bucket,
        ),
        Route("GET", each, parts.reading(family), f"Retrieve a {word}", gives=schema, family=bucket),
        Route("PUT", each, parts.replacing(family), f"Replace a {word}", takes=takes, gives=schema, family=bucket),
        Route("DELETE", each, parts.deleting(family), f"Delete a {word}", (204,), family=bucket),
    )
    if family in (POLICIES, RULES):
        on, off = parts.setting_status(family, "ACTIVE"), parts.setting_status(family, "INACTIVE")
        routes += _lifecycle(each, on, off)
    return routes


def _lifecycle(path: str, activate: openapi.Handler, deactivate: openapi.Handler) -> tuple[Route, ...]:
    family = "authorizationServers"
    return (
        Route("POST", f"{path}/lifecycle/activate", activate, "Activate it", (204,), family=family),
        Route("POST", f"{path}/lifecycle/deactivate", deactivate, "Deactivate it", (204,), family=family),
    )


def _published() -> tuple[Route, ...]:
    """okta-api §2.6, last row; and the keys that the metadata points to."""
    metadata, keys = custom_servers.read_metadata, custom_servers.read_published_keys
    return tuple(
        Route(
            "GET",
            path,
            handler,
            summary,
            gives=schema,
            family="well-known",
            needs_token=False,
            metered=False,
        )
        for path, handler, summary, schema in (
            (f"/oauth2/<custom>{_METADATA}", metadata, "Metadata", "Metadata"),
            (f"{_METADATA}/oauth2/<custom>", metadata, "Metadata, RFC 8414 path", "Metadata"),
            ("/oauth2/<custom>/v1/keys", keys, "Key set", "KeySet"),
        )
    )


def _log() -> tuple[Route, ...]:
    query = ("since", "until", "filter", "q", "limit", "after", "sortOrder")
    handler, path = events.list_events, "/api/v1/logs"
    return (Route("GET", path, handler, "Read the System Log", gives="LogEvent[]", query=query, family="logs"),)


def _control() -> tuple[Route, ...]:
    here = "/_emulator"
    return (
        _own("GET", f"{here}/health", control.health, "Is it up", gives="Health", needs_token=False),
        _own("GET", f"{here}/switches", control.list_switches, "Switches and values", gives="Switch[]"),
        _own("POST", f"{here}/reset", control.reset, "Forget everything", (204,)),
        _own(
            "POST",
            f"{here}/refresh",
            control.refresh,
            "Refresh MCP servers now",
            takes="RefreshRequest",
            gives="RefreshResult",
        ),
        _own("GET", f"{here}/requests", control.read_requests, "Requests seen", gives="RequestCounts"),
        _own("DELETE", f"{here}/requests", control.reset_requests, "Count from zero", (204,)),
        _own("GET", "/openapi.json", describe, "This description", gives="Description", needs_token=False),
    )


def _own(  # noqa: PLR0913  # the fields of a Route that these routes differ in
    method: str,
    path: str,
    handler: openapi.Handler,
    summary: str,
    success: tuple[int, ...] = (200,),
    *,
    takes: str | None = None,
    gives: str | None = None,
    needs_token: bool = True,
) -> Route:
    return Route(
        method,
        path,
        handler,
        summary,
        success,
        takes=takes,
        gives=gives,
        family="emulator",
        needs_token=needs_token,
        metered=False,
    )


ROUTES: tuple[Route, ...] = (
    *_mcp_servers(),
    *_operations(),
    *_custom(),
    *_parts(SCOPES, _CUSTOM, "Scope"),
    *_parts(CLAIMS, _CUSTOM, "Claim"),
    *_parts(POLICIES, _CUSTOM, "Policy"),
    *_parts(RULES, f"{_CUSTOM}/policies/<policy>", "Rule"),
    *_published(),
    *_log(),
    *_control(),
)
