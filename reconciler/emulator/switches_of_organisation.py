"""Switches of limits, clients, connections, access and time (okta-api §1 to §6)."""

from .switch import Switch

ORGANISATION_SWITCHES: tuple[Switch, ...] = (
    Switch(
        "deactivate-connected",
        "allow",
        "Deactivation of an MCP server to which connections lead: allowed, or refused with 409 E0000195.",
        "6.15",
        ("allow", "refuse"),
    ),
    Switch(
        "settings-on-delete",
        "cascade",
        "Client auth settings of an MCP server that is deleted: gone with it, or left alone.",
        "6.17",
        ("cascade", "separate"),
    ),
    Switch(
        "settings-scope",
        "mcp-servers",
        "Scopes for client auth settings and operations: those of MCP servers are good enough, or only "
        "okta.resourceServers.clientAuthSettings.* and okta.resourceServers.operations.read.",
        "6.18",
        ("mcp-servers", "dedicated"),
    ),
    Switch(
        "max-servers",
        "100",
        "MCP servers that an organisation may hold; 0 means no limit.",
        "6.21",
    ),
    Switch(
        "max-authorization-servers",
        "0",
        "Authorization servers that may be attached to one MCP server by request; 0 means no limit.",
        "6.21",
    ),
    Switch(
        "max-name-length",
        "255",
        "Characters that the name of an MCP server or custom authorization server may have; 0 means no limit.",
        "6.21",
    ),
    Switch(
        "rate-limit",
        "60",
        "Requests a minute in each family of paths; 0 means no limit.",
        "6.22",
    ),
    Switch(
        "client-share",
        "100",
        "Percent of a bucket that one token may use before it is refused; an organisation begins with 50, of a bucket "
        "whose size is unknown.",
        "2.9",
    ),
    Switch(
        "concurrency-limit",
        "75",
        "Requests that may be in flight at the same time; 0 means no limit.",
        "2.9",
    ),
    Switch(
        "operation-retention",
        "86400",
        "Seconds for which a finished operation can be read.",
        "6.23",
    ),
    Switch(
        "stale-reads",
        "0",
        "Seconds for which reads show the state from before an operation that has completed.",
        "6.25",
    ),
    Switch(
        "link-propagation",
        "2",
        "Seconds for which delegation links do not see an authorization server that was just attached (§5 quirk 21).",
        "3.7",
    ),
    Switch(
        "last-mcp-key",
        "deletable",
        "The last ACTIVE key of an MCP server's OAuth client, which cannot be deactivated: it can be deleted as it is, "
        "or goes with the client.",
        "3.7",
        ("deletable", "with-client"),
    ),
    Switch(
        "mcp-keys",
        "hidden",
        "The keys of an MCP server's OAuth client: no call lists or reads them (405 E0000022), or they are listed and "
        "read as those of agents are.",
        "1.10",
        ("hidden", "listed"),
    ),
    Switch(
        "connection-types",
        "all",
        "Types of connections that the organisation takes: all that are emulated, only XAA, or only STS (§5 quirk 20).",
        "1.8",
        ("all", "xaa", "sts"),
    ),
    Switch(
        "manage-includes-read",
        "yes",
        "Whether a .manage scope is good for reading as well.",
        "4",
        ("yes", "no"),
    ),
    Switch(
        "dpop-default",
        "off",
        "Whether a new service app binds its tokens to a key when nothing is said about it (§5 quirk 22).",
        "5.22",
        ("off", "on"),
    ),
    Switch(
        "clock-skew",
        "0",
        "Seconds by which the clock of the organisation is wrong, in everything that it does and says.",
        "4",
        ("0", "3600", "-3600"),
    ),
    Switch(
        "orn-spelling",
        "documented",
        "ORNs as the references spell them, or with the partition oktapreview and the other spellings that were seen "
        "(§5 quirk 17).",
        "5.17",
        ("documented", "drifted"),
    ),
    Switch(
        "app-label-clash",
        "E0000040",
        "An app with a label that another app has: refused with 400 E0000040, or allowed.",
        "1.5",
        ("E0000040", "allow"),
    ),
)
