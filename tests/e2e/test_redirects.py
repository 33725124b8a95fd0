"""An organisation that sends its callers to another host: told as such, and nothing that is secret goes along."""

import json

import httpx
import pytest

from .conftest import PATIENCE, TOKEN, reply
from .test_service_app import KEY, configure, pem

SERVERS = "/resource-servers/api/v1/mcp-servers"
TOKEN_PATH = "/oauth2/v1/token"
MINTED = "minted-access-token-77"
READS = (("plan",), ("plan", "--detailed-exitcode"), ("drift",), ("import", "--all"), ("apply", "--auto-approve"))


@pytest.fixture
def other(stub):
    """Another host, which would be glad of what it gets."""
    return stub(reply(200, "[]"))


def away(other, status):
    """An answer that leads to the same path of another host; what the target says besides is nobody's business."""
    return lambda handler: reply(status, headers={"Location": f"{other.url}{handler.path}#sid=hunter2"})(handler)


def told(done, other, status, method="GET"):
    """Whether one clear sentence says what happened and what to do, with the code for a remote that is no use."""
    assert done.code == 8, done.text
    assert "RUN008" in done.err
    assert f"{method} /" in done.err
    assert f"the organisation redirects ({status}) to {other.url}." in done.err
    assert "credentials do not follow redirects" in done.err
    assert "hunter2" not in done.text
    return True


@pytest.mark.parametrize(("arguments", "status"), list(zip(READS, (301, 302, 303, 307, 308), strict=True)))
def test_an_organisation_that_redirects_is_8_and_the_token_goes_nowhere_else(project, stub, other, arguments, status):
    org = stub(away(other, status))
    project.target(org.url)
    done = project.run(*arguments)
    assert told(done, other, status)
    assert (done.out, other.heard) == ("", [])
    assert {method for method, _ in org.asked} == {"GET"}


def through(organisation, diverted, other):
    """The organisation itself, but for one method and path that lead to another host."""

    def answer(handler):
        if (handler.command, handler.path.partition("?")[0]) == diverted:
            away(other, 307)(handler)
            return
        headers = {"Authorization": handler.headers["Authorization"]}
        said = organisation.http.request(handler.command, handler.path, headers=headers)
        reply(said.status_code, said.text)(handler)

    return answer


def test_a_write_that_is_redirected_is_8_and_neither_host_has_the_server(project, organisation, stub, other):
    """With 307 a client that follows would send method, body and, were it careless, the credential again."""
    front = stub(through(organisation, ("POST", SERVERS), other))
    project.target(front.url)
    done = project.run("apply", "--auto-approve")
    assert done.code == 8, done.text
    assert f"POST {SERVERS}: the organisation redirects (307) to {other.url}." in done.out
    assert "blocked     McpServer.alpha  activate" in done.out
    assert other.heard == []
    assert [method for method, _ in front.asked].count("POST") == 1, "it is not sent once more"
    assert organisation.statuses() == {}


def test_a_next_page_at_another_host_is_8_and_is_not_fetched(project, stub, other):
    page = reply(200, "[]", headers={"Link": f'<{other.url}/api/v1/authorizationServers?after=x>; rel="next"'})
    project.target(stub(page).url)
    done = project.run("plan")
    assert done.code == 8
    assert "points to another host" in done.err
    assert (done.out, other.heard) == ("", [])


# -- service apps --------------------------------------------------------------------------------------------------


@pytest.fixture
def service(project):
    """Runs a command as a service app of an organisation at a URL."""

    def run(url, *arguments):
        configure(project, url, "0oa1a2b3c4")
        return project.run(*arguments, env={"OKTA_KEY": pem(KEY), "OKTA_API_TOKEN": None})

    return run


@pytest.mark.parametrize(("arguments", "status"), [(("plan",), 302), (("apply", "--auto-approve"), 307)])
def test_a_token_endpoint_that_redirects_is_8_and_no_assertion_goes_elsewhere(service, stub, other, arguments, status):
    """307 would have the form sent again, with the assertion that is good for a token."""
    org = stub(away(other, status))
    done = service(org.url, *arguments)
    assert told(done, other, status, "POST")
    assert (done.out, other.heard) == ("", [])
    assert [path for _, path in org.asked] == [TOKEN_PATH]
    assert "client_assertion=" in org.heard[0]


def test_an_access_token_stays_with_the_organisation_that_gave_it(service, stub, other):
    granted = json.dumps({"access_token": MINTED, "token_type": "Bearer", "expires_in": 3600})

    def answer(handler):
        (reply(200, granted) if handler.path == TOKEN_PATH else away(other, 308))(handler)

    org = stub(answer)
    done = service(org.url, "plan")
    assert told(done, other, 308)
    assert other.heard == []
    assert MINTED not in done.text
    assert any(f"Bearer {MINTED}" in heard for heard in org.heard), "it was used where it belongs"


def test_these_tests_would_see_a_credential_that_leaves(other):
    """A client that is careless: it follows, with what it has."""
    with httpx.Client(trust_env=False, timeout=PATIENCE) as careless:
        careless.get(f"{other.url}/x", headers={"Authorization": f"SSWS {TOKEN}"})
    assert [TOKEN in heard for heard in other.heard] == [True]
