"""The lifecycle of an AI agent as far as this tool goes: no move of it is ours to make."""

from reconciler.core.lifecycle import Lifecycle, State

LIFECYCLE = Lifecycle(moves=(), lands=State.ACTIVE)
