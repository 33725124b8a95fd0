"""Registering, renewing and removing keys, against a notebook and an organisation that may lose answers."""

from contextlib import suppress
from itertools import count

import pytest

from reconciler.core.errors import CallRefused, KeyOutOfReach, NotFound, OutcomeUnknown
from reconciler.core.lifecycle import State
from reconciler.core.wire import Answer, Call, Listed, Note, Noted, Pause, Until
from reconciler.kinds.mcp_oauth_client import KIND, wire
from reconciler.kinds.mcp_oauth_client.spec import thumbprint_of
from tests.support.build import key, oauth_client

SERVER, CLIENT = f"ems{'jira':0<17}", "wlpJira0000000000000"
ID = f"{SERVER}/{CLIENT}"
KEYS = f"/workload-principals/api/v1/mcp-servers/{SERVER}/credentials/jwks"
ABOUT = ("McpOAuthClient", ID)
FULL = CallRefused("too many", status=400)


def document(*keys):
    return wire.to_document(oauth_client(keys=list(keys)) if keys else oauth_client()) | {"mcpServer": SERVER}


class Okta:
    """One client. `lists` says whether its keys are listed; `late` is how many looks show what was there before."""

    def __init__(self, *, lists, late=0, keeps_last=False):
        self.lists, self.late, self.keeps_last = lists, late, keeps_last
        self.keys, self.notes, self.asked = {}, {}, []
        self.breaks = {}
        self.refuses = {}
        self._before, self._numbers = [], count()

    def add(self, number, state="ACTIVE"):
        """Register a key as somebody does who is not this tool; give its id."""
        made = f"pks{next(self._numbers)}"
        self.keys[made] = {"id": made, **key(number)["publicKey"], "status": state}
        return made

    def states(self):
        return {each["kid"]: each["status"] for each in self.keys.values()}

    def noted(self):
        return {
            kid: (bool(each["id"]), each["status"]) for kid, each in self.notes.get(ABOUT, {}).get("keys", {}).items()
        }

    def run(self, flow):
        """Drive a flow to its end; give what it returns."""
        told = None
        while True:
            try:
                asked = flow.throw(told) if isinstance(told, Exception) else flow.send(told)
            except StopIteration as end:
                return end.value
            try:
                told = self._answer(asked)
            except (CallRefused, OutcomeUnknown) as error:
                told = error

    def _answer(self, asked):
        match asked:
            case Noted():
                return self.notes.get(asked.about, {})
            case Note():
                self.notes[asked.about] = asked.what
                return None
            case Listed():
                return self._list()
            case Call():
                return self._call(asked)
            case Until():
                return {"id": SERVER}
            case Pause():
                return self.asked.append(f"{asked.seconds:g} s")
        raise AssertionError(asked)

    def _list(self):
        self.asked.append("LIST")
        if not self.lists:
            return None
        self.late -= 1
        return self._before if self.late >= 0 else list(self.keys.values())

    def _call(self, call):
        what, _, key_id = call.path.removeprefix(KEYS).rpartition("/") if "/lifecycle/" in call.path else ("", "", "")
        word = key_id or call.method
        self.asked.append(word)
        if word in self.refuses:
            raise self.refuses[word]
        broken = self.breaks.pop(self.asked.count(word), None) if word == "POST" else None
        if broken == "before":
            raise OutcomeUnknown("reset")
        answer = self._do(call, word, what.split("/")[1] if what else call.path.rpartition("/")[2])
        if broken == "after":
            raise OutcomeUnknown("reset")
        return answer

    def _do(self, call, word, key_id):
        if call.path.endswith("/oauth-client"):
            if self.keys and not self.keeps_last:
                raise CallRefused("it has keys", status=409)
            return Answer(204)
        if word == "POST":
            if call.body["kid"] in self.states():
                raise CallRefused("there is one", status=409, reasons=("UNIQUE_CONSTRAINT",))
            self._before = list(self.keys.values())
            made = f"pks{next(self._numbers)}"
            self.keys[made] = {"id": made, **call.body}
            return Answer(201, self.keys[made])
        if key_id not in self.keys:
            raise NotFound("gone")
        others = [each for each in self.keys.values() if each["id"] != key_id and each["status"] == "ACTIVE"]
        if word == "DELETE":
            if self.keys[key_id]["status"] == "ACTIVE" and self.keeps_last:
                raise CallRefused("the last one", status=409, reasons=("DEACTIVATE_NOT_ALLOWED",))
            del self.keys[key_id]
        elif word == "deactivate" and not others:
            raise CallRefused("the last one", status=409, reasons=("DEACTIVATE_NOT_ALLOWED",))
        else:
            self.keys[key_id]["status"] = {"activate": "ACTIVE", "deactivate": "INACTIVE"}[word]
        return Answer(204)

    def wish(self, *keys):
        self.asked.clear()
        return self.run(KIND.wire.update(ID, document(*keys)))

    def remove(self):
        self.asked.clear()
        return self.run(KIND.wire.move(ID, "delete", State.DELETED))

    def seen(self, *wished):
        """The states of keys as they are compared with those of a wish."""
        record = wire.record(self.run(KIND.wire.complete({"server": SERVER, "id": CLIENT})))
        return {kid: each["state"] for kid, each in KIND.observe(record, document(*wished))["keys"].items()}


@pytest.fixture(params=[True, False], ids=["listed", "hidden"])
def okta(request):
    return Okta(lists=request.param)


@pytest.fixture
def hidden():
    return Okta(lists=False)


@pytest.fixture
def listed():
    return Okta(lists=True)


# -- renewing ------------------------------------------------------------------------------------------------------


def test_renewing_lists_both_keys_for_a_while_and_the_old_one_goes_last(okta):
    okta.wish(key(0), key(2, "inactive"))
    assert okta.states() == {"key-0": "ACTIVE", "key-2": "INACTIVE"} == okta.seen()
    okta.wish(key(0), key(1))
    assert [word for word in okta.asked if word != "LIST"] == ["POST", "DELETE"]
    okta.wish(key(1))
    assert [word for word in okta.asked if word != "LIST"] == ["deactivate", "DELETE"]
    assert okta.states() == okta.seen() == {"key-1": "ACTIVE"}
    okta.wish(key(1))
    okta.wish()
    assert [word for word in okta.asked if word != "LIST"] == []


def test_a_key_is_activated_before_another_is_deactivated(okta):
    okta.wish(key(0), key(1, "inactive"))
    okta.wish(key(0, "inactive"), key(1))
    assert [word for word in okta.asked if word != "LIST"] == ["activate", "deactivate"]
    assert okta.states() == okta.seen() == {"key-0": "INACTIVE", "key-1": "ACTIVE"}


def test_a_key_cannot_change_under_its_name(okta):
    okta.wish(key(0))
    with pytest.raises(CallRefused, match="kid of its own"):
        okta.wish(key(1, kid="key-0"))


def test_a_key_that_is_refused_leaves_no_trace(okta):
    okta.wish(key(0))
    okta.refuses = {"POST": FULL}
    with pytest.raises(CallRefused, match="too many"):
        okta.wish(key(0), key(1))
    assert okta.seen() == {"key-0": "ACTIVE"}


def test_what_okta_says_about_a_key_is_passed_on(okta):
    okta.wish(key(0), key(1))
    okta.refuses = {"deactivate": CallRefused("not now", status=400)}
    with pytest.raises(CallRefused, match="not now"):
        okta.wish(key(1))


# -- answers that get lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [{1: "before"}, {1: "after"}])
def test_a_lost_answer_is_asked_for_again_and_makes_no_second_key(okta, broken):
    okta.breaks = dict(broken)
    okta.wish(key(0))
    assert okta.states() == okta.seen() == {"key-0": "ACTIVE"}
    assert okta.noted() == {"key-0": (okta.lists or broken == {1: "before"}, "ACTIVE")}


def test_where_keys_are_listed_a_key_is_looked_for_before_it_is_sent_again():
    okta = Okta(lists=True, late=2)
    okta.breaks = {1: "after"}
    okta.wish(key(0))
    assert okta.asked == ["LIST", "POST", "LIST", "1 s", "LIST"]


@pytest.mark.parametrize("broken", [{1: "before", 2: "before"}, {1: "after", 2: "before"}])
def test_a_run_that_ended_in_doubt_is_taken_up_by_the_next(okta, broken):
    okta.wish(key(0))
    okta.breaks = dict(broken)
    with suppress(OutcomeUnknown):
        okta.wish(key(0), key(1, "inactive"))
    okta.breaks = {}
    if not okta.lists:
        assert okta.seen(key(0), key(1, "inactive")) == {"key-0": "ACTIVE"}, "it is not taken to be there"
        assert okta.seen(key(0)) == {"key-0": "ACTIVE", "key-1": "INACTIVE"}, "nor to be gone"
    okta.wish(key(0), key(1, "inactive"))
    assert okta.states() == okta.seen() == {"key-0": "ACTIVE", "key-1": "INACTIVE"}


@pytest.mark.parametrize("broken", [{1: "before", 2: "before"}, {1: "after", 2: "before"}])
def test_a_key_that_may_be_there_and_is_wished_no_more_is_removed_or_a_person_is_told(okta, broken):
    okta.wish(key(0))
    okta.breaks = dict(broken)
    with suppress(OutcomeUnknown):
        okta.wish(key(0), key(1))
    okta.breaks = {}
    if okta.lists or broken[1] == "before":
        okta.wish(key(0))
        assert okta.states() == okta.seen() == {"key-0": "ACTIVE"}
        return
    with pytest.raises(KeyOutOfReach, match="'key-1'"):
        okta.wish(key(0))
    assert okta.seen() == {"key-0": "ACTIVE", "key-1": "ACTIVE"}
    [lost] = [id_ for id_, each in okta.keys.items() if each["kid"] == "key-1"]
    del okta.keys[lost]  # as the error says
    okta.wish(key(0))
    assert okta.states() == okta.seen() == {"key-0": "ACTIVE"}


def test_a_lost_key_cannot_be_switched_until_a_person_has_removed_it(hidden):
    hidden.breaks = {1: "after"}
    hidden.wish(key(0, "inactive"), key(1))
    with pytest.raises(KeyOutOfReach):
        hidden.wish(key(0), key(1))
    assert hidden.noted() == {"key-0": (False, "INACTIVE"), "key-1": (True, "ACTIVE")}
    assert hidden.seen(key(0, "inactive"), key(1)) == {"key-0": "INACTIVE", "key-1": "ACTIVE"}
    assert hidden.seen(key(0), key(1)) == {"key-1": "ACTIVE"}, "so that the plan adds it, and no two sides changed it"
    hidden.keys = {id_: each for id_, each in hidden.keys.items() if each["kid"] != "key-0"}
    hidden.wish(key(0), key(1))
    assert hidden.states() == hidden.seen() == {"key-0": "ACTIVE", "key-1": "ACTIVE"}


def test_when_two_requests_that_differ_are_in_doubt_so_is_the_state(hidden):
    hidden.breaks = {1: "after", 2: "before"}
    with pytest.raises(OutcomeUnknown):
        hidden.wish(key(0, "inactive"), key(1))
    hidden.breaks = {1: "before"}
    with pytest.raises(KeyOutOfReach):
        hidden.wish(key(0), key(1))
    assert hidden.noted() == {"key-0": (False, "UNKNOWN"), "key-1": (True, "ACTIVE")}
    with pytest.raises(KeyOutOfReach):
        hidden.wish(key(0, "inactive"), key(1))


def test_another_key_under_the_name_of_a_lost_one_is_not_sent(hidden):
    hidden.breaks = {1: "after", 2: "before"}
    with pytest.raises(OutcomeUnknown):
        hidden.wish(key(0))
    with pytest.raises(CallRefused, match="kid of its own"):
        hidden.wish(key(1, kid="key-0"))
    assert hidden.asked == ["LIST"]


def test_what_an_older_version_noted_without_an_id_takes_a_person(hidden):
    hidden.wish(key(1))
    hidden.notes[ABOUT]["keys"]["key-0"] = {"id": "", "status": "ACTIVE", "thumbprint": "x"}
    with pytest.raises(KeyOutOfReach):
        hidden.wish(key(1))


# -- what others did -----------------------------------------------------------------------------------------------


def test_a_key_that_was_deactivated_or_removed_in_the_console_is_seen_where_keys_are_listed(listed):
    listed.wish(key(0), key(1), key(2))
    one, two, _ = listed.keys
    listed.keys[one]["status"] = "INACTIVE"
    del listed.keys[two]
    assert listed.seen() == {"key-0": "INACTIVE", "key-2": "ACTIVE"}
    listed.wish(key(0), key(1), key(2))
    assert set(listed.states().values()) == {"ACTIVE"}
    assert listed.states().keys() == listed.seen().keys() == {"key-0", "key-1", "key-2"}


def test_a_key_that_somebody_put_in_the_place_of_another_is_seen_where_keys_are_listed(listed):
    listed.wish(key(0))
    [there] = listed.keys.values()
    there |= {"x": key(1)["publicKey"]["x"]}
    raw = listed.run(KIND.wire.complete({"server": SERVER, "id": CLIENT}))
    assert raw["keys"]["key-0"]["thumbprint"] == thumbprint_of(there) != thumbprint_of(key(0)["publicKey"])


def test_a_list_that_does_not_show_numbers_is_believed_about_the_rest(listed):
    listed.wish(key(0))
    listed.keys = {id_: {"id": id_, "kid": each["kid"]} for id_, each in listed.keys.items()}
    assert listed.seen() == {"key-0": "ACTIVE"}
    listed.wish(key(0))
    assert listed.asked == ["LIST"]


def test_a_key_of_somebody_else_is_left_alone_until_the_client_goes(listed):
    listed.wish(key(0))
    listed.add(1)
    assert listed.seen() == {"key-0": "ACTIVE"}
    listed.wish(key(2))
    assert listed.states() == {"key-1": "ACTIVE", "key-2": "ACTIVE"}
    listed.remove()
    assert listed.states() == {}


def test_a_key_that_is_there_already_becomes_ours(okta):
    there = okta.add(0, "INACTIVE")
    okta.wish(key(0, "inactive"), key(1))
    assert okta.noted() == {"key-0": (okta.lists, "INACTIVE"), "key-1": (True, "ACTIVE")}
    assert there in okta.keys


def test_a_key_that_somebody_removed_is_registered_again_when_it_is_to_be_switched(hidden):
    hidden.wish(key(0), key(1, "inactive"))
    hidden.keys = {id_: each for id_, each in hidden.keys.items() if each["kid"] == "key-0"}
    hidden.wish(key(0), key(1))
    assert hidden.states() == hidden.seen() == {"key-0": "ACTIVE", "key-1": "ACTIVE"}


@pytest.mark.parametrize("cut", ["deactivate", "DELETE"])
def test_a_removal_that_was_cut_off_goes_on_and_is_not_taken_for_the_doing_of_somebody_else(okta, cut):
    okta.wish(key(0), key(1))
    okta.refuses = {cut: OutcomeUnknown("reset")}
    with pytest.raises(OutcomeUnknown):
        okta.wish(key(0))
    if cut == "deactivate":  # it was done, and the answer was lost
        next(each for each in okta.keys.values() if each["kid"] == "key-1")["status"] = "INACTIVE"
    assert okta.seen(key(0)) == {"key-0": "ACTIVE", "key-1": "ACTIVE"}
    if okta.lists or cut == "DELETE":
        assert okta.seen(key(0), key(1)) == {"key-0": "ACTIVE", "key-1": "INACTIVE"}
    okta.refuses = {}
    okta.wish(key(0), key(1, "inactive"))
    assert okta.seen(key(0)) == {"key-0": "ACTIVE", "key-1": "INACTIVE"}, "it was wished like that in between"
    okta.wish(key(0))
    assert okta.states() == okta.seen() == {"key-0": "ACTIVE"}


# -- removing ------------------------------------------------------------------------------------------------------


def test_keys_go_before_the_client_and_the_last_active_one_as_it_is(okta):
    okta.wish(key(0), key(1, "inactive"))
    okta.remove()
    assert [word for word in okta.asked if word != "LIST"] == ["DELETE", "deactivate", "DELETE", "DELETE"]
    assert (okta.keys, okta.notes[ABOUT]) == ({}, {})


def test_a_last_key_that_stays_goes_with_the_client_or_is_why_the_client_stays(okta):
    okta.wish(key(0))
    okta.keeps_last = True
    okta.remove()
    assert okta.notes[ABOUT] == {}


def test_of_a_client_that_stays_the_key_is_told_that_stays(hidden):
    hidden.breaks = {1: "after"}
    hidden.wish(key(0))
    with pytest.raises(KeyOutOfReach):
        hidden.remove()


def test_what_somebody_has_removed_is_no_obstacle(okta):
    okta.wish(key(0), key(1))
    okta.keys = {}
    okta.remove()
    assert okta.notes[ABOUT] == {}


def test_a_key_that_was_removed_before_its_client_is_not_removed_again_though_a_list_lags(listed):
    listed.wish(key(0))
    listed._before, listed.late, listed.keys = list(listed.keys.values()), 1, {}
    listed.remove()
    assert listed.notes[ABOUT] == {}


def test_a_key_in_doubt_goes_with_its_client(okta):
    okta.breaks = {1: "before", 2: "before"}
    with pytest.raises(OutcomeUnknown):
        okta.wish(key(0))
    okta.remove()
    assert okta.notes[ABOUT] == {}
