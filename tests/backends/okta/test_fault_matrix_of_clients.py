"""The fault matrix for MCP servers as OAuth clients, their keys and links: see `test_fault_matrix`.

Each story is about a client and a link to it, and is told on an organisation that lists keys and on one that does not.
The suite tries a few faults; `make faults` tries all, at every request.
"""

from itertools import count

import pytest

from reconciler.backends.okta import OktaBackend, Settings, driver
from reconciler.backends.okta.driver import Scratch
from tests.support.clients import Clients, ClientStory, World, truth
from tests.support.emulated import TOKEN, URL, Emulated
from tests.support.faults import FAULTS, IS_WHOLE, Tally, attempt, begin_alike, places

TOLD = Clients({"one": {0: "active", 1: "inactive"}}, [("ACCESS_TOKEN", "one")])
STORIES = {
    "create": ClientStory(Clients(), TOLD),
    "update": ClientStory(TOLD, Clients({"one": {1: "active", 2: "active"}}, [("ID_TOKEN", "one")])),
    "replace": ClientStory(TOLD, Clients({"two": {0: "active", 1: "inactive"}}, [("ACCESS_TOKEN", "two")])),
    "delete": ClientStory(TOLD, Clients(), absent=True),
}
NOT_MET = {"empty-400", "register-201"}
"""Faults of requests that register MCP servers, which no story makes."""
IN_THE_SUITE = ("reset-after",)
CHOSEN = {name: fault for name, fault in FAULTS.items() if name not in NOT_MET and (IS_WHOLE or name in IN_THE_SUITE)}


@pytest.fixture(scope="module")
def tally(request):
    made = Tally()
    yield made
    request.config.get_terminal_writer().line(f"\nclients, keys and links: {made}")


@pytest.fixture(scope="module", params=["listed", "hidden"])
def world(request):
    with Emulated(mcp_keys=request.param) as emulated:
        emulated.backend = OktaBackend(Settings(URL, f"SSWS {TOKEN}", readers=1), emulated.clock, emulated.transport)
        yield World(emulated)


def begin(world, story):
    begin_alike(world.emulated)
    world.emulated.backend._driver.notebook = Scratch()
    return world.put(story)


def suffer(world, story, fault, at, tally):
    """One run with a fault in it, and one without; False when no request was there to suffer it."""
    organisation = world.emulated
    bindings, desired = begin(world, story), story.desired()
    name, times = fault
    organisation.app.faults.arm(name, at=at, times=times)
    bindings, errors = attempt(organisation, desired, bindings)
    if not organisation.app.faults.armed()[0].fired:
        return False
    tally.runs, tally.failed = tally.runs + 1, tally.failed + bool(errors)
    organisation.app.faults.disarm()
    organisation.clock.sleep(10)
    _, errors = attempt(organisation, desired, bindings)
    after, wanted = world.look(), truth(story.after)
    if errors or after != wanted:
        where = f"{name} at request {at}: {[str(error) for error in errors]} {after}"
        is_double = any(len(part) > len(due) for part, due in zip(after[:2], wanted[:2], strict=True))
        (tally.duplicates if is_double else tally.adrift).append(where)
    return True


TURN = count()


@pytest.mark.parametrize("fault", CHOSEN.values(), ids=CHOSEN)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_fresh_run_mends_what_one_broken_request_left_of_a_client(story, fault, world, tally, monkeypatch):
    if fault[0] == "expired-cursor":
        monkeypatch.setattr(driver, "PAGE_SIZE", 1)  # so that there are cursors to expire
    bindings = begin(world, story)
    world.emulated.app.faults.arm(fault[0], at=1_000_000)  # counts the requests that could suffer it
    _, errors = attempt(world.emulated, story.desired(), bindings)
    assert errors == []
    assert world.look() == truth(story.after)
    length = world.emulated.app.faults.armed()[0].matched
    assert length > 0
    mine = Tally()
    suffered = [suffer(world, story, fault, at, mine) for at in places(length, next(TURN))]
    tally.add(mine)
    assert all(suffered)
    assert (mine.duplicates, mine.adrift) == ([], [])
