import pytest

from reconciler.oauth import Lock, LockFault, ResourceLock, conclude, merge, pin
from reconciler.oauth.lock import IssuerLock, read, text
from tests.support.defects import declared, facts, more, no_lock
from tests.support.readiness import AGENTS, IDP, ISSUER, OKTA, URL, approved, signing_key, world

A, B = ResourceLock("sha256:a", ("https://a",), {"x": ("sts",)}), ResourceLock("sha256:b")


def test_a_lock_has_one_text_and_reads_back():
    lock = approved()
    assert read(text(lock).encode()) == lock
    assert text(Lock({"b": B, "a": A})) == text(Lock({"a": A, "b": B}))
    assert text(Lock()) == '{\n  "format_version": 1,\n  "issuers": {},\n  "resources": {}\n}\n'


def test_what_was_seen_is_what_is_pinned():
    lock = approved()
    entry = lock.resources[URL]
    assert entry.authorization_servers == (ISSUER, OKTA)
    assert entry.capabilities == {IDP: ("xaa", "sts"), AGENTS: ("xaa",)}
    assert lock.issuers[ISSUER].token_endpoint == f"{ISSUER}/token"
    assert len(lock.issuers[ISSUER].thumbprints) == 1
    assert signing_key()["x"] not in text(lock)


def test_what_was_not_seen_is_not_pinned():
    observation = world(more(server=None, issuers={}), no_lock).observe()
    assert pin(observation, conclude(observation)) == Lock()
    hidden = world(declared(AGENTS, issuer=None), facts(AGENTS, status="INVALID"), no_lock).observe()
    assert list(pin(hidden, conclude(hidden)).issuers) == [ISSUER]
    assert pin(hidden, conclude(hidden)).resources[URL].capabilities == {IDP: ("xaa", "sts")}


def test_new_entries_take_the_place_of_their_own():
    old = Lock({"a": A, "b": B}, {"i": IssuerLock("1")})
    assert merge(old, Lock({"a": B}, {"j": IssuerLock("2")})) == Lock(
        {"a": B, "b": B}, {"i": IssuerLock("1"), "j": IssuerLock("2")}
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "character 0: not JSON (Expecting value)"),
        (b"{}", "format_version is None, this program writes 1"),
        (b'{"format_version": 2}', "format_version is 2, this program writes 1"),
        (b'{"format_version": 1, "resources": {"a": {"document": 7}}}', "wrong at resources.a.document"),
        (b'{"format_version": 1, "issuers": {"a": 1, "a": 2}}', "/issuers/a: stands twice"),
    ],
)
def test_a_damaged_lock_is_refused_with_the_reason(content, why):
    with pytest.raises(LockFault) as caught:
        read(content)
    assert str(caught.value) == why
