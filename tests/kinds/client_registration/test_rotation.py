"""The secret of an app is renewed in the documented order, also after an interruption at any point."""

from reconciler.core.secret import SecretRef
from reconciler.kinds.client_registration import rotation
from tests.support.flows import Call, Items, ok, play

SECRETS = "/api/v1/apps/0oa1/credentials/secrets"
NEW = SecretRef("env", "NEW")
ADD = (Call("POST", SECRETS, {"client_secret": NEW}), ok(status=201))


def secret(name, created, status="ACTIVE"):
    return {"id": name, "created": created, "status": status, "client_secret": "never looked at"}


def gone(name, *, active=True):
    deactivate = [(Call("POST", f"{SECRETS}/{name}/lifecycle/deactivate"), ok())] if active else []
    return [*deactivate, (Call("DELETE", f"{SECRETS}/{name}"), ok(status=204))]


def add(present, *turns, switched="2"):
    return play(rotation.add("0oa1", NEW, switched=switched), (Items(SECRETS), present), *turns, ADD)


def test_a_secret_is_added_beside_the_one_in_use_which_is_given_back():
    assert add([secret("ocs1", "1")]) == [secret("ocs1", "1")]
    assert add([]) == []


def test_an_inactive_secret_makes_room_first():
    assert add([secret("ocs1", "1"), secret("ocs2", "3", "INACTIVE")], *gone("ocs2", active=False)) == [
        secret("ocs1", "1")
    ]


def test_of_two_active_ones_the_newer_goes_when_nobody_was_switched_to_it():
    """A renewal that was interrupted between adding and switching: the older one is in use."""
    present = [secret("ocs1", "1"), secret("ocs2", "3")]
    assert add(list(present), *gone("ocs2"), switched="2") == [present[0]]


def test_of_two_active_ones_the_older_goes_when_the_user_was_switched_to_the_newer():
    """A renewal that was interrupted between switching and retiring."""
    present = [secret("ocs1", "1"), secret("ocs2", "3")]
    assert add(list(present), *gone("ocs1"), switched="4") == [present[1]]


def test_two_inactive_ones_are_a_state_that_okta_does_not_allow_and_still_no_dead_end():
    present = [secret("ocs1", "1", "INACTIVE"), secret("ocs2", "3", "INACTIVE")]
    assert add(list(present), *gone("ocs1", active=False)) == [present[1]]


def test_retiring_deactivates_before_it_deletes():
    play(rotation.retire("0oa1", [secret("ocs1", "1")]), *gone("ocs1"))
    play(rotation.retire("0oa1", [secret("ocs1", "1", "INACTIVE")]), *gone("ocs1", active=False))
    play(rotation.retire("0oa1", []))
