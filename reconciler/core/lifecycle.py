"""Lifecycles: the states an object can be in, the legal moves between them, and the shortest route."""

from collections import deque
from enum import StrEnum

from reconciler.core.noun import dataclass


class State(StrEnum):
    """Where an object stands; the concept page's five states."""

    PENDING = "PENDING"
    INACTIVE = "INACTIVE"
    ACTIVE = "ACTIVE"
    INVALID = "INVALID"
    DELETED = "DELETED"


STATES = {str(state): state for state in State}
"""States by their names: what is looked up for each of ten thousand objects is found there in a tenth of the time."""


class Actor(StrEnum):
    """Who can make a move: an administrator by a call, or the service by itself."""

    ADMIN = "admin"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Move:
    """A legal change of state, called by its verb."""

    verb: str
    source: State
    target: State
    actor: Actor = Actor.ADMIN


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A table of moves, and the state in which a new object is expected to land."""

    moves: tuple[Move, ...]
    lands: State

    def route(self, source: State, goal: State) -> tuple[Move, ...] | None:
        """Give the shortest chain of an administrator's moves; None when there is none.

        An empty route means "already there". None is a problem that a plan must show, never an empty route.
        Among routes of equal length the one whose moves come first in the table wins.
        """
        paths: dict[State, tuple[Move, ...]] = {source: ()}
        queue = deque([source])
        while queue:
            state = queue.popleft()
            if state == goal:
                return paths[state]
            for move in self.moves:
                if move.source == state and move.actor is Actor.ADMIN and move.target not in paths:
                    paths[move.target] = (*paths[state], move)
                    queue.append(move.target)
        return None
