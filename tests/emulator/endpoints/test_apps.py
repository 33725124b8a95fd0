"""OAuth apps: codes that differ from the newer families, full replacement, grants."""

import pytest

from tests.emulator.conftest import APPS, JWT_BEARER, app_body, public_jwk

BASE = "https://emulated.okta.test"


def refused(answer, status=400, code="E0000001"):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body["errorCauses"]


def create(world, body):
    return world.call("POST", APPS, body)


def test_create_answers_200_with_the_secret_once(world):
    answer = create(world, app_body("Client", redirect_uris=["https://org.test/oauth2/v1/sts/callback"]))
    assert answer.status_code == 200
    said = answer.json()
    assert said["id"].startswith("0oa")
    assert (said["name"], said["signOnMode"], said["status"]) == ("oidc_client", "OPENID_CONNECT", "ACTIVE")
    assert said["orn"] == f"orn:okta:idp:{world.app.organisation.id}:apps:oidc_client:{said['id']}"
    client = said["credentials"]["oauthClient"]
    assert client["client_id"] == said["id"]
    assert 14 <= len(client.pop("client_secret")) <= 100
    assert (client["pkce_required"], client["autoKeyRotation"]) == (True, True)
    assert world.http.get(f"{APPS}/{said['id']}").json() == said


def test_given_client_id_and_secret_are_kept(world):
    body = app_body("Client")
    body["credentials"]["oauthClient"] |= {"client_id": "my-client", "client_secret": "s" * 14}
    said = create(world, body).json()
    assert said["credentials"]["oauthClient"]["client_id"] == "my-client"
    [secret] = world.http.get(f"{APPS}/{said['id']}/credentials/secrets").json()
    assert secret["client_secret"] == "s" * 14
    causes = refused(create(world, {**body, "label": "Other"}))
    assert causes[0]["reason"] == "UNIQUE_CONSTRAINT"


def test_defaults(world):
    settings = world.oauth_app()["settings"]["oauthClient"]
    assert settings["dpop_bound_access_tokens"] is False
    assert settings["consent_method"] == "TRUSTED"
    body = app_body("Plain")
    del body["settings"]["oauthClient"]["application_type"], body["credentials"]
    plain = create(world, body).json()
    assert plain["settings"]["oauthClient"]["application_type"] == "web"
    assert plain["credentials"]["oauthClient"]["token_endpoint_auth_method"] == "client_secret_basic"


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("", {"label": None}),
        ("", {"label": "x" * 101}),
        ("", {"name": "saml"}),
        ("", {"signOnMode": "SAML_2_0"}),
        ("", {"settings": None}),
        ("", {"settings": []}),
        ("credentials", {"client_id": "short"}),
        ("credentials", {"client_id": "x" * 101}),
        ("credentials", {"client_secret": "s" * 13}),
        ("credentials", {"client_secret": "s" * 101}),
        ("credentials", {"token_endpoint_auth_method": "tls_client_auth"}),
        ("credentials", {"token_endpoint_auth_method": "private_key_jwt"}),
        ("credentials", {"pkce_required": "yes"}),
        ("settings", {"grant_types": []}),
        ("settings", {"grant_types": ["magic"]}),
        ("settings", {"grant_types": ["authorization_code"]}),
        ("settings", {"application_type": "toaster"}),
        ("settings", {"redirect_uris": ["nowhere"]}),
        ("settings", {"dpop_bound_access_tokens": 1}),
        ("settings", {"jwks": {"keys": [{"kty": "oct"}]}}),
        ("settings", {"jwks": {"keys": "all"}}),
    ],
)
def test_validation(world, where, change):
    body = app_body("Client")
    target = body[where]["oauthClient"] if where else body
    target |= change
    refused(create(world, body))
    assert world.http.get(APPS).json() == []


def test_put_replaces_everything(world):
    made = world.oauth_app("Client", redirect_uris=["https://a.test/cb"], grant_types=["authorization_code"])
    now = world.call("PUT", f"{APPS}/{made['id']}", app_body("Renamed"))
    assert now.status_code == 200
    said = now.json()
    assert said["label"] == "Renamed"
    assert said["settings"]["oauthClient"]["redirect_uris"] == []
    assert said["settings"]["oauthClient"]["grant_types"] == [JWT_BEARER]
    assert said["created"] == made["created"]
    refused(world.call("PATCH", f"{APPS}/{made['id']}", {"label": "x"}), 405, "E0000022")


def test_immutable_fields(world):
    made = world.oauth_app()
    path = f"{APPS}/{made['id']}"
    refused(world.call("PUT", path, app_body("Trusted client", application_type="service")))
    body = app_body("Trusted client")
    body["credentials"]["oauthClient"]["client_id"] = "another-id"
    refused(world.call("PUT", path, body))
    body["credentials"]["oauthClient"]["client_id"] = made["id"]
    assert world.call("PUT", path, body).status_code == 200


def test_a_label_clash_is_e0000040_on_create_and_on_put(world):
    world.oauth_app("One")
    two = world.oauth_app("Two")["id"]
    refused(create(world, app_body("One")), 400, "E0000040")
    refused(world.call("PUT", f"{APPS}/{two}", app_body("One")), 400, "E0000040")
    assert world.call("PUT", f"{APPS}/{two}", app_body("Two")).status_code == 200


def test_quirk_25_a_put_with_private_key_jwt_must_repeat_the_keys(world):
    with_keys = app_body("Signer", "private_key_jwt", jwks={"keys": [public_jwk()]})
    path = f"{APPS}/{create(world, with_keys).json()['id']}"
    causes = refused(world.call("PUT", path, app_body("Signer", "private_key_jwt")))
    assert causes[0]["location"] == "jwks"
    assert world.call("PUT", path, with_keys).json()["settings"]["oauthClient"]["jwks"]["keys"][0]["kid"] == "one"
    by_address = app_body("Signer", "private_key_jwt", jwks_uri="https://a.test/keys")
    assert "jwks" not in world.call("PUT", path, by_address).json()["settings"]["oauthClient"]


def test_only_an_inactive_app_can_be_deleted(world):
    path = f"{APPS}/{world.oauth_app()['id']}"
    refused(world.call("DELETE", path), 403, "E0000056")
    for verb in ("deactivate", "deactivate", "activate", "activate", "deactivate"):
        answer = world.call("POST", f"{path}/lifecycle/{verb}")
        assert (answer.status_code, answer.json()) == (200, {}), "a repetition is a no-op"
        assert world.http.get(path).json()["status"] == {"a": "ACTIVE", "d": "INACTIVE"}[verb[0]]
    assert world.call("DELETE", path).status_code == 204
    refused(world.http.get(path), 404, "E0000007")
    refused(world.http.get(f"{path}/credentials/secrets"), 404, "E0000007")


def test_list_is_a_bare_array_with_pages_and_a_query(world):
    for label in ("Alpha", "Beta", "Alphabet"):
        world.oauth_app(label)
    page = world.http.get(APPS, params={"limit": 2})
    assert [app["label"] for app in page.json()] == ["Alpha", "Beta"]
    assert [app["label"] for app in world.http.get(page.links["next"]["url"]).json()] == ["Alphabet"]
    assert [app["label"] for app in world.http.get(APPS, params={"q": "alph"}).json()] == ["Alpha", "Alphabet"]


def test_an_app_can_be_made_inactive(world):
    assert world.call("POST", f"{APPS}?activate=false", app_body("Off")).json()["status"] == "INACTIVE"


def test_grants(world):
    app = world.oauth_app()["id"]
    path = f"{APPS}/{app}/grants"
    grant = {"scopeId": "okta.apps.read", "issuer": BASE}
    answer = world.call("POST", path, grant)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["scopeId"], said["issuer"], said["clientId"], said["status"]) == (
        "okta.apps.read",
        BASE,
        app,
        "ACTIVE",
    )
    assert world.http.get(path).json() == [said]
    assert refused(world.call("POST", path, grant))[0]["reason"] == "UNIQUE_CONSTRAINT"
    for bad in (
        {"scopeId": "okta.apps.read"},
        {**grant, "issuer": "https://other.test"},
        {**grant, "scopeId": "email"},
    ):
        refused(world.call("POST", path, bad))
    refused(world.http.get(f"{APPS}/0oaX/grants"), 404, "E0000007")


def test_the_rotation_of_old_replaces_all_secrets_by_a_new_one(world):
    app = world.oauth_app()
    secrets = f"{APPS}/{app['id']}/credentials/secrets"
    answer = world.call("POST", f"/oauth2/v1/clients/{app['id']}/lifecycle/newSecret")
    assert answer.status_code == 200
    fresh = answer.json()["client_secret"]
    assert fresh != app["credentials"]["oauthClient"]["client_secret"]
    assert [one["client_secret"] for one in world.http.get(secrets).json()] == [fresh]
    refused(world.call("POST", "/oauth2/v1/clients/nobody/lifecycle/newSecret"), 404, "E0000007")
