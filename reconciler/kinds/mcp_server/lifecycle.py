"""The lifecycle of an MCP server: the concept page's diagram as a table (okta-api §3.1)."""

from reconciler.core.lifecycle import Actor, Lifecycle, Move, State

LIFECYCLE = Lifecycle(
    moves=(
        Move("register", State.PENDING, State.INACTIVE),
        Move("activate", State.INACTIVE, State.ACTIVE),
        Move("deactivate", State.ACTIVE, State.INACTIVE),
        Move("revalidate", State.INVALID, State.INACTIVE),
        Move("delete", State.PENDING, State.DELETED),
        Move("delete", State.INACTIVE, State.DELETED),
        Move("delete", State.INVALID, State.DELETED),
        Move("fail", State.PENDING, State.INVALID, Actor.SERVICE),
        Move("fail", State.INACTIVE, State.INVALID, Actor.SERVICE),
        Move("fail", State.ACTIVE, State.INVALID, Actor.SERVICE),
    ),
    lands=State.INACTIVE,
)
