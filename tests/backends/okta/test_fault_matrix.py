"""One request goes wrong, whichever it is and however: a fresh plan and apply then make the wish true, once.

The suite tries a part of the matrix, a different one for each fault. `make faults` tries all and prints the count.
"""

from collections import Counter
from itertools import count

import httpx
import pytest

from reconciler.backends.okta import OktaBackend, Settings, driver
from reconciler.core.errors import MadeTwice
from reconciler.core.estimate import estimate
from reconciler.engine import scope
from reconciler.engine.apply import Course, run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import planned
from tests.support.emulated import TOKEN, URL, Emulated
from tests.support.faults import FAULTS, Tally, attempt, begin_alike, places
from tests.support.sight import Judge
from tests.support.worlds import Document, Story

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

ENDPOINTS = {"authorizationEndpoint": "https://idp.test/authorize", "tokenEndpoint": "https://idp.test/token"}
POLICY = {"name": "agents", "description": "For agents", "clients": ["ALL_CLIENTS"]}
RULE = {"name": "xaa", "grantTypes": [JWT_BEARER], "scopes": ["*"], "accessTokenLifetimeMinutes": 30}


def documents(*, url="https://one.test/mcp", absent=False, title="Tools", token="token", scopes=("read",)):
    oauth = {**ENDPOINTS, "tokenEndpoint": f"https://idp.test/{token}", "grantTypes": ["authorization_code"]}
    external = {"type": "external", "issuer": "https://idp.test", "discovery": "static", "oauth": oauth}
    own = {
        "type": "okta",
        "displayName": "Agents",
        "audience": "api://agents",
        "scopes": [{"name": name} for name in scopes],
        "accessPolicies": [{**POLICY, "rules": [RULE]}],
    }
    server = {"resourceUrl": url, "displayName": title, "authorizationServers": ["idp", "agents"], "state": "active"}
    return (
        Document("AuthorizationServer", "idp", external),
        Document("AuthorizationServer", "agents", own, absent),
        Document("McpServer", "tools", server, absent),
    )


SCOPE = {"name": "read", "displayName": None, "description": None, "consent": "IMPLICIT"}
CUSTOM = {
    "id": "aus-1",
    "name": "Agents",
    "status": "ACTIVE",
    "description": None,
    "audience": "api://agents",
    "scopes": [SCOPE | {"metadataPublish": "NO_CLIENTS", "default": False}],
    "accessPolicies": [{**POLICY, "rules": [RULE]}],
}
SERVER = {
    "id": "ems-1",
    "resourceUrl": "https://one.test/mcp",
    "status": "ACTIVE",
    "displayName": "Tools",
    "description": None,
    "manual": True,
    "rows": [{"issuer": "https://idp.test", **ENDPOINTS, "grantTypes": ["authorization_code"]}, {"custom": "aus-1"}],
}
BESIDE = SERVER | {"id": "ems-2", "resourceUrl": "https://beside.test/mcp", "displayName": "Beside", "rows": []}
THERE = (SERVER, BESIDE)
OWN = {("McpServer", "tools"): "ems-1", ("AuthorizationServer", "agents"): "aus-1"}
STORIES = {
    "create": Story(documents(), (), (BESIDE,)),
    "update": Story(documents(title="Our tools", token="v2/token", scopes=("read", "write")), (CUSTOM,), THERE, OWN),
    "replace": Story(documents(url="https://two.test/mcp"), (CUSTOM,), THERE, OWN),
    "delete": Story(documents(absent=True), (CUSTOM,), THERE, OWN),
}


@pytest.fixture(scope="module")
def tally(request):
    made = Tally()
    yield made
    request.config.get_terminal_writer().line(f"\n{made}")


@pytest.fixture(scope="module")
def organisation():
    with Emulated() as emulated:
        emulated.backend = OktaBackend(Settings(URL, f"SSWS {TOKEN}", readers=1), emulated.clock, emulated.transport)
        yield emulated


def begin(organisation, story):
    begin_alike(organisation)
    organisation.put(story)
    return story.desired(), organisation.bindings(story), organisation.look()


def twice_there(sight) -> list[str]:
    keys = [seen["resourceUrl"] for seen in sight.servers.values()] + [seen["name"] for seen in sight.custom.values()]
    return [key for key, times in Counter(keys).items() if times > 1]


def suffer(organisation, story, fault, at, tally):
    """One run with a fault in it, and one without; False when no request was there to suffer it."""
    desired, bindings, before = begin(organisation, story)
    name, times = fault
    organisation.app.faults.arm(name, at=at, times=times)
    bindings, errors = attempt(organisation, desired, bindings)
    if not organisation.app.faults.armed()[0].fired:
        return False
    where = f"{name} at request {at}"
    tally.runs, tally.failed = tally.runs + 1, tally.failed + bool(errors)
    organisation.app.faults.disarm()
    organisation.clock.sleep(10)
    if twice := [error for error in errors if isinstance(error, MadeTwice)]:
        tally.left += 1
        bindings = mended_by_a_person(organisation, desired, bindings, twice[0])
    bindings, errors = attempt(organisation, desired, bindings)
    after = organisation.look()
    if double := twice_there(after):
        tally.duplicates.append(f"{where}: {double}")
    try:
        assert not errors
        Judge(story, before, after, organisation.ids).verdict()
    except AssertionError:
        tally.adrift.append(f"{where}: {[str(error) for error in errors]}")
    return True


def mended_by_a_person(organisation, desired, bindings, error):
    """The next plan names what the run named, and changes neither; then somebody deletes the one that is not ours."""
    twins = [server for server, seen in organisation.look().custom.items() if seen["name"] == "Agents"]
    assert all(server in error.detail for server in twins)
    bindings, errors = attempt(organisation, desired, bindings)
    assert any(all(server in str(told) for server in twins) for told in errors), errors
    assert len(twins) == len(twice_there(organisation.look())) + 1, "neither was touched"
    mine = error.detail.split("was made as ")[1].split(",")[0]
    with httpx.Client(transport=httpx.WSGITransport(app=organisation.app), base_url=URL) as console:
        for server in set(twins) - {mine}:
            said = console.delete(f"/api/v1/authorizationServers/{server}", headers={"Authorization": f"SSWS {TOKEN}"})
            assert said.status_code == httpx.codes.NO_CONTENT
    return bindings


TURN = count()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_fresh_run_mends_what_one_broken_request_left(story, fault, organisation, tally, monkeypatch):
    if fault[0] == "expired-cursor":
        monkeypatch.setattr(driver, "PAGE_SIZE", 1)  # so that there are cursors to expire
    desired, bindings, before = begin(organisation, story)
    organisation.app.faults.arm(fault[0], at=1_000_000)  # counts the requests that could suffer it
    _, errors = attempt(organisation, desired, bindings)
    assert errors == []
    Judge(story, before, organisation.look(), organisation.ids).verdict()
    length = organisation.app.faults.armed()[0].matched
    mine = Tally()
    suffered = [suffer(organisation, story, fault, at, mine) for at in places(length, next(TURN))] if length else []
    tally.add(mine)
    assert all(suffered)
    assert (mine.duplicates, mine.adrift) == ([], [])


def test_the_matrix_finds_a_client_that_repeats_what_it_should_not(organisation, monkeypatch):
    """A client that sends a register again after a reset makes a failure or a duplicate; this must be seen."""
    from reconciler.backends.okta import client

    monkeypatch.setattr(client, "_may_repeat", lambda *_: True)
    story, found = STORIES["create"], Tally()
    for at in range(1, 40):
        suffer(organisation, story, ("reset-after", 1), at, found)
        if found.duplicates or found.adrift or found.failed:
            return
    pytest.fail("nothing was noticed")


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_estimate_of_a_plan_is_near_what_it_takes(story, organisation):
    desired, bindings, _ = begin(organisation, story)
    needed = scope.needed(desired, KINDS, bindings)
    plan = planned(desired, organisation.backend.read(needed, scope.wanted(desired, KINDS, bindings)), bindings)
    before = sum(organisation.transport.seen.values())
    list(run(plan, Performer(organisation.backend, KINDS, organisation.clock), Course(1)))
    took = sum(organisation.transport.seen.values()) - before
    assert 0.7 * took <= estimate(plan, {}).requests <= 1.5 * took
