from reconciler.core.lifecycle import State
from reconciler.kinds.mcp_server import KIND
from tests.support.build import mcp


def test_a_server_is_found_by_its_url_modulo_one_slash():
    assert KIND.natural_key(mcp(resourceUrl="https://a.example/mcp/").spec) == "https://a.example/mcp"


def test_a_server_is_always_an_object_of_its_own():
    assert KIND.stands_alone(mcp().spec)
    assert not KIND.borrowed(mcp().spec)
    assert KIND.offers(mcp().spec) == frozenset()
    assert KIND.lends(mcp()) == {}


def test_the_goal_is_the_state_that_the_author_wrote():
    assert KIND.goal(mcp().spec) is State.ACTIVE
    assert KIND.goal(mcp(state="inactive").spec) is State.INACTIVE


def test_protection_and_registering_anew_are_asked_for():
    assert KIND.protected(mcp(protect=True).spec)
    assert not KIND.protected(mcp().spec)
    assert KIND.reregisters(mcp(revalidate="reregister").spec)
    assert not KIND.reregisters(mcp().spec)
