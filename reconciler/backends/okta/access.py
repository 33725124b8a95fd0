"""Which scope and which administrator role a path needs (okta-api §4), so that what is missing can be named."""

from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """Paths that share a scope; `scope` without its ending, `.read` or `.manage`."""

    prefix: str
    scope: str
    role: str


_MCP = "okta.resourceServers.mcpServers"
_AREAS = (
    Area("/workload-principals/api/v1/mcp-servers", _MCP, "SUPER_ADMIN, or a custom role for third-party MCP servers"),
    Area("/workload-principals/api/v1/", "okta.aiAgents", "SUPER_ADMIN"),
    Area("/resource-servers/api/v1/", _MCP, "SUPER_ADMIN, or a custom role for third-party MCP servers"),
    Area("/api/v1/authorizationServers", "okta.authorizationServers", "API_ACCESS_MANAGEMENT_ADMIN or SUPER_ADMIN"),
    Area("/api/v1/apps", "okta.apps", "APP_ADMIN or SUPER_ADMIN"),
)
_READS = frozenset({"GET", "HEAD"})


def area_of(path: str) -> Area | None:
    """Give the area of a path; None where the contract knows none."""
    return next((area for area in _AREAS if path.startswith(area.prefix)), None)


def needed(method: str, path: str, *, scope: bool = False) -> str:
    """Say what a refused call needs: the scope where the token lacks it, else the role, which both kinds have."""
    area = area_of(path)
    if area is None:
        return "Grant the role that this call needs."
    name = f"{area.scope}.{'read' if method in _READS else 'manage'}"
    if scope:
        return f"Grant the scope {name} to the service app, under Okta API Scopes."
    return f"Give whom the credential stands for the role {area.role}; a service app also needs the scope {name}."
