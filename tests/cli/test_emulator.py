"""Faults of an emulator that runs in another process, armed from the command line."""

import httpx
import pytest

from tests.emulator.test_serve import client, process

CUSTOM = "/api/v1/authorizationServers"


@pytest.fixture(scope="module")
def base():
    with process(api_token="mine") as (_child, base):
        yield base


def test_faults_are_listed_armed_and_disarmed(shop, base):
    here = ("--url", base, "--api-token", "mine")
    said = shop("emulator", "faults", "arm", "error-503", "--at", "2", "--on", "GET", f"{CUSTOM}*", *here)
    assert said.code == 0, said.err
    assert "error-503 on GET" in said.out
    with client(base, "mine") as http:
        assert [http.get(CUSTOM).status_code for _ in range(3)] == [200, 503, 200]
    listed = shop("emulator", "faults", "list", *here)
    assert "reset-after" in listed.out
    assert "from match 2 for 1; fired 1" in listed.out
    lasting = shop("emulator", "faults", "arm", "firewall", *here)
    armed_id = lasting.out.partition(":")[0]
    assert "from match 1 on" in lasting.out
    assert shop("emulator", "faults", "disarm", armed_id, *here).code == 0
    assert shop("emulator", "faults", "disarm", *here).code == 0
    assert "armed as" not in shop("emulator", "faults", "list", *here).out


def test_an_unknown_fault_a_wrong_token_and_a_wrong_address_are_told(shop, base):
    here = ("--url", base, "--api-token", "mine")
    unknown = shop("emulator", "faults", "arm", "reset-afte", *here)
    assert (unknown.code, "Did you mean 'reset-after'" in unknown.err) == (64, True)
    wrong = shop("emulator", "faults", "list", "--url", base)
    assert (wrong.code, "Invalid token" in wrong.err) == (64, True)
    nobody = shop("emulator", "faults", "list", "--url", "http://127.0.0.1:9")
    assert (nobody.code, "no emulator answers at" in nobody.err) == (64, True)
    nonsense = shop("emulator", "faults", "list", "--url", "http://[")
    assert nonsense.code == 64


def test_something_else_that_answers_is_no_emulator():
    from reconciler.emulator.remote import Remote, RemoteError

    page = httpx.MockTransport(lambda _request: httpx.Response(200, text="<html>"))
    with Remote("https://a.test", "t", page) as remote, pytest.raises(RemoteError, match="not what an emulator"):
        remote.faults()
