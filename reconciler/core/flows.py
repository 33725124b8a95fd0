"""Pieces of conversation that kinds have in common: read one object, list some, move one and wait until it shows."""

from collections.abc import Callable

from reconciler.core.document import Document
from reconciler.core.errors import MadeTwice, NotFound
from reconciler.core.lifecycle import State
from reconciler.core.wire import Answer, Call, Flow, Items, Pause, Until

LAG_SECONDS = 4.0
"""How long a list may lag behind, and a little more."""


def every(path: str) -> Flow[list[Document]]:
    """Every raw object of a list."""
    items: list[Document] = yield Items(path)
    return items


def childless(raw: Document) -> Flow[Document]:
    """A raw object that has no children, or none that matter here, is whole as it is."""
    yield from ()
    return raw


def one(path: str) -> Flow[Document | None]:
    """The raw object at a path; None when it is gone."""
    try:
        answer: Answer = yield Call("GET", path)
    except NotFound:
        return None
    return {**answer.body}


def move(path: str, verb: str, target: State) -> Flow[None]:
    """Make a lifecycle move of the object at a path, and wait until the organisation shows it."""
    if target is State.DELETED:
        yield from delete(path)
        return
    yield Call("POST", f"{path}/lifecycle/{verb}")
    yield Until(path, lambda body: body is not None and body.get("status") == target, f"status {target}")


def delete(path: str) -> Flow[None]:
    """Delete the object at a path, and wait until it is gone. One that is gone already is fine."""
    try:
        yield Call("DELETE", path)
    except NotFound:
        return
    yield Until(path, lambda body: body is None, "the deletion")


def alone(made: str, same: Callable[[], Flow[list[str]]], what: str) -> Flow[None]:
    """Raise MadeTwice where something beside what was just made is the `same` by all that identifies it.

    A list may show for some seconds what was deleted just before (okta-api §6 row 25), so it is read again.
    """
    if set((yield from same())) <= {made}:
        return
    yield Pause(LAG_SECONDS)
    if others := sorted(set((yield from same())) - {made}):
        raise MadeTwice(f"{what} was made as {made}, and is there as {', '.join(others)} too.")


def id_in(orn: str | None) -> str | None:
    """The id at the end of a name; names are spelled in more than one way (okta-api §5.17), ids are not."""
    return orn.rpartition(":")[2] if orn else None
