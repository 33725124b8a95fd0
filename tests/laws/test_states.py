"""Every state and every goal, one by one, on the backend in memory."""

from itertools import product

import pytest

from reconciler.engine.apply import run
from reconciler.engine.perform import Performer
from reconciler.kinds import KINDS
from tests.support.build import planned
from tests.support.clock import VirtualClock
from tests.support.memory_world import backend_of, look
from tests.support.sight import Judge
from tests.support.worlds import STATES, Document, Story

ENDPOINTS = {
    "authorizationEndpoint": "https://idp.example.com/authorize",
    "tokenEndpoint": "https://idp.example.com/token",
}
IDP = Document(
    "AuthorizationServer",
    "idp",
    {
        "type": "external",
        "issuer": "https://idp.example.com",
        "discovery": "static",
        "oauth": {**ENDPOINTS, "grantTypes": ["authorization_code"]},
    },
)
URL = "https://mcp.example.com/mcp"
GOALS = ["active", "inactive", "absent"]


def server_story(state, goal, *, differs=False, revalidate="nudge"):
    spec = {"resourceUrl": URL, "authorizationServers": ["idp"], "revalidate": revalidate}
    spec["state"] = "active" if goal == "absent" else goal
    if differs:
        spec["description"] = "New"
    live = {
        "id": "ems-1",
        "resourceUrl": URL,
        "status": state,
        "displayName": None,
        "description": None,
        "manual": True,
        "rows": [{"issuer": "https://idp.example.com", **ENDPOINTS, "grantTypes": ["authorization_code"]}],
    }
    return Story((IDP, Document("McpServer", "mcp", spec, goal == "absent")), (), (live,) if state else ())


def custom_story(state, goal, *, differs=False):
    spec = {"type": "okta", "displayName": "Agents", "audience": "api://b" if differs else "api://a"}
    live = {"id": "aus-1", "name": "Agents", "status": state, "description": None, "audience": "api://a"}
    live |= {"scopes": [], "accessPolicies": []}
    documents = (Document("AuthorizationServer", "agents", spec, goal == "absent"),)
    return Story(documents, (live,) if state else (), ())


CUSTOM = [None, "ACTIVE", "INACTIVE"]
EVERY = {
    f"server-{state}-{goal}-{how}": server_story(state, goal, differs=how == "differs")
    for state, goal, how in product([None, *STATES], GOALS, ["same", "differs"])
}
EVERY |= {f"anew-{s}-{g}": server_story(s, g, revalidate="reregister") for s, g in product(STATES, GOALS)}
EVERY |= {
    f"custom-{state}-{goal}-{how}": custom_story(state, goal, differs=how == "differs")
    for state, goal, how in product(CUSTOM, ["active", "absent"], ["same", "differs"])
}


@pytest.mark.parametrize("story", EVERY.values(), ids=EVERY.keys())
def test_every_goal_is_reached_from_every_state(story):
    backend = backend_of(story)
    before = look(backend)
    plan = planned(story.desired(), backend.read(KINDS, bool))
    assert not plan.problems
    assert all(result.ok for result in run(plan, Performer(backend, KINDS, VirtualClock())))
    ids = {live["id"]: live["id"] for live in (*story.custom, *story.servers)}
    Judge(story, before, look(backend), ids, real=False).verdict()
    assert planned(story.desired(), backend.read(KINDS, bool)).is_empty
