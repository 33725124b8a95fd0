"""The laws of planning: a plan depends on what is wished and what is there, and on nothing else."""

import copy
import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import plan_file
from reconciler.core.errors import PlanUnusable
from reconciler.core.resources import Live
from reconciler.kinds import KINDS
from reconciler.render import terminal
from tests.support import leaning
from tests.support.build import planned
from tests.support.leaning import LEANINGS
from tests.support.memory_world import backend_of, bindings_of, custom_raw, server_raw
from tests.support.steady import many
from tests.support.worlds import Document, Story, stories

CHANCE = st.integers(0, 9999).map(Random)


def plan_of(story: Story):
    return planned(story.desired(), backend_of(story).read(KINDS, lambda _record: True), bindings_of(story))


@settings(max_examples=many(60))
@given(stories())
def test_planning_twice_gives_the_same_bytes(story: Story):
    one, other = plan_of(story), plan_of(copy.deepcopy(story))
    assert plan_file.dump(one) == plan_file.dump(other)
    assert plan_file.to_document(one)["digest"] == plan_file.digest(one)
    assert terminal.render(one) == terminal.render(other)


# -- order means nothing, where lists are sets ---------------------------------------------------------------------


def mixed(random: Random, value):
    """The same mapping in another order of keys, at every depth; lists keep theirs."""
    if isinstance(value, dict):
        keys = random.sample(list(value), len(value))
        return {key: mixed(random, value[key]) for key in keys}
    return [mixed(random, item) for item in value] if isinstance(value, list) else value


def shuffled(random: Random, items):
    return random.sample(list(items), len(items))


SETS = {"authorizationServers", "requires", "scopes", "grantTypes", "clients", "keys", "redirectUris"}


def reworded(random: Random, value):
    """A spec that means the same: every list that is a set in another order, policies and rules as they were."""
    if isinstance(value, dict):
        said = {key: reworded(random, item) for key, item in mixed(random, value).items()}
        return {key: shuffled(random, item) if key in SETS else item for key, item in said.items()}
    return [reworded(random, item) for item in value] if isinstance(value, list) else value


def same_wish(random: Random, story: Story) -> Story:
    documents = tuple(replace(each, spec=reworded(random, each.spec)) for each in story.documents)
    bindings = dict(shuffled(random, story.bindings.items()))
    return replace(story, documents=documents, bindings=bindings)


def same_world(random: Random, story: Story) -> Live:
    """The raw objects, and the children inside of them, in another order."""
    custom, servers = [custom_raw(live) for live in story.custom], [server_raw(live) for live in story.servers]
    for raw in custom:
        raw["scopes"] = shuffled(random, raw["scopes"])
        raw["policies"] = shuffled(random, raw["policies"])
        for policy in raw["policies"]:
            policy["rules"] = shuffled(random, policy["rules"])
            include = policy["conditions"]["clients"]["include"]
            policy["conditions"]["clients"]["include"] = shuffled(random, include)
    for raw in servers:
        raw["authorizationServers"] = shuffled(random, raw["authorizationServers"])
    raws = {"AuthorizationServer": custom, "McpServer": servers}
    return Live(
        {kind: tuple(map(KINDS[kind].wire.record, shuffled(random, mixed(random, raws[kind])))) for kind in raws}
    )


@settings(max_examples=many(100))
@given(stories(), CHANCE)
def test_no_order_of_keys_sets_objects_or_memories_changes_the_plan(story: Story, random: Random):
    plan = plan_of(story)
    other_story = same_wish(random, story)
    desired = dict(shuffled(random, other_story.desired().items()))
    other = planned(desired, same_world(random, story), bindings_of(other_story))
    assert plan_file.digest(other) == plan_file.digest(plan)
    assert terminal.render(other) == terminal.render(plan)
    assert plan_file.dump(other) == plan_file.dump(plan)


# -- plans as files ------------------------------------------------------------------------------------------------


@settings(max_examples=many(60))
@given(stories())
def test_a_saved_plan_comes_back_equal(story: Story):
    plan = plan_of(story)
    assert plan_file.load(plan_file.dump(plan)) == plan


SAID_ONLY = ("source", "hazards", "notes", "remembered", "state_origin", "origin", "last")


VALUES = ("steps", "document", "before", "after")
"""Members whose content may be called like what is only said."""


def meaningful(value, path=(), *, inside=False):
    """Every leaf of a plan document that says what is done to what, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            if inside or key not in SAID_ONLY:
                yield from meaningful(item, (*path, key), inside=inside or key in VALUES)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from meaningful(item, (*path, index), inside=inside)
    else:
        yield path


def places(body):
    parts = {key: body[key] for key in ("target", "witnesses")}
    yield from meaningful(parts)
    for index, change in enumerate(body["changes"]):
        if change["action"] in {"no-op", "adopt"}:
            continue
        yield from (("changes", index, *path) for path in meaningful(change))


def altered(body, path, random: Random):
    body = copy.deepcopy(body)
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    holder[path[-1]] = {bool: lambda: not old, int: lambda: old + 1, float: lambda: old + 1}.get(
        type(old), lambda: f"{old or ''}{random.choice('xyz')}"
    )()
    return body


@settings(max_examples=many(100))
@given(stories(), CHANCE)
def test_no_single_meaningful_member_of_a_saved_plan_can_be_altered_unnoticed(story: Story, random: Random):
    """Also where the checksum is made anew: what is done to what is in the digest."""
    body = json.loads(plan_file.dump(plan_of(story)))
    demand_that_nothing_can_be_altered(body, random)


def demand_that_nothing_can_be_altered(body, random: Random):
    if leaves := list(places(body)):
        with pytest.raises(PlanUnusable):
            plan_file.load(plan_file.seal(altered(body, random.choice(leaves), random)))


@settings(max_examples=many(40))
@given(stories())
def test_every_step_can_be_reached_and_the_steps_of_a_change_keep_their_order(story: Story):
    """A circle among the edges would leave steps that never run."""
    demand_that_every_step_can_be_reached(plan_of(story))


def demand_that_every_step_can_be_reached(plan):
    done: set[str] = set()
    left = list(plan.steps)
    while left:
        ready = [step for step in left if set(step.after) <= done]
        assert ready, [step.id for step in left]
        done |= {step.id for step in ready}
        left = [step for step in left if step.id not in done]
    for change in plan.changes:
        for one, following in zip(change.steps, change.steps[1:], strict=False):
            assert one.id in following.after


# -- what leans on servers -----------------------------------------------------------------------------------------


@settings(max_examples=many(12))
@given(LEANINGS, CHANCE)
def test_all_of_this_holds_for_clients_connections_and_links_and_for_what_others_have_made(case, random: Random):
    backend = leaning.empty()
    bindings = case.remembered(case.made(backend))
    live = leaning.everything(backend)
    plan = planned(case.desired(), live, bindings)
    written = plan_file.dump(plan)
    assert plan_file.dump(planned(case.desired(), copy.deepcopy(live), dict(bindings))) == written
    documents = [replace(each, spec=reworded(random, each.spec)) for each in case.documents]
    order = case.desired()
    other_desired = {address: leaning.desired(documents)[address] for address in shuffled(random, order)}
    other_desired = {a: replace(each, source=order[a].source) for a, each in other_desired.items()}
    other = planned(other_desired, elsewhere(random, live), dict(shuffled(random, bindings.items())))
    assert plan_file.digest(other) == plan_file.digest(plan)
    assert terminal.render(other) == terminal.render(plan)
    assert plan_file.dump(other) == written
    assert plan_file.load(written) == plan
    demand_that_nothing_can_be_altered(json.loads(written), random)
    demand_that_every_step_can_be_reached(plan)
    demand_that_what_is_needed_comes_first(plan, case.documents)


def elsewhere(random: Random, live: Live) -> Live:
    """The same records in another order of objects and members."""
    return Live(
        {
            kind: tuple(replace(r, document=mixed(random, r.document)) for r in shuffled(random, live.of(kind)))
            for kind in shuffled(random, live.records)
        }
    )


NEEDS = {
    "ClientRegistration": {"mcpServer": "McpServer", "app": "ClientApp", "authorizationServer": "AuthorizationServer"},
    "AgentConnection": {"mcpServer": "McpServer", "clientRegistration": "ClientRegistration"},
    "McpOAuthClient": {"mcpServer": "McpServer"},
    "DelegationLink": {"to": "McpOAuthClient"},
}


def demand_that_what_is_needed_comes_first(plan, documents):
    """Creates after those of what they name, deletes before; as far as both are in the plan, along the edges."""
    before = closure(plan)
    steps = {step.id for step in plan.steps}
    for document in documents:
        for member, kind in NEEDS.get(document.kind, {}).items():
            mine, other = f"{document.kind}.{document.name}", f"{kind}.{document.spec.get(member)}"
            if {f"{mine}/create", f"{other}/create"} <= steps:
                assert f"{other}/create" in before[f"{mine}/create"]
            if {f"{mine}/delete", f"{other}/delete"} <= steps:
                assert f"{mine}/delete" in before[f"{other}/delete"]


def closure(plan):
    """For each step, all that is done before it."""
    after = {step.id: set(step.after) for step in plan.steps}
    found = {}

    def of(step):
        if step not in found:
            found[step] = set(after[step]).union(*(of(each) for each in after[step]))
        return found[step]

    return {step: of(step) for step in after}


def test_policies_and_rules_are_no_sets():
    """Their order decides who gets a token, so a plan has to tell two orders apart."""
    rules = [{"name": name, "grantTypes": ["password"]} for name in "ab"]
    spec = {"type": "okta", "displayName": "A", "audience": "a"}

    def digest(rules):
        policies = [{"name": "p", "rules": rules}]
        document = Document("AuthorizationServer", "a", {**spec, "accessPolicies": policies})
        return plan_file.digest(plan_of(Story((document,), (), ())))

    assert digest(rules) != digest(rules[::-1])
