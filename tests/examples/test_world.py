"""The quickstart world is real: it refuses, describes itself, issues tokens that it verifies, breaks and heals."""

import base64
import hashlib
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
PATIENCE = 60.0
REDIRECT = "http://127.0.0.1:9103/callback"
VERIFIER = "correct-horse-battery-staple-" + "0123456789" * 3


def register(http, world):
    wish = {"redirect_uris": [REDIRECT], "client_name": "test"}
    return http.post(world.issuer + "/register", json=wish).raise_for_status().json()


def authorize(http, world, client, resource):
    """Walk the authorization endpoint to the code."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    answer = http.get(
        world.issuer + "/authorize",
        params={
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": REDIRECT,
            "state": "opaque",
            "resource": resource,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        },
    )
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["opaque"]
    return query["code"][0]


def redeem(http, world, client, code, verifier=VERIFIER):
    return http.post(
        world.issuer + "/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
        },
    )


def knock(http, world, token=None):
    """Send the opening request of the handshake, with a token or without."""
    return http.post(
        world.mcp,
        headers={
            "Accept": "application/json, text/event-stream",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "0"},
            },
        },
    )


def test_request_without_token_is_challenged_with_the_path_inserted_metadata(world, http):
    answer = knock(http, world)
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert f'resource_metadata="{world.resource_metadata}"' in challenge


def test_invented_token_is_refused(world, http):
    assert knock(http, world, "invented").status_code == 401


def test_resource_metadata_names_the_endpoint_and_its_issuer(world, http):
    answer = http.get(world.resource_metadata).raise_for_status()
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert document["resource"] == world.mcp
    assert document["authorization_servers"] == [world.issuer]
    assert document["scopes_supported"] == ["tools:use"]


def test_issuer_is_one_text_letter_by_letter_wherever_it_stands(world, http):
    listed = http.get(world.resource_metadata).json()["authorization_servers"]
    assert [http.get(world.server_metadata).json()["issuer"]] == listed == [world.issuer]


def test_server_metadata_offers_what_a_confidential_client_needs(world, http):
    answer = http.get(world.server_metadata).raise_for_status()
    document = answer.json()
    assert document["authorization_endpoint"] == world.issuer + "/authorize"
    assert document["token_endpoint"] == world.issuer + "/token"
    assert document["registration_endpoint"] == world.issuer + "/register"
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert {"client_secret_basic", "client_secret_post"} <= set(document["token_endpoint_auth_methods_supported"])
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert answer.headers["cache-control"] == "no-store"


def test_token_opens_the_server_it_was_issued_for(world, http):
    client = register(http, world)
    token = redeem(http, world, client, authorize(http, world, client, world.mcp)).raise_for_status().json()
    assert knock(http, world, token["access_token"]).status_code == 200


def test_token_for_another_resource_does_not_open_it(world, http):
    client = register(http, world)
    code = authorize(http, world, client, "http://127.0.0.1:1/elsewhere")
    token = redeem(http, world, client, code).raise_for_status().json()
    assert knock(http, world, token["access_token"]).status_code == 401


def test_code_needs_its_verifier_and_is_good_for_one_use(world, http):
    client = register(http, world)
    code = authorize(http, world, client, world.mcp)
    stolen = redeem(http, world, client, code, verifier="x" * 60)
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert redeem(http, world, client, code).status_code == 200
    again = redeem(http, world, client, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_refresh_token_rotates_and_revocation_closes_the_door(world, http):
    client = register(http, world)
    first = redeem(http, world, client, authorize(http, world, client, world.mcp)).json()
    who = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    request = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **who}
    second = http.post(world.issuer + "/token", data=request).raise_for_status().json()
    assert knock(http, world, second["access_token"]).status_code == 200
    assert http.post(world.issuer + "/token", data=request).json()["error"] == "invalid_grant"
    revoked = http.post(world.issuer + "/revoke", data={"token": second["access_token"], **who})
    assert revoked.status_code == 200
    assert knock(http, world, second["access_token"]).status_code == 401


def test_sdk_client_registers_obtains_a_token_and_calls_the_tools(world):
    done = subprocess.run(
        [sys.executable, str(QUICKSTART / "call.py"), "--mcp", world.mcp],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    registered, token, *rest = done.stdout.splitlines()
    assert registered.startswith("registered as ")
    assert token == "token for scope tools:use, good for 3600 s"
    assert rest == [
        "tools: days_between, word_count",
        "word_count('trust, but verify') = {'result': 3}",
        "days_between(2026-02-27, 2026-03-01) = {'result': 2}",
    ]


def test_broken_resource_metadata_answers_503_and_heals(world, http, weather):
    weather(broken=True)
    for url in (world.resource_metadata, world.resource_metadata.removesuffix("/mcp")):
        assert http.get(url).status_code == 503
    assert http.get(world.server_metadata).json()["issuer"] == world.issuer
    weather(broken=False)
    assert http.get(world.resource_metadata).json()["resource"] == world.mcp


def test_wrong_issuer_is_the_only_thing_that_the_second_mode_changes(world, http, weather):
    before = http.get(world.server_metadata).json()
    weather(broken="issuer")
    wrong = http.get(world.server_metadata).json()
    assert wrong["issuer"] != world.issuer
    assert {**wrong, "issuer": world.issuer} == before
    assert http.get(world.resource_metadata).status_code == 200
    weather(broken=False)
    assert http.get(world.server_metadata).json() == before


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"broken": "everything"}},
        {"json": {"broken": 1}},
        {"json": ["broken"]},
        {"content": "{", "headers": {"Content-Type": "application/json"}},
        {"data": {"broken": "true"}},
        {"content": '{"broken": true}', "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["unknown mode", "number", "no object", "no JSON", "form", "plain text"],
)
def test_control_refuses_what_it_does_not_understand_and_changes_nothing(world, http, request_):
    assert http.post(world.control, **request_).status_code == 400
    assert http.get(world.control).json() == {"broken": False}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_world_stops_cleanly_and_says_nothing_but_its_line(start_world, http, number):
    with start_world() as running:
        knock(http, running)
        running.process.send_signal(number)
        rest, complaints = running.process.communicate(timeout=PATIENCE)
        assert (running.process.returncode, rest, complaints) == (0, "", "")


def test_taken_port_is_said_in_one_line(world):
    taken = str(urlsplit(world.issuer).port)
    done = subprocess.run(
        [sys.executable, str(QUICKSTART / "world.py"), "--mcp-port", "0", "--as-port", taken],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "--as-port" in done.stderr
    assert "Traceback" not in done.stderr
