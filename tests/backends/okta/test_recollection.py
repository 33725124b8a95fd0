"""What a reading may take from earlier ones: exact request counts, and everything that must never stay hidden."""

import itertools

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.backends.okta import OktaBackend, Remembering, Settings, recollection, system_log
from reconciler.core.document import canonical
from reconciler.core.kind import with_homes
from reconciler.core.refresh import Refresh
from reconciler.kinds import KINDS
from tests.support.remembering import CUSTOM, HOUR, LOGS, SERVERS, TOKEN, URL, Kept, Remembered
from tests.support.steady import many

N = 7
LISTS = 2
"""One page for each kind that is there."""
INSIDE = 2 * 2 + 1
"""Scopes and policies of two custom authorization servers, one of which is Okta's own; the rules of each policy."""


@pytest.fixture
def org():
    with Remembered(N) as made:
        yield made


def lists(reading):
    """The requests for lists of kinds that have objects here."""
    return [path for path in reading.asked if path in {SERVERS, CUSTOM}]


def children(reading):
    """The requests for what is inside an object of those lists."""
    return [path for path in reading.asked if path.startswith((SERVERS + "/", CUSTOM + "/"))]


def test_first_reading_asks_for_the_children_of_every_object_and_the_second_for_none(org):
    first, second = org.read(), org.read()
    assert (len(lists(first)), len(first.rows())) == (LISTS, N)
    assert len(lists(second)) == LISTS
    assert children(second) == []
    assert second.live.records == first.live.records
    assert first.live.recalled.objects == frozenset()
    assert {key for key in second.live.recalled.objects if key[0] == "McpServer"} == {
        ("McpServer", each) for each in org.ids
    }


def test_pages_are_all_that_a_warm_reading_asks_for_a_large_organisation():
    with Remembered(401) as org:
        org.read()
        warm = org.read()
    assert len(lists(warm)) == 1 + 3
    assert children(warm) == []


def test_full_refresh_asks_for_everything_and_its_readings_are_remembered(org):
    org.read()
    full = org.read(Refresh.FULL)
    assert len(full.rows()) == N
    org.clock.sleep(23 * HOUR)
    assert org.read().rows() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda org: org.edit_server(3, displayName="Renamed"),
        lambda org: org.console.post(f"{SERVERS}/{org.ids[3]}/lifecycle/deactivate"),
        lambda org: org.console.post(
            org.rows_of(3),
            json={"type": "EXTERNAL", "issuer": "https://b.example.com", "tokenEndpoint": "https://b.example.com/t"},
        ),
    ],
    ids=["name", "status", "row added"],
)
def test_object_that_the_list_shows_otherwise_is_read_again_and_no_other(org, change):
    org.read()
    change(org)
    assert org.read(max_age=HOUR).rows() == [org.ids[3]]


def test_change_that_no_list_shows_stays_hidden_no_longer_than_the_configured_age(org):
    """The row of a server is edited; neither time nor count of the server moves, and the log may not be read."""
    org.refused = {"/api/v1/logs"}
    org.read(max_age=6 * HOUR)
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    org.clock.sleep(6 * HOUR - 60)
    assert org.read(max_age=6 * HOUR).endpoints()[org.ids[3]] == ["https://idp.example.com/token"]
    org.clock.sleep(61)
    seen = org.read(max_age=6 * HOUR)
    assert seen.endpoints()[org.ids[3]] == ["https://elsewhere.example.com/token"]
    assert len(seen.rows()) == N


def test_age_counts_from_the_reading_and_not_from_the_last_time_it_was_relied_upon(org):
    org.read()
    for _ in range(3):
        org.clock.sleep(7 * HOUR)
        assert org.read().rows() == []
    org.clock.sleep(4 * HOUR)
    assert len(org.read().rows()) == N


def test_reading_from_the_future_is_not_believed(org):
    """The organisation's clock was set back, or the memory is of another machine's making."""
    org.read()
    org.clock.sleep(-HOUR)
    assert len(org.read().rows()) == N


def test_object_that_changed_a_moment_ago_is_not_remembered(org):
    """Another change in the same moment would carry the same time, and a copy that lags may have been read."""
    org.edit_server(3, displayName="Renamed")
    org.read()
    assert org.read().rows() == [org.ids[3]]
    org.clock.sleep(recollection.SETTLING + 1)
    org.read()
    assert org.read().rows() == []


def test_children_in_motion_are_not_remembered(org):
    with org.app.organisation.store.write() as db:
        db.execute("UPDATE attachments SET status='PENDING' WHERE server_id=?", (org.ids[3],))
    org.read()
    assert org.read().rows() == [org.ids[3]]


def test_object_made_anew_with_an_id_of_old_is_read(org):
    org.read()
    with org.app.organisation.store.write() as db:
        db.execute("UPDATE mcp_servers SET created=created+1 WHERE id=?", (org.ids[3],))
    assert org.read().rows() == [org.ids[3]]


def test_what_is_gone_is_forgotten(org):
    org.read()
    with org.app.organisation.store.write() as db:
        db.execute("DELETE FROM mcp_servers WHERE id=?", (org.ids[3],))
    org.read()
    assert ("McpServer", org.ids[3]) not in org.cache.children
    assert len([key for key in org.cache.children if key[0] == "McpServer"]) == N - 1


def test_kind_that_could_not_be_read_is_not_forgotten(org):
    org.read()
    org.refused = {SERVERS}
    inside = [name for name in KINDS if "McpServer" in with_homes({name}, KINDS)]
    assert list(org.read().live.unreadable) == inside
    org.refused = set()
    assert org.read().rows() == []


@pytest.mark.parametrize("what", ["program", "normaliser"])
def test_memory_of_another_version_is_not_believed(org, what, monkeypatch):
    org.read()
    if what == "program":
        monkeypatch.setattr(recollection, "__version__", "0.0.0")
    else:
        kind = KINDS["McpServer"]
        monkeypatch.setitem(KINDS, "McpServer", kind.__class__(**{**vars_of(kind), "version": kind.version + 1}))
    assert len(org.read().rows()) == N


_VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 10**30, "", "1", "null", '"', "\\", "\ud800", "\U0001f600", "a\n"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "\udfff"]), inner, max_size=2)
    ),
    max_leaves=6,
)
_ITEMS = st.dictionaries(st.sampled_from(["id", "status", "c", "_links"]), _VALUES, max_size=3)


@settings(max_examples=many(100))
@given(_ITEMS, _ITEMS, st.sampled_from(["AuthorizationServer", "McpServer"]))
def test_whatever_a_list_shows_otherwise_is_told_apart_but_its_links(one, other, name):
    """Texts with halves of characters, which no quick writer of JSON takes, included."""
    mark = recollection.stamp(KINDS[name], one)
    assert mark == recollection.stamp(KINDS[name], {**one, "_links": {"self": "elsewhere"}})
    shown, others = ({key: value for key, value in each.items() if key != "_links"} for each in (one, other))
    if canonical(shown) != canonical(others):
        assert mark != recollection.stamp(KINDS[name], other)


def vars_of(kind):
    return {name: getattr(kind, name) for name in kind.__dataclass_fields__}


def test_what_does_not_say_when_it_changed_is_read_every_time(clock):
    server = {"id": "ems1", "resourceUrl": "https://a.test/mcp", "status": "ACTIVE"}
    asked = []

    def handle(request):
        asked.append(request.url.path)
        body = {"data": [server] if request.url.path == SERVERS else []}
        return httpx.Response(200, json=body, headers={"Date": "Wed, 25 Nov 2026 12:00:00 GMT"})

    cache = Kept()
    for _ in range(2):
        settings = Settings(URL, f"SSWS {TOKEN}", remembering=Remembering(cache))
        OktaBackend(settings, clock, httpx.MockTransport(handle)).read(KINDS, lambda _record: True)
    assert asked.count(f"{SERVERS}/ems1/authorization-servers") == 2


def test_nothing_is_remembered_where_the_organisation_does_not_tell_the_time(clock):
    server = {"id": "ems1", "resourceUrl": "https://a.test/mcp", "status": "ACTIVE", "lastUpdated": "2020-01-01T00:00Z"}
    dates = itertools.cycle([{}, {"Date": "yesterday"}])

    def handle(request):
        body = {"data": [server] if request.url.path == SERVERS else []}
        return httpx.Response(200, json=body, headers=next(dates))

    cache = Kept()
    settings = Settings(URL, f"SSWS {TOKEN}", remembering=Remembering(cache))
    OktaBackend(settings, clock, httpx.MockTransport(handle)).read(KINDS, lambda _record: True)
    assert cache.children == {}


def test_kind_without_traces_is_never_remembered(org, monkeypatch):
    """Its children may hold secrets; only a kind that says otherwise is written to the memory."""
    kind = KINDS["McpServer"]
    bare = kind.wire.__class__(**{**vars_of(kind.wire), "traces": None})
    monkeypatch.setitem(KINDS, "McpServer", kind.__class__(**{**vars_of(kind), "wire": bare}))
    org.read()
    assert len(org.read().rows()) == N
    assert all(key[0] != "McpServer" for key in org.cache.children)


# -- renewing what a plan leans on ----------------------------------------------------------------------------------


def test_renewed_objects_are_read_with_one_request_each_and_as_they_are_now(org):
    org.refused = {"/api/v1/logs"}
    org.read()
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    with org.backend() as backend:
        live = backend.read(KINDS, lambda _record: True)
        org.asked.clear()
        fresh = backend.renew(KINDS, live, {("McpServer", org.ids[3]), ("McpServer", org.ids[4])})
    assert sorted(org.asked) == sorted([org.rows_of(3), org.rows_of(4)])
    changed = {a.id for a, b in zip(live.of("McpServer"), fresh.of("McpServer"), strict=True) if a != b}
    assert changed == {org.ids[3]}
    assert live.recalled.objects - fresh.recalled.objects == {("McpServer", org.ids[3]), ("McpServer", org.ids[4])}
    assert org.read().rows() == []


def test_object_that_went_away_meanwhile_is_left_out(org):
    org.read()
    with org.backend() as backend:
        live = backend.read(KINDS, lambda _record: True)
        with org.app.organisation.store.write() as db:
            db.execute("DELETE FROM mcp_servers WHERE id=?", (org.ids[3],))
        fresh = backend.renew(KINDS, live, live.recalled.objects)
    assert {record.id for record in fresh.of("McpServer")} == set(org.ids) - {org.ids[3]}


def test_kind_whose_children_may_not_be_read_any_more_is_unreadable(org):
    org.read()
    with org.backend() as backend:
        live = backend.read(KINDS, lambda _record: True)
        org.refused = {org.rows_of(3)}
        fresh = backend.renew(KINDS, live, {("McpServer", org.ids[3])})
    assert list(fresh.unreadable) == ["McpServer"]
    assert fresh.of("McpServer") == ()


def test_what_was_read_just_now_is_not_read_again(org):
    with org.backend() as backend:
        live = backend.read(KINDS, lambda _record: True)
        org.asked.clear()
        assert backend.renew(KINDS, live, {("McpServer", org.ids[3])}) == live
    assert org.asked == []


# -- what the System Log says ---------------------------------------------------------------------------------------


def logs(reading):
    return [path for path in reading.asked if path == LOGS]


def add_scope(org):
    org.post(f"{CUSTOM}/{org.custom}/scopes", {"name": "write"})


def edit_policy(org):
    [policy] = org.console.get(f"{CUSTOM}/{org.custom}/policies").json()
    path = f"{CUSTOM}/{org.custom}/policies/{policy['id']}"
    org.console.put(path, json={**policy, "description": "Other people"}).raise_for_status()


def test_log_is_asked_once_in_every_run(org):
    assert [len(logs(org.read())) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("refresh", [Refresh.AUTO, Refresh.LOG])
def test_edited_row_is_read_again_since_the_log_names_it_and_no_other_object_is(org, refresh):
    org.read()
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    org.clock.sleep(HOUR)
    seen = org.read(refresh)
    assert children(seen) == [org.rows_of(3)]
    assert seen.endpoints()[org.ids[3]] == ["https://elsewhere.example.com/token"]
    assert seen.live.recalled.remark == ""
    assert children(org.read(refresh)) == []


@pytest.mark.parametrize("change", [add_scope, edit_policy])
def test_change_inside_a_custom_authorization_server_is_found_by_the_log(org, change):
    """A new scope has an id that nobody knows yet, and no list counts it."""
    org.read()
    change(org)
    org.clock.sleep(HOUR)
    seen = org.read()
    assert f"{CUSTOM}/{org.custom}/scopes" in seen.asked
    assert seen.rows() == []
    assert seen.live.records == org.read(Refresh.FULL).live.records
    assert children(org.read()) == []


def test_event_is_heeded_by_readings_before_it_and_in_doubt_by_those_a_moment_after(org):
    """The log may be a moment ahead of what was read; once read well after the event, an object is left alone."""
    org.read()
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    assert org.read().rows() == [org.ids[3]]
    org.clock.sleep(recollection.SETTLING + 1)
    assert org.read().rows() == [org.ids[3]]
    assert org.read().rows() == []


def forget_log(org):
    with org.app.organisation.store.write() as db:
        db.execute("DELETE FROM log_events")


FAULTS = {
    "may not be read": lambda org, _patch: org.refused.add(LOGS),
    "does not reach back": lambda org, _patch: forget_log(org),
    "more events than one answer holds": lambda _org, patch: patch.setattr(system_log, "MOST", 1),
    "no earlier run has read it": lambda org, _patch: setattr(org.cache, "mark", None),
    "another shape": lambda org, _patch: setattr(org, "log", [{"uuid": 1}]),
    "no list": lambda org, _patch: setattr(org, "log", {"events": []}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_where_the_log_cannot_tell_log_reads_everything_and_says_why_and_auto_goes_by_the_lists(
    org, fault, monkeypatch
):
    org.read()
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    org.clock.sleep(HOUR)
    FAULTS[fault](org, monkeypatch)
    assert org.read(Refresh.AUTO).rows() == []
    FAULTS[fault](org, monkeypatch)
    seen = org.read(Refresh.LOG)
    assert len(seen.rows()) == N
    assert seen.live.recalled.objects == frozenset()
    assert "the System Log cannot tell what has changed" in seen.live.recalled.remark
    assert seen.endpoints()[org.ids[3]] == ["https://elsewhere.example.com/token"]


def test_gap_that_one_run_saw_is_not_forgotten_by_the_next(org):
    """The first run goes by the lists and reads the log from then on; what happened in the gap is still unknown."""
    org.read()
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    org.clock.sleep(HOUR)
    forget_log(org)
    org.edit_server(4, displayName="Renamed")
    org.clock.sleep(HOUR)
    assert org.read(Refresh.AUTO).rows() == [org.ids[4]]
    org.clock.sleep(HOUR)
    assert org.read(Refresh.LOG).rows() == sorted(set(org.ids) - {org.ids[4]})


def test_after_a_gap_the_log_can_tell_again(org):
    org.read()
    org.clock.sleep(HOUR)
    forget_log(org)
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    assert len(org.read(Refresh.LOG).rows()) == N
    org.clock.sleep(HOUR)
    org.read(Refresh.LOG)
    org.edit_row(4, tokenEndpoint="https://elsewhere.example.com/token")
    assert org.read(Refresh.LOG).rows() == [org.ids[4]]


def test_what_the_log_still_tells_after_a_gap_is_heard(org):
    org.read()
    org.clock.sleep(HOUR)
    forget_log(org)
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    org.clock.sleep(HOUR)
    assert children(org.read(Refresh.AUTO)) == [org.rows_of(3)]


@pytest.mark.parametrize("refresh", [Refresh.AUTO, Refresh.LOG])
def test_what_was_read_in_the_second_in_which_the_log_is_first_heard_is_read_again(org, refresh):
    """An event of that second may have come after the reading, and is none that this run is told of."""
    forget_log(org)
    org.read()
    assert org.cache.mark is None
    org.edit_row(3, tokenEndpoint="https://elsewhere.example.com/token")
    assert org.read(refresh).endpoints()[org.ids[3]] == ["https://elsewhere.example.com/token"]


def test_log_never_makes_a_reading_last_longer_than_its_age(org):
    """A log that forgets to tell something hides it no longer than a list does."""
    org.read()
    org.clock.sleep(24 * HOUR)
    assert len(org.read(Refresh.LOG).rows()) == N


def test_organisation_without_any_event_is_read_by_its_lists(org):
    with org.app.organisation.store.write() as db:
        db.execute("DELETE FROM log_events")
    org.read()
    assert org.cache.mark is None
    assert children(org.read()) == []
    assert len(org.read(Refresh.LOG).rows()) == N
