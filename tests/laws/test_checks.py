"""The law of checks: what a kind says of a document goes by the document and by what that refers to, near and far.

So an earlier run knows that it still says nothing, where none of that has changed (`manifests.checks`).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.resources import Desired, Resource
from reconciler.kinds import KINDS
from reconciler.manifests.checks import check
from tests.support.build import (
    agent,
    app,
    borrowed,
    connection,
    discovered,
    external,
    link,
    mcp,
    oauth_client,
    okta,
    registration,
    wish,
)
from tests.support.steady import many

CUSTOM = {"type": "IDENTITY_ASSERTION_CUSTOM_AS", "authorizationServer": "agents"}
POOL = (
    [external(), external(absent=True), external(discovery="auto", oauth=None), discovered()],
    [okta(), okta(absent=True), okta(scopes=[{"name": "read"}, {"name": "read"}]), external("agents")],
    [okta("partners"), borrowed("partners")],
    [
        mcp(),
        mcp(absent=True),
        mcp(state="inactive"),
        mcp(authorizationServers=["agents"]),
        mcp(authorizationServers=["agents", "partners"], requires=["sts"]),
        mcp(authorizationServers=["idp", "idp", "nobody"]),
    ],
    [app(), app(absent=True)],
    [registration(), registration(app="client"), registration(authorizationServer="agents", registration="dynamic")],
    [registration("again", app="client"), registration("again", app="client", absent=True)],
    [agent(), agent(id="wlpSupport0000000000")],
    [connection(), connection(authorizationServer="partners"), connection(**CUSTOM)],
    [oauth_client()],
    [link(), link(**{"from": {"oauthClient": "jira"}}), link(**{"from": {"app": "portal"}})],
)
"""For each address, the documents that it may have."""


@st.composite
def worlds(draw: st.DrawFn) -> Desired:
    chosen = [draw(st.sampled_from([None, *some])) for some in POOL]
    return wish(*(replace(each, mark=repr(each.spec) + str(each.absent)) for each in chosen if each))


def near(resource: Resource[Any], desired: Desired) -> Iterator[Resource[Any]]:
    yield resource
    for address in resource.outline.references:
        if address in desired:
            yield from near(desired[address], desired)


@settings(max_examples=many(200))
@given(worlds())
def test_a_kind_looks_at_nothing_but_what_a_document_refers_to(desired: Desired):
    for resource in desired.values():
        ask = KINDS[resource.address.kind].check
        around = wish(*near(resource, desired))
        assert list(ask(resource, around, KINDS)) == list(ask(resource, desired, KINDS))


@settings(max_examples=many(100))
@given(worlds(), worlds())
def test_what_was_silent_is_not_asked_again_and_no_fault_is_missed(one: Desired, other: Desired):
    silent = check(one, KINDS, {}).silent
    for world in (one, other):
        assert check(world, KINDS, silent) == check(world, KINDS, {})


def test_who_was_silent_is_asked_again_where_something_near_or_far_is_another(monkeypatch: pytest.MonkeyPatch):
    world = wish(*(replace(each, mark=str(each.address)) for each in (okta(), mcp(authorizationServers=["agents"]))))
    world |= wish(*(replace(each, mark=str(each.address)) for each in (agent(), connection())))
    silent = check(world, KINDS, {}).silent
    assert len(silent) == len(world)

    def asked(now: Desired) -> set[str]:
        found = set()
        with monkeypatch.context() as patch:
            for kind in KINDS.values():
                patch.setattr(kind, "check", lambda each, *_: iter(found.add(str(each.address)) or ()))
            check(now, KINDS, silent)
        return found

    def other(name: str, mark: str = "new") -> Desired:
        return {address: replace(each, mark=mark) if address.kind == name else each for address, each in world.items()}

    assert asked(world) == set()
    assert asked(other("AiAgent")) == {"AiAgent.support", "AgentConnection.support-jira"}
    assert asked(other("AuthorizationServer")) == {*map(str, world)} - {"AiAgent.support"}
    assert asked(other("AgentConnection", "")) == {"AgentConnection.support-jira"}
    assert asked(other("AiAgent", "")) == {"AiAgent.support", "AgentConnection.support-jira"}
    less = {address: each for address, each in world.items() if address.kind != "AiAgent"}
    assert asked(less) == {"AgentConnection.support-jira"}, "nothing is known of what it refers to"
