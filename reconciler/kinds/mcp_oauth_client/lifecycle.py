"""The lifecycle of the OAuth client of an MCP server: it is there, or it is not (okta-api §1.10)."""

from reconciler.core.lifecycle import Lifecycle, Move, State

LIFECYCLE = Lifecycle(moves=(Move("delete", State.ACTIVE, State.DELETED),), lands=State.ACTIVE)
