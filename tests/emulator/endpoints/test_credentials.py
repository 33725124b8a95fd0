"""Secrets and keys: how many, which states, and that the last active one stays."""

import pytest

from tests.emulator.conftest import APPS, private_key, public_jwk


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


@pytest.fixture
def secrets(world):
    return f"{APPS}/{world.oauth_app()['id']}/credentials/secrets"


@pytest.fixture
def keys(world):
    return f"{APPS}/{world.oauth_app()['id']}/credentials/jwks"


def move(world, path, verb):
    return world.call("POST", f"{path}/lifecycle/{verb}")


def test_a_secret_is_rotated_by_add_switch_deactivate_delete(world, secrets):
    [old] = world.http.get(secrets).json()
    added = world.call("POST", secrets, {"client_secret": "a-secret-of-our-own"})
    assert added.status_code == 201
    new = added.json()
    assert new["id"].startswith("ocs")
    assert (new["client_secret"], new["status"]) == ("a-secret-of-our-own", "ACTIVE")
    assert new["secret_hash"] not in (old["secret_hash"], new["client_secret"])
    assert world.http.get(f"{secrets}/{new['id']}").json() == new
    refused(world.call("DELETE", f"{secrets}/{old['id']}"))
    assert move(world, f"{secrets}/{old['id']}", "deactivate").json()["status"] == "INACTIVE"
    assert world.call("DELETE", f"{secrets}/{old['id']}").status_code == 204
    assert world.http.get(secrets).json() == [new]


def test_two_secrets_at_most(world, secrets):
    assert world.call("POST", secrets).status_code == 201, "generated, when none is given"
    refused(world.call("POST", secrets))
    assert len(world.http.get(secrets).json()) == 2


def test_one_secret_stays_active(world, secrets):
    [only] = world.http.get(secrets).json()
    refused(move(world, f"{secrets}/{only['id']}", "deactivate"))
    spare = world.call("POST", secrets, {"status": "INACTIVE"}).json()
    assert spare["status"] == "INACTIVE"
    refused(move(world, f"{secrets}/{only['id']}", "deactivate"))
    assert move(world, f"{secrets}/{spare['id']}", "activate").json()["status"] == "ACTIVE"
    assert move(world, f"{secrets}/{only['id']}", "deactivate").status_code == 200
    assert move(world, f"{secrets}/{only['id']}", "deactivate").status_code == 200, "a repetition is a no-op"


@pytest.mark.parametrize("body", [{"client_secret": "short"}, {"client_secret": "x" * 101}, {"client_secret": 5}])
def test_a_secret_has_14_to_100_characters(world, secrets, body):
    refused(world.call("POST", secrets, body))


def test_a_secret_belongs_to_its_app(world, secrets):
    [one] = world.http.get(secrets).json()
    other = f"{APPS}/{world.oauth_app('Other')['id']}/credentials/secrets/{one['id']}"
    refused(world.http.get(other), 404, "E0000007")
    refused(world.call("DELETE", other), 404, "E0000007")
    refused(move(world, other, "activate"), 404, "E0000007")


def test_keys_are_public_and_of_a_kind_that_can_sign(world, keys):
    answer = world.call("POST", keys, public_jwk())
    assert answer.status_code == 201
    said = answer.json()
    assert (said["kid"], said["status"], said["use"]) == ("one", "ACTIVE", "sig")
    assert world.http.get(f"{keys}/{said['id']}").json() == said
    assert world.call("POST", keys, public_jwk("RSA", 2048, "two")).status_code == 201
    unnamed = {name: value for name, value in public_jwk("EC", "P-384").items() if name not in ("kid", "use")}
    assert world.call("POST", keys, unnamed).json()["kid"]
    assert refused(world.call("POST", keys, public_jwk()))[0]["reason"] == "UNIQUE_CONSTRAINT"
    assert len(world.http.get(keys).json()) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"use": "enc"},
        {"crv": "secp256k1"},
        {"x": None},
        {"x": "!"},
        {"alg": 5},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"status": "OFF"},
    ],
)
def test_other_keys_are_refused(world, keys, change):
    refused(world.call("POST", keys, public_jwk() | change))


def test_a_private_member_is_refused_and_never_kept(world, keys):
    whole = private_key().as_dict(private=True)
    answer = world.call("POST", keys, whole)
    assert refused(answer)[0]["reason"] == "INVALID_FORMAT"
    assert whole["d"] not in answer.text
    assert world.http.get(keys).json() == []


def test_fifty_keys_at_most(world, keys):
    for number in range(50):
        assert world.call("POST", keys, public_jwk() | {"kid": str(number)}).status_code == 201
    refused(world.call("POST", keys, public_jwk() | {"kid": "one more"}))


def test_a_key_is_deleted_when_inactive_and_the_last_active_one_stays(world, keys):
    one = f"{keys}/{world.call('POST', keys, public_jwk()).json()['id']}"
    two = f"{keys}/{world.call('POST', keys, public_jwk('RSA', 2048, 'two')).json()['id']}"
    refused(world.call("DELETE", one))
    assert move(world, one, "deactivate").status_code == 200
    refused(move(world, two, "deactivate"))
    assert world.call("DELETE", one).status_code == 204
    refused(world.http.get(one), 404, "E0000007")
