"""Switches of MCP servers and of the authorization servers attached to them (okta-api §6)."""

from .switch import Switch

SERVER_SWITCHES: tuple[Switch, ...] = (
    Switch(
        "operation-type",
        "kebab",
        "Spelling of an operation's type and resource type: mcp-server:Register and mcp_server, or "
        "MCP_SERVER_REGISTER and MCP_SERVER.",
        "6.1",
        ("kebab", "upper"),
    ),
    Switch(
        "lifecycle-response",
        "202",
        "Answer to activate, deactivate and delete of an MCP server: 202 with an operation; 200 with a body; "
        "204. The last two are done at once.",
        "6.2",
        ("202", "200", "204"),
    ),
    Switch(
        "patch-response",
        "200",
        "Answer to a PATCH of an MCP server: 200 with the object, or 202 with an operation.",
        "6.3",
        ("200", "202"),
    ),
    Switch(
        "illegal-transition",
        "400-E0000001",
        "Error for a lifecycle call or delete that the state of the MCP server forbids.",
        "6.4",
        ("400-E0000001", "409-E0000195", "403-E0000038"),
    ),
    Switch(
        "duplicate-url",
        "409-E0000195",
        "Registering a resourceUrl that exists: refused at once, or accepted with an operation that fails.",
        "6.5",
        ("409-E0000195", "400-E0000001", "202-failed"),
    ),
    Switch(
        "register-failure",
        "operation-failed",
        "No protected-resource metadata at register: the operation fails and no record stays; refused at once "
        "with 400; "
        "the record stays INVALID; the record stays PENDING, also when only authorization-server metadata is bad.",
        "6.6",
        ("operation-failed", "synchronous-400", "keep-invalid", "keep-pending"),
    ),
    Switch(
        "register-response",
        "202",
        "Answer to a register that is accepted: 202 with Location, or a bare 400 with an empty body although "
        "the record is made (§5 quirk 2).",
        "6.6",
        ("202", "400-empty"),
    ),
    Switch(
        "landing-state",
        "INACTIVE",
        "State of an MCP server after a register that succeeds.",
        "6.7",
        ("INACTIVE", "ACTIVE"),
    ),
    Switch(
        "patch-resource-url",
        "reject",
        "A PATCH of an MCP server that names resourceUrl: 400 E0000001, or silently ignored.",
        "6.8",
        ("reject", "ignore"),
    ),
    Switch(
        "patch-authorization-server-identity",
        "reject",
        "A PATCH of an attached authorization server that names type or issuer: 400 E0000001, or silently "
        "ignored (§5 quirk 8).",
        "6.8",
        ("reject", "ignore"),
    ),
    Switch(
        "manual-registration",
        "discovery-type",
        "How a manual MCP server is registered: discoveryType MANUAL and rows posted later, or an inline "
        "authorizationServers list.",
        "6.9",
        ("discovery-type", "inline"),
    ),
    Switch(
        "authorization-server-writes",
        "async",
        "Attach and detach of an authorization server: 202 with an operation, or 201 with the row and 204, "
        "done at once.",
        "6.10",
        ("async", "sync"),
    ),
    Switch(
        "authorization-server-landing",
        "ACTIVE",
        "State of an attached authorization server that was verified: ACTIVE, or INACTIVE until its MCP "
        "server is activated.",
        "6.11",
        ("ACTIVE", "INACTIVE"),
    ),
    Switch(
        "refresh",
        "timer",
        "Revalidation of MCP servers: on a timer and on PATCH of an attached authorization server, or never.",
        "6.12",
        ("timer", "none"),
    ),
    Switch(
        "refresh-interval",
        "86400",
        "Seconds between two timed refreshes of an MCP server.",
        "6.12",
    ),
    Switch(
        "delete-unsettled",
        "allow",
        "Delete of a PENDING or INVALID MCP server: allowed, or refused with 400 E0000001.",
        "6.13",
        ("allow", "refuse"),
    ),
    Switch(
        "activate-not-connectable",
        "allow",
        "Activation of an MCP server without an authorization server that offers XAA or STS: allowed, or "
        "refused with 400 E0000001.",
        "6.14",
        ("allow", "refuse"),
    ),
    Switch(
        "delete-referenced",
        "409-E0000195",
        "Error for the delete of an MCP server or custom authorization server that a connection uses, or of a custom "
        "authorization server that is attached to an MCP server.",
        "6.16",
        ("409-E0000195", "400-E0000001"),
    ),
    Switch(
        "discovery-timeout",
        "10",
        "Seconds that one fetch of metadata may take.",
        "6.19",
    ),
    Switch(
        "dropped-issuer",
        "inactive",
        "A discovered authorization server that the metadata no longer lists: the row goes INACTIVE, or is deleted.",
        "6.20",
        ("inactive", "delete"),
    ),
    Switch(
        "trailing-slash",
        "keep",
        "One trailing slash of a resourceUrl: kept as sent, or stripped as before release 2026.08.2 (§5 quirk 6).",
        "5.6",
        ("keep", "strip"),
    ),
)
