"""Scopes, claims, policies and rules of custom authorization servers."""

import pytest

CUSTOM = "/api/v1/authorizationServers"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SYSTEM_SCOPES = ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"]
RULE = {"name": "Rule", "conditions": {"grantTypes": {"include": [JWT_BEARER]}}}
POLICY = {"name": "Policy", "description": "For agents"}
BODIES = {
    "scopes": {"name": "tools:read"},
    "claims": {"name": "team", "value": "user.team"},
    "policies": POLICY,
    "rules": RULE,
}


def refused(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code)
    return body


def place(world, kind):
    above = f"{CUSTOM}/{world.custom()['id']}"
    if kind != "rules":
        return f"{above}/{kind}"
    policy = world.call("POST", f"{above}/policies", POLICY).json()
    return f"{above}/policies/{policy['id']}/rules"


@pytest.mark.parametrize("kind", BODIES)
def test_create_read_replace_delete(world, kind):
    path, body = place(world, kind), BODIES[kind]
    answer = world.call("POST", path, body)
    assert answer.status_code == 201
    made = answer.json()
    assert made["name"] == body["name"]
    assert made["system"] is False
    assert made["_links"]["self"]["href"] == f"https://emulated.okta.test{path}/{made['id']}"
    assert world.http.get(f"{path}/{made['id']}").json() == made
    assert made in world.http.get(path).json()
    replaced = world.call("PUT", f"{path}/{made['id']}", {**body, "name": "other"})
    assert (replaced.status_code, replaced.json()["name"], replaced.json()["id"]) == (200, "other", made["id"])
    assert world.call("DELETE", f"{path}/{made['id']}").status_code == 204
    refused(world.http.get(f"{path}/{made['id']}"), 404, "E0000007")
    assert len(world.event_types()) == (5 if kind == "rules" else 4)


@pytest.mark.parametrize("kind", BODIES)
def test_names_are_unique(world, kind):
    path = place(world, kind)
    world.call("POST", path, BODIES[kind])
    body = refused(world.call("POST", path, BODIES[kind]), 400, "E0000001")
    assert body["errorCauses"][0]["reason"] == "UNIQUE_CONSTRAINT"
    second = world.call("POST", path, {**BODIES[kind], "name": "second"}).json()
    refused(world.call("PUT", f"{path}/{second['id']}", BODIES[kind]), 400, "E0000001")


def test_system_scopes_are_there_and_read_only(world):
    path = place(world, "scopes")
    scopes = world.http.get(path).json()
    assert [scope["name"] for scope in scopes] == SYSTEM_SCOPES
    assert all(scope["system"] for scope in scopes)
    one = f"{path}/{scopes[0]['id']}"
    assert world.http.get(one).status_code == 200
    refused(world.call("PUT", one, {"name": "openid"}), 403, "E0000006")
    refused(world.call("DELETE", one), 403, "E0000006")
    refused(world.call("POST", path, {"name": "openid"}), 400, "E0000001")


def test_defaults_of_a_scope(world):
    made = world.call("POST", place(world, "scopes"), {"name": "a"}).json()
    assert {key: made[key] for key in ("consent", "default", "metadataPublish", "optional")} == {
        "consent": "IMPLICIT",
        "default": False,
        "metadataPublish": "NO_CLIENTS",
        "optional": False,
    }


def test_put_of_a_scope_forgets_what_it_leaves_out(world):
    path = place(world, "scopes")
    made = world.call("POST", path, {"name": "a", "description": "Words", "consent": "REQUIRED"}).json()
    now = world.call("PUT", f"{path}/{made['id']}", {"name": "a"}).json()
    assert "description" not in now
    assert now["consent"] == "IMPLICIT"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("scopes", {"name": ""}),
        ("scopes", {"name": "two words"}),
        ("scopes", {"name": 'quo"te'}),
        ("scopes", {"consent": "MAYBE"}),
        ("scopes", {"metadataPublish": "SOME"}),
        ("scopes", {"default": "yes"}),
        ("claims", {"value": None}),
        ("claims", {"claimType": "OTHER"}),
        ("claims", {"valueType": "OTHER"}),
        ("claims", {"valueType": "GROUPS"}),
        ("claims", {"status": "OTHER"}),
        ("claims", {"conditions": {"scopes": "a"}}),
        ("policies", {"name": "x" * 101}),
        ("policies", {"description": None}),
        ("policies", {"description": "x" * 256}),
        ("policies", {"priority": 0}),
        ("policies", {"priority": True}),
        ("policies", {"type": "OTHER"}),
        ("policies", {"conditions": {"clients": {"include": "ALL"}}}),
        ("rules", {"conditions": {}}),
        ("rules", {"conditions": None}),
        ("rules", {"conditions": {"grantTypes": {"include": []}}}),
        ("rules", {"actions": {"token": {"accessTokenLifetimeMinutes": 4}}}),
        ("rules", {"actions": {"token": {"accessTokenLifetimeMinutes": 1441}}}),
        ("rules", {"actions": {"token": {"refreshTokenWindowMinutes": 9}}}),
        ("rules", {"actions": {"token": []}}),
    ],
)
def test_validation(world, kind, change):
    refused(world.call("POST", place(world, kind), {**BODIES[kind], **change}), 400, "E0000001")


@pytest.mark.parametrize("kind", ["policies", "rules"])
def test_lifecycle_of_policies_and_rules(world, kind):
    path = place(world, kind)
    made = world.call("POST", path, BODIES[kind]).json()
    one = f"{path}/{made['id']}"
    for verb, status in (("deactivate", "INACTIVE"), ("deactivate", "INACTIVE"), ("activate", "ACTIVE")):
        assert world.call("POST", f"{one}/lifecycle/{verb}").status_code == 204
        assert world.http.get(one).json()["status"] == status
    world.call("POST", f"{one}/lifecycle/deactivate")
    assert world.call("PUT", one, BODIES[kind]).json()["status"] == "INACTIVE", "an update is no activation"


@pytest.mark.parametrize("kind", ["scopes", "claims"])
def test_scopes_and_claims_have_no_lifecycle_calls(world, kind):
    path = place(world, kind)
    made = world.call("POST", path, BODIES[kind]).json()
    refused(world.call("POST", f"{path}/{made['id']}/lifecycle/activate"), 404, "E0000008")


@pytest.mark.parametrize("kind", ["policies", "rules"])
def test_priorities_stay_without_gaps(world, kind):
    path = place(world, kind)

    def order():
        found = world.http.get(path).json()
        assert [one["priority"] for one in found] == list(range(1, len(found) + 1))
        return [one["name"] for one in found]

    for name in ("a", "b", "c"):
        world.call("POST", path, {**BODIES[kind], "name": name})
    world.call("POST", path, {**BODIES[kind], "name": "d", "priority": 2})
    assert order() == ["a", "d", "b", "c"]
    last = world.http.get(path).json()[-1]
    world.call("PUT", f"{path}/{last['id']}", {**BODIES[kind], "name": "c", "priority": 1})
    assert order() == ["c", "a", "d", "b"]
    world.call("DELETE", f"{path}/{world.http.get(path).json()[1]['id']}")
    assert order() == ["c", "d", "b"]


def test_a_rule_has_defaults_and_keeps_its_conditions(world):
    made = world.call("POST", place(world, "rules"), RULE).json()
    assert made["type"] == "RESOURCE_ACCESS"
    assert made["conditions"]["grantTypes"]["include"] == [JWT_BEARER]
    assert made["conditions"]["scopes"]["include"] == ["*"]
    assert made["actions"]["token"]["accessTokenLifetimeMinutes"] == 60


def test_deleting_a_policy_deletes_its_rules(world):
    path = place(world, "rules")
    rule = world.call("POST", path, RULE).json()
    world.call("DELETE", path.removesuffix("/rules"))
    refused(world.http.get(f"{path}/{rule['id']}"), 404, "E0000007")
    with world.app.organisation.store.read() as db:
        assert db.execute("SELECT count(*) FROM parts WHERE kind='rule'").fetchone()[0] == 0


def test_a_part_is_found_below_its_own_parent_only(world):
    first, second = place(world, "scopes"), place(world, "scopes")
    scope = world.call("POST", first, {"name": "a"}).json()
    refused(world.http.get(f"{second}/{scope['id']}"), 404, "E0000007")
    refused(world.http.get(f"{first.replace('scopes', 'claims')}/{scope['id']}"), 404, "E0000007")


def test_claims_may_share_a_name_across_types(world):
    path = place(world, "claims")
    world.call("POST", path, {"name": "team", "value": "a", "claimType": "RESOURCE"})
    made = world.call("POST", path, {"name": "team", "value": "a", "claimType": "IDENTITY"})
    assert (made.status_code, made.json()["name"]) == (201, "team")
    groups = {
        "name": "groups",
        "value": "x",
        "valueType": "GROUPS",
        "group_filter_type": "EQUALS",
        "status": "INACTIVE",
    }
    said = world.call("POST", path, groups).json()
    assert (said["group_filter_type"], said["status"]) == ("EQUALS", "INACTIVE")
