"""The lifecycle of an app: only what is INACTIVE can be deleted (okta-api §2.7)."""

from reconciler.core.lifecycle import Lifecycle, Move, State

LIFECYCLE = Lifecycle(
    moves=(
        Move("activate", State.INACTIVE, State.ACTIVE),
        Move("deactivate", State.ACTIVE, State.INACTIVE),
        Move("delete", State.INACTIVE, State.DELETED),
    ),
    lands=State.ACTIVE,
)
