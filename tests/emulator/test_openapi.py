"""The description is whole and true: generated calls never get a 5xx, and answers match their schemas."""

import functools
import re

import httpx
import hypothesis
import jsonschema
import pytest

from reconciler.emulator.app import create_app
from reconciler.emulator.openapi import document
from reconciler.emulator.routes import ROUTES
from reconciler.emulator.settings import Settings

from .conftest import APPS, SERVERS, SETTINGS, app_body, public_jwk

BASE = "https://emulated.okta.test"
COMPLETE = {
    "authorizationEndpoint": "https://idp.test/authorize",
    "tokenEndpoint": "https://idp.test/token",
    "grantTypesSupported": ["authorization_code"],
}


def test_every_schema_is_valid_and_every_reference_resolves(world):
    said = world.http.get("/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    schemas = said["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    named = {name.removesuffix("[]") for route in ROUTES for name in (route.takes, route.gives) if name}
    assert named <= set(schemas)


def test_the_table_has_no_route_twice():
    keys = [(route.method, route.path) for route in ROUTES]
    assert len(set(keys)) == len(keys)


def test_every_path_of_the_contract_is_there():
    paths = document(ROUTES, BASE)["paths"]
    mcp = "/resource-servers/api/v1/mcp-servers"
    assert set(paths[mcp]) == {"get", "post"}
    assert set(paths[f"{mcp}/{{server}}"]) == {"get", "patch", "delete"}
    assert set(paths[f"{mcp}/{{server}}/authorization-servers/{{authorization_server}}"]) == {"get", "patch", "delete"}
    assert {f"/api/v1/authorizationServers{tail}" for tail in ("", "/{custom}", "/{custom}/scopes")} <= set(paths)


TOKEN = {"Authorization": "SSWS local-development-token"}
LEFT_OUT = re.compile(r"/(_emulator/(reset|refresh|faults)|openapi\.json)")
CALLED = [(path, method) for path, known in document(ROUTES, BASE)["paths"].items() for method in known]
FEW = hypothesis.settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@functools.cache
def described():
    """The description as a library reads it that makes calls of it, the application, and its real objects' ids."""
    import schemathesis  # who runs other tests need not wait for it

    switches = {"rate-limit": "0", "max-servers": "0", "refresh": "none", "link-propagation": "0"}
    made = create_app(Settings(base_url=BASE, operation_delay=0.0, switches=switches))
    with httpx.Client(transport=httpx.WSGITransport(app=made), base_url=BASE, headers=TOKEN) as client:
        return schemathesis.openapi.from_wsgi("/openapi.json", made), real_ids(client, made.organisation.id)


@pytest.mark.parametrize(("path", "method"), [each for each in CALLED if not LEFT_OUT.match(each[0])])
def test_generated_calls(path, method):
    """Reads and updates go to objects that exist, deletes to invented ids, so that the objects last."""
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as of

    schema, ids = described()
    held_to = (
        not_a_server_error,
        of.status_code_conformance,
        of.content_type_conformance,
        of.response_headers_conformance,
        of.response_schema_conformance,
    )
    modes = [schema[path][method].as_strategy(generation_mode=mode) for mode in GenerationMode]

    @FEW
    @hypothesis.given(hypothesis.strategies.one_of(modes))
    def call(case):
        case.headers = {**(case.headers or {}), **TOKEN}
        if method != "delete":
            case.path_parameters = {**case.path_parameters, **{name: ids[name] for name in case.path_parameters}}
        if isinstance(case.body, dict) and "resourceUrl" in case.body:
            case.body["discoveryType"] = "MANUAL"  # discovery would ask the network for invented hosts
        if isinstance(case.body, dict) and case.body.get("type") == "EXTERNAL":
            case.body |= COMPLETE
        case.call_and_validate(checks=held_to)

    call()


def real_ids(client, org):
    def post(path, body):
        answer = client.post(path, json=body)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer

    custom_servers, mcp = "/api/v1/authorizationServers", "/resource-servers/api/v1/mcp-servers"
    custom, other = (post(custom_servers, {"name": n, "audiences": ["a"]}).json()["id"] for n in ("One", "Other"))
    here = f"{custom_servers}/{custom}"
    post(f"{here}/associatedServers", {"trusted": [other]})
    policy = post(f"{here}/policies", {"name": "P", "description": "D"}).json()["id"]
    rule = {"name": "R", "conditions": {"grantTypes": {"include": ["client_credentials"]}}}
    operation = post(mcp, {"resourceUrl": "https://real.test/", "displayName": "A", "discoveryType": "MANUAL"})
    location = operation.headers["Location"]
    server = client.get(location).json()["resource"]["id"]
    row = {"type": "OKTA", "orn": f"orn:okta:idp:{org}:authorization_servers:{custom}"}
    post(f"{mcp}/{server}/authorization-servers", row)
    external = {"type": "EXTERNAL", "issuer": "https://idp.test", **COMPLETE}
    post(f"{mcp}/{server}/authorization-servers", external)
    resource = {"resourceServerOrn": f"orn:okta:directory:{org}:resource-servers:mcp:{server}"}
    settings = {"name": "S", "clientId": "c", "clientSecret": "s", **resource}
    app = post(APPS, app_body("Real", redirect_uris=["https://a.test/"])).json()["id"]
    grant = {"scopeId": "okta.apps.read", "issuer": BASE}
    post(f"{APPS}/{app}/grants", grant)
    agents = "/workload-principals/api/v1/ai-agents"
    registered = post(agents, {"profile": {"name": "Real"}})
    agent = registered.headers["Location"]
    agent = client.get(agent).json()["resource"]["id"]
    kind = {"connectionType": "IDENTITY_ASSERTION_CUSTOM_AS"}
    connection = {**kind, "authorizationServer": {"orn": f"orn:okta:idp:{org}:authorization_servers:{custom}"}}
    principal = f"/workload-principals/api/v1/mcp-servers/{server}"
    client.post(f"{principal}/oauth-client", content=b"").raise_for_status()
    link = {
        "from": {"clientOrn": f"orn:okta:directory:{org}:workload-principals:ai-agents:{agent}"},
        "to": {"resourceOrn": client.get(f"{mcp}/{server}").json()["oauthClient"]["orn"]},
    }
    client.get(f"{mcp}/{server}/authorization-servers").raise_for_status()
    return {
        "agent": agent,
        "principal_operation": registered.headers["Location"].rpartition("/")[2],
        "connection": post(f"{agents}/{agent}/connections", connection).json()["id"],
        "link": post("/workload-principals/api/v1/delegation-links", link).json()["id"],
        "fault": post("/_emulator/faults", {"name": "slow", "at": 1000, "path": "/nowhere"}).json()["id"],
        "settings": post(SETTINGS, settings).json()["id"],
        "app": app,
        "client": app,
        "secret": post(f"{APPS}/{app}/credentials/secrets", {}).json()["id"],
        "key": post(f"{APPS}/{app}/credentials/jwks", public_jwk()).json()["id"],
        "server": server,
        "authorization_server": custom,
        "operation": location.rpartition("/")[2],
        "custom": custom,
        "associated": other,
        "scope": post(f"{here}/scopes", {"name": "s"}).json()["id"],
        "claim": post(f"{here}/claims", {"name": "c", "value": "v"}).json()["id"],
        "policy": policy,
        "rule": post(f"{here}/policies/{policy}/rules", rule).json()["id"],
    }


def test_every_read_of_something_real_matches_its_schema(organisation):
    world = organisation(delay=0.0, link_propagation="0", mcp_keys="listed")
    real = real_ids(world.http, world.app.organisation.id)
    said = document(ROUTES, BASE)
    for route in ROUTES:
        if route.method != "GET":
            continue
        path = route.path
        for name, value in real.items():
            path = path.replace(f"<{name}>", value)
        if path.endswith("/potential-connections"):
            path += '?filter=connectionType eq "STS_ACCESS_TOKEN"'
        if "/workload-principals/" in path and "<key>" in route.path:
            continue  # the key belongs to the app
        answer = world.http.get(path)
        assert answer.status_code == 200, path
        name = route.gives.removesuffix("[]")
        schema = {"$ref": f"#/components/schemas/{name}", "components": said["components"]}
        body = answer.json()
        for one in body if route.gives.endswith("[]") else [body]:
            jsonschema.validate(one, schema, jsonschema.Draft202012Validator)


def test_what_a_service_app_needs_is_described():
    said = document(ROUTES, BASE)
    flow = said["components"]["securitySchemes"]["serviceApp"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{BASE}/oauth2/v1/token"
    listed = said["paths"][SERVERS]["get"]["security"]
    assert listed == [{"token": []}, {"serviceApp": ["okta.resourceServers.mcpServers.read"]}]
    written = said["paths"][SETTINGS]["post"]["security"]
    assert {"serviceApp": ["okta.resourceServers.clientAuthSettings.manage"]} in written
    assert said["paths"]["/oauth2/v1/token"]["post"]["security"] == []
    assert said["paths"]["/_emulator/reset"]["post"]["security"] == [{"token": []}]
    named = {
        scope
        for path in said["paths"].values()
        for call in path.values()
        for one in call["security"]
        for scope in one.get("serviceApp", [])
    }
    assert named == set(flow["scopes"])
