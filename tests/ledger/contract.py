"""The promises of the ledger, as one suite that every database is held to (`test_contract.py`).

Each promise is a function of a place where nothing is yet. What writers write goes through `Ledger`, what readers see
through the functions of the package, as in the program.
"""

from reconciler import ledger
from reconciler.core.address import Address
from reconciler.core.lifecycle import State
from reconciler.core.remembered import Applied, Remembered, Sighting
from reconciler.ledger import Place
from reconciler.ledger.hand import by_hand
from reconciler.ledger.lease import Claim
from reconciler.ledger.store import Ledger

ORG, OTHER = "https://one.okta.com", "https://two.okta.com"
ME = Claim("me@here", "state")
JIRA, AGENTS = Address("McpServer", "jira"), Address("AuthorizationServer", "agents")
ODD = "\u202e\x1b[31m ü 日本 😀 <b>`x`</b> \"'\\ {{1}} %s ? $1 \x00"
DOCUMENT = {"displayName": ODD, "rows": {"idp": {"n": 1, "f": 1.5, "none": None, "yes": True}}, "list": [3, 1, 2]}


def open_(place: Place, organisation: str = ORG) -> Ledger:
    return Ledger.open(place, organisation)


def nothing_is_remembered_where_nothing_was_written(place: Place) -> None:
    assert ledger.read(place, ORG) == Remembered()
    assert ledger.sightings(place, ORG, "drift") == {}


def what_was_bound_is_remembered_by_the_next_run(place: Place) -> None:
    with open_(place) as mine:
        mine.bind({JIRA: "ems1", AGENTS: "aus1"})
        mine.bind({JIRA: "ems2"})
        mine.bind({})
    assert ledger.read(place, ORG).bindings == {JIRA: "ems2", AGENTS: "aus1"}
    with open_(place) as mine:
        assert mine.bindings() == {JIRA: "ems2", AGENTS: "aus1"}


def an_address_is_released_only_while_it_is_still_that_object(place: Place) -> None:
    """A replace binds the new object before the old one is deleted; the late delete must not forget the new one."""
    with open_(place) as mine:
        mine.bind({JIRA: "new"})
        mine.release(JIRA, "old")
        assert mine.bindings() == {JIRA: "new"}
        mine.release(JIRA, "new")
        mine.release(JIRA, "new")
        assert mine.bindings() == {}


def what_was_applied_comes_back_letter_by_letter(place: Place) -> None:
    first = Applied("ems1", {"displayName": "old"}, State.INACTIVE)
    last = Applied("ems2", DOCUMENT, State.ACTIVE, protected=True, version=3, secrets={"a.b": {"generation": 2}})
    with open_(place) as mine:
        mine.remember({JIRA: first, AGENTS: first}, run=1)
        mine.remember({JIRA: last}, run=2)
        mine.remember({})
    assert ledger.read(place, ORG).applied == {JIRA: last, AGENTS: first}


def what_is_released_is_not_remembered_as_applied(place: Place) -> None:
    with open_(place) as mine:
        mine.bind({JIRA: "ems1"})
        mine.remember({JIRA: Applied("ems1", {}, State.ACTIVE)})
        mine.release(JIRA, "ems1")
    assert ledger.read(place, ORG) == Remembered()


def forgetting_says_whether_there_was_anything(place: Place) -> None:
    with open_(place) as mine:
        mine.bind({JIRA: "ems1"})
        with by_hand(mine, ME) as hand:
            assert hand.record(JIRA) == "ems1"
            assert hand.forget(JIRA) is True
        with by_hand(mine, ME) as hand:
            assert hand.record(JIRA) is None
            assert hand.forget(JIRA) is False
    assert ledger.read(place, ORG) == Remembered()


def a_renamed_address_keeps_its_memory(place: Place) -> None:
    new = Address("McpServer", "tracker")
    applied = Applied("ems1", DOCUMENT, State.ACTIVE)
    with open_(place) as mine:
        mine.bind({JIRA: "ems1", new: "stale"})
        mine.remember({JIRA: applied})
        with by_hand(mine, ME) as hand:
            hand.rename(JIRA, new)
    assert ledger.read(place, ORG) == Remembered({new: "ems1"}, {new: applied})


def organisations_know_nothing_of_each_other(place: Place) -> None:
    with open_(place) as mine, open_(place, OTHER) as theirs:
        mine.bind({JIRA: "ems1"})
        mine.sight("drift", {"x": "m"})
        theirs.bind({JIRA: "ems9", AGENTS: "aus9"})
        theirs.release(JIRA, "ems9")
        theirs.sight("drift", {})
    assert ledger.read(place, ORG).bindings == {JIRA: "ems1"}
    assert ledger.read(place, OTHER).bindings == {AGENTS: "aus9"}
    assert ledger.sightings(place, ORG, "drift").keys() == {"x"}


def sightings_count_while_the_mark_stays_and_end_when_it_is_gone(place: Place) -> None:
    with open_(place) as mine:
        mine.sight("drift", {"a": "1", "b": "1", "c": "1"})
        mine.sight("readiness", {"a": "1"})
        told = mine.sight("drift", {"a": "1", "b": "2"})
        last = mine.sight("drift", {"a": "1", "b": "2"})
    assert {subject: (each.mark, each.count) for subject, each in told.items()} == {"a": ("1", 2), "b": ("2", 1)}
    found = ledger.sightings(place, ORG, "drift")
    assert found == last
    assert {subject: each.count for subject, each in found.items()} == {"a": 3, "b": 2}
    assert found["a"].first_seen <= told["b"].first_seen <= found["a"].last_seen
    assert isinstance(ledger.sightings(place, ORG, "readiness")["a"], Sighting)


PROMISES = [
    nothing_is_remembered_where_nothing_was_written,
    what_was_bound_is_remembered_by_the_next_run,
    an_address_is_released_only_while_it_is_still_that_object,
    what_was_applied_comes_back_letter_by_letter,
    what_is_released_is_not_remembered_as_applied,
    forgetting_says_whether_there_was_anything,
    a_renamed_address_keeps_its_memory,
    organisations_know_nothing_of_each_other,
    sightings_count_while_the_mark_stays_and_end_when_it_is_gone,
]
