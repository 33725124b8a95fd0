"""Routes of workload principals: agents, connections, links, MCP servers as clients (okta-api §2.4, §2.5)."""

from __future__ import annotations

from functools import partial

from .bodies import MERGE_PATCH
from .call import Route
from .endpoints import ai_agents, connections, credentials, delegation_links, mcp_clients, operations
from .endpoints.connections import OF_AGENT, OF_MCP_CLIENT
from .endpoints.credentials import AGENT_KEYS, MCP_CLIENT_KEYS
from .records import ACTIVE, INACTIVE

_BASE = "/workload-principals/api/v1"
_AGENTS = f"{_BASE}/ai-agents"
_AGENT = f"{_AGENTS}/<agent>"
_AGENT_KEYS = f"{_AGENT}/credentials/jwks"
_AGENT_KEY = f"{_AGENT_KEYS}/<key>"
_CONNECTIONS = f"{_AGENT}/connections"
_CONNECTION = f"{_CONNECTIONS}/<connection>"
_LINKS = f"{_BASE}/delegation-links"
_MCP = f"{_BASE}/mcp-servers/<server>"
_MCP_KEYS = f"{_MCP}/credentials/jwks"
_PAGED = ("after", "limit")

_agents = partial(Route, family="ai-agents")
_mcp = partial(Route, family="mcp-clients")

_AGENT_ROUTES = (
    _agents("GET", _AGENTS, ai_agents.list_agents, "List AI agents", gives="AgentList", query=(*_PAGED, "search")),
    _agents("POST", _AGENTS, ai_agents.register, "Register an AI agent", (202,), takes="AgentRegistration"),
    _agents("GET", _AGENT, ai_agents.read_agent, "Retrieve an AI agent", gives="Agent"),
    _agents("PUT", _AGENT, ai_agents.replace_agent, "Replace an AI agent", (202,), takes="AgentWrite"),
    _agents(
        "PATCH",
        _AGENT,
        ai_agents.patch_agent,
        "Update an AI agent",
        (202,),
        takes="AgentPatch",
        media_type=MERGE_PATCH,
    ),
    _agents("DELETE", _AGENT, ai_agents.delete_agent, "Delete an AI agent", (202,)),
    _agents("POST", f"{_AGENT}/lifecycle/activate", ai_agents.activate, "Activate an AI agent", (202,)),
    _agents("POST", f"{_AGENT}/lifecycle/deactivate", ai_agents.deactivate, "Deactivate an AI agent", (202,)),
    _agents("GET", _AGENT_KEYS, credentials.listing(AGENT_KEYS), "List the keys of an agent", gives="ClientKeyList"),
    _agents(
        "POST",
        _AGENT_KEYS,
        credentials.creating(AGENT_KEYS),
        "Add a key",
        (201,),
        takes="ClientKeyInput",
        gives="ClientKey",
    ),
    _agents("GET", _AGENT_KEY, credentials.reading(AGENT_KEYS), "Retrieve a key", gives="ClientKey"),
    _agents("DELETE", _AGENT_KEY, credentials.deleting(AGENT_KEYS), "Delete a key", (204,)),
    _agents(
        "POST",
        f"{_AGENT_KEY}/lifecycle/activate",
        credentials.setting_status(AGENT_KEYS, ACTIVE),
        "Activate a key",
        gives="ClientKey",
    ),
    _agents(
        "POST",
        f"{_AGENT_KEY}/lifecycle/deactivate",
        credentials.setting_status(AGENT_KEYS, INACTIVE),
        "Deactivate a key",
        gives="ClientKey",
    ),
    _agents(
        "POST",
        "/governance/api/v1/resource-owners",
        ai_agents.set_owners,
        "Set the owners of resources",
        takes="Owners",
        gives="Owners",
    ),
    _agents("GET", "/oauth2/v1/clients", ai_agents.list_clients, "List every OAuth client", gives="Client[]"),
    _agents(
        "GET",
        f"{_BASE}/operations",
        operations.list_operations,
        "List operations",
        gives="OperationList",
        query=_PAGED,
    ),
    _agents(
        "GET",
        f"{_BASE}/operations/<principal_operation>",
        operations.read_principal_operation,
        "Retrieve an operation",
        gives="Operation",
    ),
)

_CONNECTION_ROUTES = (
    _agents(
        "GET", _CONNECTIONS, connections.listing(OF_AGENT), "List connections", gives="ConnectionList", query=_PAGED
    ),
    _agents(
        "POST",
        _CONNECTIONS,
        connections.creating(OF_AGENT),
        "Create a connection",
        (201,),
        takes="ConnectionInput",
        gives="Connection",
    ),
    _agents("GET", _CONNECTION, connections.reading(OF_AGENT), "Retrieve a connection", gives="Connection"),
    _agents(
        "PATCH",
        _CONNECTION,
        connections.patching(OF_AGENT),
        "Update a connection",
        takes="ConnectionPatch",
        gives="Connection",
        media_type=MERGE_PATCH,
    ),
    _agents("DELETE", _CONNECTION, connections.deleting(OF_AGENT), "Delete a connection", (204,)),
    _agents(
        "POST",
        f"{_CONNECTION}/lifecycle/activate",
        connections.setting_status(OF_AGENT, ACTIVE),
        "Activate a connection",
        gives="Connection",
    ),
    _agents(
        "POST",
        f"{_CONNECTION}/lifecycle/deactivate",
        connections.setting_status(OF_AGENT, INACTIVE),
        "Deactivate a connection",
        gives="Connection",
    ),
    _agents(
        "GET",
        f"{_BASE}/potential-connections",
        connections.list_potential,
        "List what could be connected",
        gives="PotentialConnectionList",
        query=("filter",),
    ),
)

_LINK_ROUTES = (
    _agents(
        "GET", _LINKS, delegation_links.list_links, "List delegation links", gives="LinkList", query=(*_PAGED, "filter")
    ),
    _agents(
        "POST", _LINKS, delegation_links.create_link, "Create a link", (201,), takes="LinkInput", gives="DelegationLink"
    ),
    _agents("GET", f"{_LINKS}/<link>", delegation_links.read_link, "Retrieve a link", gives="DelegationLink"),
    _agents("DELETE", f"{_LINKS}/<link>", delegation_links.delete_link, "Delete a link", (204,)),
)

_MCP_ROUTES = (
    _mcp("POST", f"{_MCP}/oauth-client", mcp_clients.create_client, "Make an MCP server a client", (201,)),
    _mcp("DELETE", f"{_MCP}/oauth-client", mcp_clients.delete_client, "Remove the client", (204,)),
    _mcp("GET", _MCP_KEYS, credentials.listing(MCP_CLIENT_KEYS), "List the keys of the client", gives="ClientKeyList"),
    _mcp(
        "POST",
        _MCP_KEYS,
        credentials.creating(MCP_CLIENT_KEYS),
        "Add a key",
        (201,),
        takes="ClientKeyInput",
        gives="ClientKey",
    ),
    _mcp("GET", f"{_MCP_KEYS}/<key>", credentials.reading(MCP_CLIENT_KEYS), "Retrieve a key", gives="ClientKey"),
    _mcp("DELETE", f"{_MCP_KEYS}/<key>", credentials.deleting(MCP_CLIENT_KEYS), "Delete a key", (204,)),
    _mcp(
        "POST",
        f"{_MCP_KEYS}/<key>/lifecycle/activate",
        credentials.setting_status(MCP_CLIENT_KEYS, ACTIVE),
        "Activate a key",
        gives="ClientKey",
    ),
    _mcp(
        "POST",
        f"{_MCP_KEYS}/<key>/lifecycle/deactivate",
        credentials.setting_status(MCP_CLIENT_KEYS, INACTIVE),
        "Deactivate a key",
        gives="ClientKey",
    ),
    _mcp(
        "POST",
        f"{_MCP}/connections",
        connections.creating(OF_MCP_CLIENT),
        "Create a connection",
        (201,),
        takes="ConnectionInput",
        gives="Connection",
    ),
    _mcp(
        "DELETE",
        f"{_MCP}/connections/<connection>",
        connections.deleting(OF_MCP_CLIENT),
        "Delete a connection",
        (204,),
    ),
)

PRINCIPALS: tuple[Route, ...] = (*_AGENT_ROUTES, *_CONNECTION_ROUTES, *_LINK_ROUTES, *_MCP_ROUTES)
