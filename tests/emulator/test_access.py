"""Scopes and roles, family by family: what is refused without them, and how."""

import pytest

from reconciler.emulator.access import NEEDS
from reconciler.emulator.routes import ROUTES

from .conftest import AGENTS, APPS, CUSTOM, SERVERS, SETTINGS, app_body, public_jwk
from .service import service

SCOPE = "okta.resourceServers.mcpServers"
OPERATION = "/resource-servers/api/v1/operations/op-00000000"
FAMILIES = [
    (SERVERS, SCOPE, "SUPER_ADMIN"),
    (SERVERS, SCOPE, "CUSTOM"),
    (SETTINGS, "okta.resourceServers.clientAuthSettings", "SUPER_ADMIN"),
    (SETTINGS, SCOPE, "SUPER_ADMIN"),
    (OPERATION, SCOPE, "SUPER_ADMIN"),
    (AGENTS, "okta.aiAgents", "SUPER_ADMIN"),
    ("/workload-principals/api/v1/operations", "okta.aiAgents", "SUPER_ADMIN"),
    ("/workload-principals/api/v1/delegation-links", "okta.aiAgents", "SUPER_ADMIN"),
    (CUSTOM, "okta.authorizationServers", "SUPER_ADMIN"),
    (CUSTOM, "okta.authorizationServers", "API_ACCESS_MANAGEMENT_ADMIN"),
    (APPS, "okta.apps", "SUPER_ADMIN"),
    (APPS, "okta.apps", "APP_ADMIN"),
    (f"{APPS}/{{app}}/grants", "okta.appGrants", "SUPER_ADMIN"),
    ("/api/v1/logs", "okta.logs", "SUPER_ADMIN"),
]


@pytest.mark.parametrize(("path", "scope", "role"), FAMILIES)
def test_a_family_wants_its_scope_and_its_role(world, path, scope, role):
    app = service(world, f"{scope}.read", f"{scope}.manage", "okta.users.read", roles=(role,))
    path = path.format(app=app.app)
    good = app.call("GET", path, app.token(f"{scope}.read"))
    assert good.status_code in (200, 404)
    other = app.call("GET", path, app.token("okta.users.read"))
    assert (other.status_code, other.content) == (403, b"")
    assert 'Bearer error="insufficient_scope", scope="okta.' in other.headers["WWW-Authenticate"]
    assert other.headers["WWW-Authenticate"].endswith('.read"')
    if path != OPERATION and not path.endswith(("/operations", "/logs")):
        writing = app.call("POST", path, app.token(f"{scope}.read"), json={})
        assert writing.headers["WWW-Authenticate"].endswith('.manage"')
        assert app.call("POST", path, app.token(f"{scope}.manage"), json={}).status_code == 400
    world.call("PUT", f"/_emulator/roles/{app.app}", {"roles": ["READ_ONLY_ADMIN"]})
    roleless = app.call("GET", path, app.token(f"{scope}.read"))
    assert (roleless.status_code, roleless.json()["errorCode"]) == (403, "E0000006")


def test_grants_are_for_a_super_admin_alone(world):
    app = service(world, "okta.appGrants.read", roles=("APP_ADMIN",))
    answer = app.call("GET", f"{APPS}/{app.app}/grants", app.token("okta.appGrants.read"))
    assert (answer.status_code, answer.json()["errorCode"]) == (403, "E0000006")


def test_every_family_that_wants_a_token_wants_something(world):
    families = {route.family for route in ROUTES if route.needs_token and route.family != "emulator"}
    assert families == set(NEEDS)


def test_the_emulators_own_calls_are_for_the_api_token(world):
    app = service(world, f"{SCOPE}.read")
    assert app.call("GET", "/_emulator/faults", app.token(f"{SCOPE}.read")).status_code == 401


def test_roles_are_checked_and_replaced(world):
    app = service(world)
    path = f"/_emulator/roles/{app.app}"
    assert world.call("PUT", path, {"roles": ["EMPEROR"]}).status_code == 400
    assert world.call("PUT", "/_emulator/roles/nobody", {"roles": []}).status_code == 404
    assert world.call("PUT", path, {"roles": []}).json() == {"roles": []}


def test_a_put_of_the_app_does_not_take_its_roles(world):
    app = service(world, f"{SCOPE}.read")
    body = app_body("Pipeline", "private_key_jwt", application_type="service", grant_types=["client_credentials"])
    body["settings"]["oauthClient"]["jwks"] = {"keys": [public_jwk()]}
    assert world.call("PUT", f"{APPS}/{app.app}", body).status_code == 200
    assert app.call("GET", SERVERS, app.token(f"{SCOPE}.read")).status_code == 200


def test_manage_includes_read(organisation):
    for value, status in (("yes", 200), ("no", 403)):
        app = service(organisation(manage_includes_read=value), f"{SCOPE}.manage")
        assert app.call("GET", SERVERS, app.token(f"{SCOPE}.manage")).status_code == status


def test_settings_scope(organisation):
    for value, status in (("mcp-servers", 200), ("dedicated", 403)):
        world = organisation(settings_scope=value)
        app = service(world, f"{SCOPE}.read", "okta.resourceServers.clientAuthSettings.read")
        assert app.call("GET", SETTINGS, app.token(f"{SCOPE}.read")).status_code == status
        dedicated = app.token("okta.resourceServers.clientAuthSettings.read")
        assert app.call("GET", SETTINGS, dedicated).status_code == 200
        location = world.register(discoveryType="MANUAL").headers["Location"]
        polled = app.call("GET", location, app.token(f"{SCOPE}.read"))
        assert polled.status_code == status


def test_dpop_default(organisation):
    for value in ("off", "on"):
        app = service(organisation(dpop_default=value))
        said = app.world.http.get(f"{APPS}/{app.app}").json()["settings"]["oauthClient"]
        assert said["dpop_bound_access_tokens"] is (value == "on")
        web = app.world.oauth_app("Web")["settings"]["oauthClient"]
        assert web["dpop_bound_access_tokens"] is False


@pytest.mark.parametrize(("skew", "word"), [("3600", "expired"), ("-3600", "ahead")])
def test_clock_skew(organisation, skew, word):
    app = service(organisation(clock_skew=skew), f"{SCOPE}.read")
    answer = app.ask(f"{SCOPE}.read")
    assert (answer.status_code, word in answer.json()["error_description"]) == (401, True)
    now = int(app.world.clock.now) + int(skew)
    text = app.assertion(iat=now, exp=now + 60)
    assert app.ask(f"{SCOPE}.read", client_assertion=text).status_code == 200
