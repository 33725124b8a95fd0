"""The fault matrix for MCP servers as OAuth clients, their keys and links: see `test_fault_matrix`.

Each story is about a client and a link to it, and is told on an organisation that lists keys and on one that does not.
The suite tries a few faults; `make faults` tries all, at every request.
"""

from itertools import count

import pytest

from reconciler.backends.okta import OktaBackend, Settings, driver
from reconciler.backends.okta.driver import Scratch
from reconciler.core.errors import KeyOutOfReach
from tests.support.clients import Clients, ClientStory, World, counted, truth
from tests.support.emulated import TOKEN, URL, Emulated
from tests.support.faults import FAULTS, IS_WHOLE, Tally, attempt, begin_alike, places

TOLD = Clients({"one": {0: "active", 1: "inactive"}}, [("ACCESS_TOKEN", "one")])
STORIES = {
    "create": ClientStory(Clients(), TOLD),
    "update": ClientStory(TOLD, Clients({"one": {1: "active", 2: "active"}}, [("ID_TOKEN", "one")])),
    "replace": ClientStory(TOLD, Clients({"two": {0: "active", 1: "inactive"}}, [("ACCESS_TOKEN", "two")])),
    "delete": ClientStory(TOLD, Clients(), absent=True),
}
NOT_MET = ("empty-400", "register-201")
"""Faults of requests that register MCP servers, which no story makes."""
IN_THE_SUITE = ("reset-after",)
CHOSEN = {name: FAULTS[name] for name in (FAULTS if IS_WHOLE else IN_THE_SUITE) if name not in NOT_MET}
LOSE = ("reset-before", "truncated-body", "short-json", "duplicate-delivery", "stale-reads")
"""Faults by which an answer is lost, late or not the only one, besides those that end in `-after`."""
MET = [("listed", name) for name in CHOSEN] + [
    ("hidden", name) for name in CHOSEN if name in LOSE or name.endswith("-after")
]
"""By what the organisation does with keys; the others do the same to both."""
NEXT = ClientStory(TOLD, Clients({"one": {2: "active"}}, TOLD.links))
"""After a `create`: both keys give way to another."""


@pytest.fixture(scope="module")
def tally(request):
    made = Tally()
    yield made
    request.config.get_terminal_writer().line(f"\nclients, keys and links: {made}")


@pytest.fixture(scope="module")
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
        is_double = any(many > due for many, due in zip(counted(after), counted(wanted), strict=True))
        (tally.duplicates if is_double else tally.adrift).append(where)
    return True


TURN = count()


@pytest.mark.parametrize(("world", "fault"), MET, indirect=["world"])
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_fresh_run_mends_what_one_broken_request_left_of_a_client(story, fault, world, tally, monkeypatch):
    if fault == "expired-cursor":
        monkeypatch.setattr(driver, "PAGE_SIZE", 1)  # so that there are cursors to expire
    bindings = begin(world, story)
    world.emulated.app.faults.arm(FAULTS[fault][0], at=1_000_000)  # counts the requests that could suffer it
    _, errors = attempt(world.emulated, story.desired(), bindings)
    assert errors == []
    assert world.look() == truth(story.after)
    length = world.emulated.app.faults.armed()[0].matched
    assert length > 0
    mine = Tally()
    suffered = [suffer(world, story, FAULTS[fault], at, mine) for at in places(length, next(TURN))]
    tally.add(mine)
    assert all(suffered)
    assert (mine.duplicates, mine.adrift) == ([], [])


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize(("world", "fault"), [each for each in MET if each[1] != "expired-cursor"], indirect=["world"])
def test_a_key_whose_registration_broke_can_be_renewed_or_a_person_is_told_which_one(fault, at, world):
    bindings = begin(world, STORIES["create"])
    name, times = FAULTS[fault]
    world.emulated.app.faults.arm(name, at=at, times=times, method="POST", path="*/credentials/jwks")
    for _ in "the broken run", "the next one":
        bindings, errors = attempt(world.emulated, STORIES["create"].desired(), bindings)
        world.emulated.app.faults.disarm()
        world.emulated.clock.sleep(10)
    assert (errors, world.look()) == ([], truth(TOLD))
    bindings, errors = attempt(world.emulated, NEXT.desired(), bindings)
    lost = f"key-{at - 1}"
    if errors:
        assert world.is_hidden
        assert [(type(error), lost in error.detail) for error in errors] == [(KeyOutOfReach, True)]
        world.remove_keys(lost)
        _, errors = attempt(world.emulated, NEXT.desired(), bindings)
    assert (errors, world.look()) == ([], truth(NEXT.after))
