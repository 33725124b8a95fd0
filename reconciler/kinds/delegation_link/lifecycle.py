"""The lifecycle of a delegation link: it is there, or it is not; Okta gives it no status (okta-api §1.9)."""

from reconciler.core.lifecycle import Lifecycle, Move, State

LIFECYCLE = Lifecycle(moves=(Move("delete", State.ACTIVE, State.DELETED),), lands=State.ACTIVE)
