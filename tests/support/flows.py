"""Play a kind's flow with scripted answers: no HTTP, no backend."""

from typing import Any, NamedTuple

from reconciler.core.wire import Answer, Call, Flow, Items, Until


class Wait(NamedTuple):
    """A turn that expects `Until` on a path; the body has to be one that ends the waiting."""

    path: str


def play(flow: Flow[Any], *turns: tuple[Any, Any]) -> Any:
    """Drive a flow through its turns (what it must ask, what it is told); give what it returns.

    An answer that is an exception is thrown into the flow. A flow that asks for more or less fails the test.
    """
    told: Any = None
    for expected, answer in turns:
        asked = flow.throw(told) if isinstance(told, Exception) else flow.send(told)
        _check(asked, expected, answer)
        told = answer
    try:
        asked = flow.throw(told) if isinstance(told, Exception) else flow.send(told)
    except StopIteration as end:
        return end.value
    raise AssertionError(f"one more request than scripted: {asked}")


def _check(asked: Any, expected: Any, answer: Any) -> None:
    if not isinstance(expected, Wait):
        assert asked == expected
        return
    assert isinstance(asked, Until)
    assert asked.path == expected.path
    if not isinstance(answer, Exception):
        assert asked.done(answer), f"{answer} does not end: {asked.what}"


def get(path: str) -> Call:
    return Call("GET", path)


def ok(body: Any = None, status: int = 200, resource_id: str | None = None) -> Answer:
    return Answer(status, body, resource_id)


__all__ = ["Call", "Items", "Wait", "get", "ok", "play"]
