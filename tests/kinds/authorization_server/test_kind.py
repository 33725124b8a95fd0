import pytest

from reconciler.core.kind import Offer
from reconciler.core.lifecycle import State
from reconciler.kinds.authorization_server import KIND
from tests.support.build import STATIC, borrowed, discovered, external, okta, raw_okta, wish


def test_only_managed_okta_servers_are_objects_of_their_own():
    assert [KIND.stands_alone(r.spec) for r in (okta(), borrowed(), external())] == [True, False, False]
    assert [KIND.borrowed(r.spec) for r in (okta(), borrowed(), external())] == [False, True, False]


def test_each_sort_is_found_by_what_identifies_it():
    assert KIND.natural_key(okta().spec) == "Agents"
    assert KIND.natural_key(borrowed().spec) == "ausBorrowed000000000"
    assert KIND.natural_key(external(issuer="https://idp.example.com/").spec) == "https://idp.example.com"
    assert KIND.natural_key(okta(displayName=None).spec) == ""


@pytest.mark.parametrize(
    ("each", "offered"),
    [
        (okta(), {Offer.XAA}),
        (discovered(), {Offer.STS}),
        (external(), {Offer.STS}),
        (external(oauth=STATIC | {"grantTypes": ["refresh_token"]}), set()),
        (external(oauth=STATIC | {"tokenEndpointAuthMethods": ["none"]}), set()),
        (external(oauth=STATIC | {"tokenEndpointAuthMethods": ["none", "client_secret_post"]}), {Offer.STS}),
    ],
)
def test_what_each_sort_offers_as_far_as_its_document_can_tell(each, offered):
    assert KIND.offers(each.spec) == offered


def test_an_okta_server_lends_its_id_as_a_reference():
    assert KIND.lends(okta()) == {"type": "OKTA", "id": {"$ref": "AuthorizationServer.agents#id"}}


def test_a_static_server_lends_what_its_author_wrote_as_sets():
    oauth = STATIC | {"grantTypes": ["refresh_token", "authorization_code", "refresh_token"]}
    assert KIND.lends(external(oauth=oauth)) == {
        "type": "EXTERNAL",
        "issuer": "https://idp.example.com",
        "authorizationEndpoint": "https://idp.example.com/authorize",
        "tokenEndpoint": "https://idp.example.com/token",
        "grantTypesSupported": ["authorization_code", "refresh_token"],
    }


def test_where_okta_discovers_only_the_issuer_is_ours_to_say():
    """Static facts beside `discovery: auto` are an expectation, not something to send."""
    assert KIND.lends(discovered(oauth=STATIC)) == {"type": "EXTERNAL", "issuer": "https://idp.example.com"}
    assert KIND.lends(external(oauth=None)) == {"type": "EXTERNAL", "issuer": "https://idp.example.com"}


def test_a_managed_server_is_wished_active_and_always_ready():
    record = KIND.wire.record(raw_okta())
    assert KIND.goal(okta().spec) is State.ACTIVE
    assert KIND.references(okta().spec) == ()
    assert not list(KIND.ready(record, {}))
    assert KIND.observe(record, {}) is record.document
    assert not KIND.protected(okta().spec)
    assert not KIND.reregisters(okta().spec)


def test_what_is_not_ours_has_an_empty_document():
    assert KIND.document(external(), wish(), {}) == KIND.document(borrowed(), wish(), {}) == {}
