"""An authorization server that one create made twice: no run chooses between the two, a resumed one neither."""

import httpx
import pytest

from reconciler.app import organisations
from reconciler.backends.okta import OktaBackend, Settings
from tests.support.emulated import TOKEN, URL, Emulated

from .test_unavailable import CONFIGURATION

CUSTOM = "/api/v1/authorizationServers"
MANIFEST = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: agents}
spec: {type: okta, displayName: Agents, audience: 'api://agents', scopes: [{name: read}]}
---
apiVersion: reconciler/v1
kind: McpServer
metadata: {name: tools}
spec: {resourceUrl: 'https://tools.mcp.test/mcp', authorizationServers: [agents], state: inactive}
"""
RESUME = ("apply", "--resume")


@pytest.fixture
def emulated(shop, monkeypatch):
    """An organisation in virtual time, behind the command line."""
    shop.configure(CONFIGURATION.replace("org.okta.test", "emulated.okta.test"))
    shop.write(MANIFEST)
    monkeypatch.setenv("OKTA_API_TOKEN", TOKEN)
    with Emulated() as organisation:
        settings = Settings(URL, f"SSWS {TOKEN}", readers=1)
        monkeypatch.setattr(organisations, "SystemClock", lambda: organisation.clock)
        monkeypatch.setattr(
            organisations,
            "connect",
            lambda *_, **__: OktaBackend(settings, organisation.clock, organisation.transport),
        )
        yield organisation


@pytest.fixture
def console(emulated):
    with httpx.Client(
        base_url=URL, transport=httpx.WSGITransport(app=emulated.app), headers={"Authorization": f"SSWS {TOKEN}"}
    ) as http:
        yield http


def there(emulated):
    return {server for server, seen in emulated.look().custom.items() if seen["name"] == "Agents"}


@pytest.fixture
def twins(shop, emulated):
    """The id of the one that a create was told of, and that of the other; the run has said both."""
    emulated.app.faults.arm("duplicate-delivery", method="POST", path=CUSTOM)
    said = shop("apply", "--auto-approve")
    emulated.app.faults.disarm()
    both = there(emulated)
    assert (said.code, len(both)) == (1, 2), said.out + said.err
    assert "RUN091" in said.out
    mine = said.out.split("was made as ")[1].split(",")[0]
    return mine, (both - {mine}).pop()


def refused_for_both(shop, emulated, twins, *arguments):
    """Whether a run ends with RUN091 that names both, and nothing was written."""
    before, writes = emulated.look(), emulated.writes
    said = shop(*arguments)
    assert said.code == 1, said.out + said.err
    assert "RUN091" in said.out
    assert all(server in said.out for server in twins)
    assert f"{twins[0]} was made by this run" in said.out
    assert "McpServer.tools" in said.out
    assert (emulated.look(), emulated.writes) == (before, writes)
    return True


def test_a_resumed_run_names_both_again_writes_nothing_and_goes_on_once_a_person_has_removed_the_other(
    shop, emulated, console, twins
):
    assert refused_for_both(shop, emulated, twins, *RESUME)
    assert refused_for_both(shop, emulated, twins, *RESUME, "1")
    console.delete(f"{CUSTOM}/{twins[1]}").raise_for_status()
    said = shop(*RESUME)
    assert said.code == 0, said.out + said.err
    assert there(emulated) == {twins[0]}
    assert set(emulated.look().custom[twins[0]]["scopes"]) == {"read"}
    assert "No changes." in shop("plan").out


def test_a_resumed_run_does_not_take_the_other_one_for_the_one_that_it_has_made(shop, emulated, console, twins):
    """A person has kept the twin: then a plan has to show that it is the one from now on."""
    console.delete(f"{CUSTOM}/{twins[0]}").raise_for_status()
    writes = emulated.writes
    said = shop(*RESUME)
    assert said.code == 4, said.out + said.err
    assert "RUN004" in said.out
    assert f"{twins[0]}) is gone, and {twins[1]} is there in its place" in said.out
    assert emulated.writes == writes
    said = shop("apply", "--auto-approve")
    assert (said.code, there(emulated)) == (0, {twins[1]}), said.out + said.err


def test_a_plan_beside_it_names_both_and_is_not_applied(shop, emulated, twins):
    said = shop("plan")
    assert "PLN001" in said.out
    assert all(server in said.out for server in twins)
    writes = emulated.writes
    assert shop("apply", "--auto-approve").code == 1
    assert emulated.writes == writes
