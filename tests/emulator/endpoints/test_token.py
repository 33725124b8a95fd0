"""Tokens for service apps: what an assertion must say, which scopes there are, and proofs of possession."""

import time
from types import SimpleNamespace

import httpx
import pytest

from tests.emulator.conftest import APPS, app_body, private_key, public_jwk
from tests.emulator.service import BASE, TOKEN_PATH, Service, service, sign
from tests.emulator.test_serve import client, process

READ = "okta.resourceServers.mcpServers.read"
SERVERS = "/resource-servers/api/v1/mcp-servers"


def refused(answer, error, status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    return answer.json()["error_description"]


@pytest.fixture
def app(world):
    return service(world, READ, "okta.apps.read")


def test_a_token_for_granted_scopes_lasts_an_hour(app):
    answer = app.ask(f"{READ} okta.apps.read")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 3600, f"{READ} okta.apps.read")
    assert "no-store" in answer.headers["Cache-Control"]
    token = said["access_token"]
    assert app.call("GET", SERVERS, token).status_code == 200
    app.world.clock.advance(3599)
    assert app.call("GET", SERVERS, token).status_code == 200
    app.world.clock.advance(1)
    gone = app.call("GET", SERVERS, token)
    assert (gone.status_code, gone.json()["errorCode"]) == (401, "E0000011")


def test_tokens_are_not_in_the_state(app):
    token = app.token(READ)
    with app.world.app.organisation.store.read() as db:
        assert token not in str([tuple(row) for row in db.execute("SELECT * FROM records")])


@pytest.mark.parametrize(
    ("form", "error", "status"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type", 400),
        ({"grant_type": None}, "unsupported_grant_type", 400),
        ({"client_assertion_type": None}, "invalid_client", 401),
        ({"client_assertion": None}, "invalid_client", 401),
        ({"client_assertion": None, "client_id": "x", "client_secret": "y"}, "invalid_client", 401),
        ({"client_assertion": "a.b.c"}, "invalid_client", 401),
        ({"client_assertion": "WzFd.WzFd.WzFd"}, "invalid_client", 401),
        ({"client_assertion": "x" * 20_000}, "invalid_client", 401),
        ({"scope": None}, "invalid_scope", 400),
        ({"scope": "okta.users.read"}, "invalid_scope", 400),
        ({"scope": f"{READ} okta.apps.manage"}, "invalid_scope", 400),
    ],
)
def test_the_form(app, form, error, status):
    refused(app.ask(**{"scope": READ, **form}), error, status)


def test_a_scope_that_is_not_granted_is_named(app):
    assert "okta.apps.manage" in refused(app.ask(f"{READ} okta.apps.manage"), "invalid_scope")


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"iss": "nobody"}, "client_id"),
        ({"iss": None}, "client_id"),
        ({"sub": "somebody-else"}, "iss and sub"),
        ({"aud": "https://other.test/oauth2/v1/token"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "no exp"),
        ({"exp": 0}, "expired"),
        ({"exp": 99_999_999_999}, "more than an hour"),
        ({"iat": 99_999_999_999}, "in the future"),
        ({"iat": "now"}, "in the future"),
    ],
)
def test_what_an_assertion_must_say(app, claims, word):
    assert word in refused(app.ask(READ, client_assertion=app.assertion(**claims)), "invalid_client", 401)


def test_an_audience_may_be_a_list_and_iat_and_jti_may_be_left_out(app):
    text = app.assertion(aud=[BASE + TOKEN_PATH], iat=None, jti=None)
    assert [app.ask(READ, client_assertion=text).status_code for _ in range(2)] == [200, 200]


def test_an_assertion_with_a_jti_is_good_once(app):
    text = app.assertion()
    assert app.ask(READ, client_assertion=text).status_code == 200
    assert "before" in refused(app.ask(READ, client_assertion=text), "invalid_client", 401)


@pytest.mark.parametrize(
    ("kind", "size", "alg"),
    [
        ("RSA", 2048, "RS256"),
        ("RSA", 2048, "RS384"),
        ("RSA", 2048, "RS512"),
        ("EC", "P-256", "ES256"),
        ("EC", "P-384", "ES384"),
        ("EC", "P-521", "ES512"),
    ],
)
def test_algorithms(app, kind, size, alg):
    kid = f"{kind}{size}"
    jwk = public_jwk(kind, size, kid)
    assert app.world.call("POST", f"{APPS}/{app.app}/credentials/jwks", jwk).status_code == 201
    now = int(app.world.clock.now)
    said = {"iss": app.client_id, "sub": app.client_id, "aud": BASE + TOKEN_PATH, "exp": now + 60}
    text = sign(said, private_key(kind, size, kid), kid=kid, alg=alg)
    assert app.ask(READ, client_assertion=text).status_code == 200


def test_a_key_that_is_not_the_apps_own(app):
    app.key = private_key("EC", "P-256", "stranger")
    assert "kid" in refused(app.ask(READ), "invalid_client", 401)
    app.key = private_key("EC", "P-384", "one")
    assert "signature" in refused(app.ask(READ), "invalid_client", 401)


def test_a_key_that_is_inactive_does_not_count(app):
    keys = f"{APPS}/{app.app}/credentials/jwks"
    app.world.call("POST", keys, public_jwk("EC", "P-256", "two"))
    [one, _] = app.world.http.get(keys).json()
    app.world.call("POST", f"{keys}/{one['id']}/lifecycle/deactivate")
    refused(app.ask(READ), "invalid_client", 401)
    app.key = private_key("EC", "P-256", "two")
    assert app.ask(READ).status_code == 200


def test_only_private_key_jwt_and_only_an_active_app(world, app):
    plain = world.oauth_app("Plain")["id"]
    text = app.assertion(iss=plain, sub=plain)
    assert "private_key_jwt" in refused(app.ask(READ, client_assertion=text), "invalid_client", 401)
    token = app.token(READ)
    world.call("POST", f"{APPS}/{app.app}/lifecycle/deactivate")
    refused(app.ask(READ), "invalid_client", 401)
    assert app.call("GET", SERVERS, token).status_code == 401
    world.call("DELETE", f"{APPS}/{app.app}")
    assert app.call("GET", SERVERS, token).status_code == 401


def test_the_body_is_a_form(app):
    answer = app.http.post(TOKEN_PATH, json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E0000021")


# -- proofs of possession --------------------------------------------------------------------------------------------


@pytest.fixture
def bound(world):
    return service(world, READ, dpop_bound_access_tokens=True)


def test_a_first_proof_is_sent_back_with_a_nonce(bound):
    assert "missing" in refused(bound.ask(READ), "invalid_dpop_proof")
    first = bound.ask(READ, proof=bound.proof("POST", TOKEN_PATH))
    refused(first, "use_dpop_nonce")
    bound.nonce = first.headers["dpop-nonce"]
    said = bound.ask(READ, proof=bound.proof("POST", TOKEN_PATH)).json()
    assert said["token_type"] == "DPoP"
    assert bound.call_with_proof("GET", f"{SERVERS}?limit=1", said["access_token"]).status_code == 200


def test_a_nonce_is_new_every_day_and_good_for_three(bound):
    bound.ask_with_proof(READ)
    first = bound.nonce
    bound.world.clock.advance(86400)
    assert bound.ask(READ, proof=bound.proof("POST", TOKEN_PATH)).status_code == 200
    bound.nonce = None
    bound.ask_with_proof(READ)
    assert bound.nonce != first
    bound.nonce = first
    bound.world.clock.advance(3 * 86400)
    refused(bound.ask(READ, proof=bound.proof("POST", TOKEN_PATH)), "use_dpop_nonce")


def test_a_bound_token_is_no_bearer_token(bound):
    token = bound.ask_with_proof(READ).json()["access_token"]
    answer = bound.call("GET", SERVERS, token)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "E0000011")
    assert answer.headers["WWW-Authenticate"].startswith("DPoP")


def test_an_app_that_need_not_may_bind_its_tokens(app):
    token = app.token(READ)
    answer = app.call_with_proof("GET", SERVERS, token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert app.ask_with_proof(READ).json()["token_type"] == "DPoP"


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"htm": "GET"}, "htm"),
        ({"htu": "https://other.test/oauth2/v1/token"}, "htu"),
        ({"htu": None}, "htu"),
        ({"iat": 0}, "iat"),
        ({"iat": "now"}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": 5}, "jti"),
    ],
)
def test_what_a_proof_must_say(bound, claims, word):
    assert word in refused(bound.ask(READ, proof=bound.proof("POST", TOKEN_PATH, **claims)), "invalid_dpop_proof")


def test_a_proof_must_be_one_signed_by_the_key_in_it(bound):
    now = int(bound.world.clock.now)
    said = {"htm": "POST", "htu": BASE + TOKEN_PATH, "iat": now, "jti": "x"}
    other = public_jwk("EC", "P-256", "stranger")
    whole = bound.proof_key.as_dict(private=True)
    public = bound.proof_key.as_dict(private=False)
    for proof in (
        "nonsense",
        sign(said, bound.proof_key, typ="dpop+jwt", jwk=other),
        sign(said, bound.proof_key, typ="dpop+jwt", jwk=whole),
        sign(said, bound.proof_key, typ="dpop+jwt"),
        sign(said, bound.proof_key, typ="jwt", jwk=public),
    ):
        refused(bound.ask(READ, proof=proof), "invalid_dpop_proof")


def test_a_proof_is_good_once(bound):
    token = bound.ask_with_proof(READ).json()["access_token"]
    proof = bound.proof("GET", SERVERS, token)
    assert bound.call_with_proof("GET", SERVERS, token, proof).status_code == 200
    again = bound.call_with_proof("GET", SERVERS, token, proof)
    assert again.status_code == 401
    assert "jti" in again.headers["WWW-Authenticate"]


def test_a_proof_is_for_this_token_of_this_key(bound):
    token = bound.ask_with_proof(READ).json()["access_token"]
    without = bound.call_with_proof("GET", SERVERS, token, bound.proof("GET", SERVERS))
    assert "ath" in without.headers["WWW-Authenticate"]
    bound.proof_key = private_key("EC", "P-256", "stranger")
    stranger = bound.call_with_proof("GET", SERVERS, token)
    assert (stranger.status_code, "key" in stranger.headers["WWW-Authenticate"]) == (401, True)
    missing = bound.http.get(SERVERS, headers={"Authorization": f"DPoP {token}"})
    assert (missing.status_code, "exactly one" in missing.headers["WWW-Authenticate"]) == (401, True)


def test_a_service_app_with_dpop_over_a_socket():
    """Nothing of this process helps: time, addresses and headers are real."""
    with (
        process() as (_child, base),
        client(base) as admin,
        httpx.Client(base_url=base, trust_env=False, timeout=60) as bare,
    ):
        body = app_body("Pipeline", "private_key_jwt", application_type="service", grant_types=["client_credentials"])
        body["settings"]["oauthClient"] |= {"jwks": {"keys": [public_jwk()]}, "dpop_bound_access_tokens": True}
        app = admin.post(APPS, json=body).json()["id"]
        admin.post(f"{APPS}/{app}/grants", json={"scopeId": READ, "issuer": base}).raise_for_status()
        admin.put(f"/_emulator/roles/{app}", json={"roles": ["SUPER_ADMIN"]}).raise_for_status()
        clock = SimpleNamespace(now=time.time())
        service = Service(SimpleNamespace(clock=clock), app, app, bare, base=base)
        token = service.ask_with_proof(READ).json()["access_token"]
        assert service.call_with_proof("GET", f"{SERVERS}?limit=1", token).json()["data"] == []
        assert service.call("GET", SERVERS, token).status_code == 401
        writing = service.call_with_proof("DELETE", f"{SERVERS}/emsX", token)
        assert (writing.status_code, writing.headers["WWW-Authenticate"].split('"')[1]) == (403, "insufficient_scope")


def test_keys_may_be_published_at_an_address_and_are_asked_for_each_time(world, site):
    app = service(world, READ, jwks={"keys": []}, jwks_uri=f"{site.base}/keys")
    assert "ACTIVE key" in refused(app.ask(READ), "invalid_client", 401), "nothing is published there"
    site.put("/keys", {"keys": [public_jwk(kid="other"), public_jwk(), "no key"]})
    assert app.ask(READ).status_code == 200
    for useless in ({"keys": "none"}, {}, [1], {"keys": [{"kid": "one", "kty": "EC"}]}):
        site.put("/keys", useless)
        refused(app.ask(READ), "invalid_client", 401)
