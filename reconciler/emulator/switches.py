"""The open questions of the contract (okta-api §6), each a named switch with a default."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass


class SwitchError(ValueError):
    """A switch that does not exist, or a value that it does not take."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice: closed (`values`) or a whole number of at least zero (`values` empty)."""

    name: str
    default: str
    description: str
    row: str
    values: tuple[str, ...] = ()

    def accepts(self, value: str) -> bool:
        if self.values:
            return value in self.values
        return value.isascii() and value.isdigit() and len(value) < 10  # noqa: PLR2004  # fits any use as seconds or count


SWITCHES: tuple[Switch, ...] = (
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
        "deactivate-connected",
        "allow",
        "Deactivation of an MCP server to which connections lead: allowed, or refused with 409 E0000195.",
        "6.15",
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
        "settings-on-delete",
        "cascade",
        "Client auth settings of an MCP server that is deleted: gone with it, or left alone.",
        "6.17",
        ("cascade", "separate"),
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
        "connection-types",
        "all",
        "Types of connections that the organisation takes: all that are emulated, only XAA, or only STS (§5 quirk 20).",
        "1.8",
        ("all", "xaa", "sts"),
    ),
    Switch(
        "app-label-clash",
        "E0000040",
        "An app with a label that another app has: refused with 400 E0000040, or allowed.",
        "1.5",
        ("E0000040", "allow"),
    ),
    Switch(
        "trailing-slash",
        "keep",
        "One trailing slash of a resourceUrl: kept as sent, or stripped as before release 2026.08.2 (§5 quirk 6).",
        "5.6",
        ("keep", "strip"),
    ),
)

_BY_NAME = {switch.name: switch for switch in SWITCHES}


@dataclass(frozen=True, slots=True)
class Switches:
    """Every switch with the value that holds."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def number(self, name: str) -> int:
        return int(self.values[name])


def parse(chosen: Mapping[str, str]) -> Switches:
    """All switches, the chosen ones over their defaults; SwitchError lists what would have been right."""
    for name, value in chosen.items():
        _check(name, value)
    return Switches({switch.name: chosen.get(switch.name, switch.default) for switch in SWITCHES})


def _check(name: str, value: str) -> None:
    switch = _BY_NAME.get(name)
    if switch is None:
        raise SwitchError(f"unknown switch {name!r}.{_hint(name, _BY_NAME)} Switches: {', '.join(_BY_NAME)}")
    if not switch.accepts(value):
        allowed = ", ".join(switch.values) or "a whole number of at least 0"
        raise SwitchError(f"switch {name!r} does not take {value!r}.{_hint(value, switch.values)} Values: {allowed}")


def _hint(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
