"""The lifecycle of an Okta custom authorization server (okta-api §2.6, §3.3)."""

from reconciler.core.lifecycle import Lifecycle, Move, State

LIFECYCLE = Lifecycle(
    moves=(
        Move("activate", State.INACTIVE, State.ACTIVE),
        Move("deactivate", State.ACTIVE, State.INACTIVE),
        Move("delete", State.INACTIVE, State.DELETED),
    ),
    lands=State.ACTIVE,
)
