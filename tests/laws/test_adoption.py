"""The law of adoption: what describes the world as it is leaves nothing to do; judged by the planner, on any world."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings

from reconciler.core.address import NAME_MAX
from reconciler.core.document import resolve
from reconciler.core.lifecycle import State
from reconciler.core.resources import Live
from reconciler.engine import diff
from reconciler.engine.adopt import Described, adopt
from reconciler.engine.scope import bind
from reconciler.kinds import KINDS
from tests.support.build import planned, resource, wish
from tests.support.memory_world import backend_of
from tests.support.steady import many
from tests.support.worlds import Story, stories

UNSETTLED = {State.PENDING, State.INVALID}


def world_of(story: Story) -> Live:
    """The live objects of a story that a manifest can describe: an MCP server without rows is not connectable."""
    custom = tuple({**live, "id": real(live["id"])} for live in story.custom)
    servers = tuple({**live, "rows": [_real_row(row) for row in live["rows"]]} for live in story.servers)
    read = backend_of(replace(story, custom=custom, servers=servers)).read(KINDS, lambda _record: True)
    return Live(
        {
            name: tuple(r for r in read.of(name) if r.document.get("authorizationServers", True) and single(r))
            for name in KINDS
        }
    )


def real(server: str) -> str:
    """An id of the form that a manifest accepts."""
    return f"ausWorld{server.removeprefix('aus-'):0>12}"


def _real_row(row):
    return {"custom": real(row["custom"])} if "custom" in row else row


def single(record) -> bool:
    """One server held by two rows of one issuer cannot be told apart by a manifest."""
    issuers = [row["issuer"] for row in record.document.get("authorizationServers", {}).values() if "issuer" in row]
    return len(issuers) == len(set(issuers))


def documents(adopted):
    return wish(*(resource(each.address.kind, each.address.name, each.spec) for each in adopted))


def everything(live: Live):
    return [record for name in KINDS for record in live.of(name)]


@settings(max_examples=many(20))
@given(stories())
def test_a_plan_of_what_was_adopted_is_empty_but_for_objects_that_never_settled(story: Story):
    live = world_of(story)
    adopted = adopt(everything(live), live, KINDS, Described(), {})
    desired = documents(adopted)
    plan = planned(desired, live)
    assert plan.problems == ()
    for change in plan.changes:
        assert change.fields == ()
        assert change.steps == () or change.state in UNSETTLED
        assert not change.state or not change.goal or change.goal is not State.ACTIVE or change.state is State.ACTIVE
    described = {record.id for record in bind(desired, live, KINDS, {}).records.values()}
    assert described == {record.id for record in everything(live)}


@settings(max_examples=many(12))
@given(stories())
def test_adopting_does_not_depend_on_the_order_of_what_was_read(story: Story):
    live = world_of(story)
    shuffled = Live({name: tuple(Random(7).sample(live.of(name), len(live.of(name)))) for name in KINDS})
    one = adopt(everything(live), live, KINDS, Described(), {})
    other = adopt(everything(shuffled)[::-1], shuffled, KINDS, Described(), {})
    assert one == other
    names = [each.address for each in one]
    assert len(set(names)) == len(names)
    assert all(len(name.name) <= NAME_MAX for name in names)


@settings(max_examples=many(12))
@given(stories())
def test_what_is_described_is_not_described_again(story: Story):
    """Object by object gives documents that fit each other, whatever was described before."""
    live = world_of(story)
    desired = {}
    for record in everything(live):
        records = bind(desired, live, KINDS, {}).records
        if record in records.values():
            continue
        desired |= documents(adopt([record], live, KINDS, Described(desired, records), {}))
    plan = planned(desired, live)
    assert plan.problems == ()
    assert all(change.steps == () or change.state in UNSETTLED for change in plan.changes)


@settings(max_examples=many(12))
@given(stories())
def test_the_document_of_what_an_author_would_write_is_what_is_observed(story: Story):
    live = world_of(story)
    adopted = adopt(everything(live), live, KINDS, Described(), {})
    desired = documents(adopted)
    ids = {each.address: each.record.facts for each in adopted if each.record}
    for each in adopted:
        kind = KINDS[each.address.kind]
        if each.record is None or kind.borrowed(desired[each.address].spec):
            continue
        document = kind.document(desired[each.address], desired, KINDS)
        settled = _resolved(document, ids)
        assert diff.unlike(kind, settled, each.record) == ()


def _resolved(document, facts):
    return resolve(document, lambda ref: facts[ref.address][ref.attribute] if ref.address in facts else ref.to_json())
