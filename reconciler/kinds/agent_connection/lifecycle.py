"""The lifecycle of a connection (okta-api §3.3): Okta deletes it in any state, help says to deactivate it first."""

from reconciler.core.lifecycle import Lifecycle, Move, State

LIFECYCLE = Lifecycle(
    moves=(
        Move("activate", State.INACTIVE, State.ACTIVE),
        Move("deactivate", State.ACTIVE, State.INACTIVE),
        Move("delete", State.INACTIVE, State.DELETED),
    ),
    lands=State.ACTIVE,
)
