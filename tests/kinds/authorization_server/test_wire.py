import pytest

from reconciler.core.errors import CallRefused, MadeTwice, NotFound
from reconciler.core.flows import LAG_SECONDS
from reconciler.core.lifecycle import State
from reconciler.core.wire import Pause
from reconciler.engine.diff import unlike
from reconciler.kinds.authorization_server import KIND, adopt, wire
from tests.support.build import JWT_BEARER, okta, raw_okta, records
from tests.support.flows import Call, Items, Wait, get, ok, play

ROOT = "/api/v1/authorizationServers"
HERE = f"{ROOT}/aus1"
RULE = {"name": "all", "grantTypes": [JWT_BEARER, "client_credentials"], "accessTokenLifetimeMinutes": 10}
WRITTEN = okta(
    description="For agents",
    scopes=[{"name": "read", "description": "Reads", "consent": "REQUIRED"}, {"name": "write"}],
    accessPolicies=[{"name": "agents", "clients": ["wlp2", "wlp1"], "rules": [RULE]}],
)
DOCUMENT = {
    "name": "Agents",
    "description": "For agents",
    "audiences": ["api://agents"],
    "scopes": {"read": {"description": "Reads", "consent": "REQUIRED"}, "write": {}},
    "accessPolicies": {
        "agents": {
            "priority": 1,
            "status": "ACTIVE",
            "description": "agents",
            "clients": ["wlp1", "wlp2"],
            "rules": {
                "all": {
                    "priority": 1,
                    "status": "ACTIVE",
                    "grantTypes": ["client_credentials", JWT_BEARER],
                    "scopes": ["*"],
                    "accessTokenLifetimeMinutes": 10,
                }
            },
        }
    },
}


def test_the_document_holds_what_the_author_wrote_and_nothing_else():
    assert wire.to_document(WRITTEN) == DOCUMENT
    assert wire.to_document(okta()) == {"name": "Agents", "audiences": ["api://agents"]}
    assert wire.to_document(okta(audience=None)) == {"name": "Agents"}


def test_children_without_any_are_owned_and_empty():
    assert wire.to_document(okta(scopes=[], accessPolicies=[]))["scopes"] == {}
    assert wire.to_document(okta(scopes=[], accessPolicies=[]))["accessPolicies"] == {}


def test_lists_that_are_sets_have_one_spelling():
    rule = {"name": "r", "grantTypes": [JWT_BEARER, "password", JWT_BEARER], "scopes": ["b", "a", "b"]}
    policy = {"name": "p", "clients": ["b", "a", "b"], "rules": [rule]}
    [written] = wire.to_document(okta(accessPolicies=[policy]))["accessPolicies"].values()
    assert written["clients"] == ["a", "b"]
    assert written["rules"]["r"]["scopes"] == ["a", "b"]
    assert written["rules"]["r"]["grantTypes"] == ["password", JWT_BEARER]


def test_an_imagined_server_is_as_the_document_says():
    record = wire.record(wire.imagine(DOCUMENT, "aus1"))
    assert (record.id, record.key, record.state) == ("aus1", "Agents", State.ACTIVE)
    assert record.document["accessPolicies"] == DOCUMENT["accessPolicies"]
    assert record.document["scopes"]["read"] == {
        "description": "Reads",
        "consent": "REQUIRED",
        "metadataPublish": "NO_CLIENTS",
        "default": False,
    }
    assert wire.record(wire.imagine({"name": "Agents"}, "aus1")).document["scopes"] == {}


def test_what_the_system_made_is_left_out():
    raw = raw_okta(
        scopes=[{"name": "openid", "system": True}, {"name": "read", "system": False}],
        policies=[
            {"name": "Default", "system": True},
            {"name": "p", "description": "d", "rules": [{"name": "x", "system": True}]},
        ],
    )
    document = wire.record(raw).document
    assert document["scopes"] == {"read": {}}
    assert document["accessPolicies"] == {
        "p": {"priority": 1, "status": "ACTIVE", "description": "d", "clients": [], "rules": {}}
    }


def test_policies_and_rules_are_known_by_rank_so_that_gaps_do_not_matter():
    rules = [{"name": "second", "priority": 9}, {"name": "first", "priority": 4}]
    raw = raw_okta(policies=[{"name": "b", "priority": 7}, {"name": "a", "priority": 3, "rules": rules}])
    policies = wire.record(raw).document["accessPolicies"]
    assert {name: policy["priority"] for name, policy in policies.items()} == {"a": 1, "b": 2}
    assert {name: rule["priority"] for name, rule in policies["a"]["rules"].items()} == {"first": 1, "second": 2}


def test_a_list_item_without_children_or_name_still_has_id_key_and_state():
    record = wire.record({"id": "aus1"})
    assert (record.key, record.state, record.facts) == ("aus1", State.ACTIVE, {"id": "aus1"})


# -- flows ---------------------------------------------------------------------------------------------------------


def test_reading_adds_the_rules_of_every_policy():
    assert play(wire.WIRE.listing(), (Items(ROOT), [{"id": "aus1"}])) == [{"id": "aus1"}]
    found = play(
        wire.WIRE.find("aus1"),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/scopes"), [{"name": "read"}]),
        (Items(f"{HERE}/policies"), [{"id": "p1"}, {"id": "p2"}]),
        (Items(f"{HERE}/policies/p1/rules"), [{"id": "r1"}]),
        (Items(f"{HERE}/policies/p2/rules"), []),
    )
    assert found == {
        "id": "aus1",
        "scopes": [{"name": "read"}],
        "policies": [{"id": "p1", "rules": [{"id": "r1"}]}, {"id": "p2", "rules": []}],
    }


def test_what_is_gone_is_none():
    assert play(wire.WIRE.find("aus1"), (get(HERE), NotFound("gone"))) is None


NAMESAKES = Items(f"{ROOT}?q=Agents")
PLAIN = {"name": "Agents", "audiences": ["api://agents"]}


def test_a_name_that_exists_is_never_made_twice():
    with pytest.raises(CallRefused, match="named Agents exists"):
        play(wire.create(PLAIN), (NAMESAKES, [{"id": "aus0", "name": "Agents"}]))


def test_a_name_that_only_resembles_is_no_obstacle():
    made = play(
        wire.create(PLAIN),
        (NAMESAKES, [{"id": "aus2", "name": "Agents 2"}]),
        (Call("POST", ROOT, PLAIN), ok({"id": "aus1"}, 201)),
        (NAMESAKES, [{"id": "aus1", "name": "Agents"}, {"id": "aus2", "name": "Agents 2"}]),
    )
    assert made == "aus1"


def test_a_namesake_that_came_with_it_is_named_and_never_deleted():
    there = [{"id": "aus1", **PLAIN}, {"id": "twin", **PLAIN}]
    with pytest.raises(MadeTwice, match="was made as aus1, and is there as twin too"):
        play(
            wire.create(PLAIN),
            (NAMESAKES, []),
            (Call("POST", ROOT, PLAIN), ok({"id": "aus1"}, 201)),
            (NAMESAKES, there),
            (Pause(LAG_SECONDS), None),
            (NAMESAKES, there),
        )


def test_what_a_list_still_shows_though_it_was_deleted_just_before_is_no_namesake():
    play(
        wire.create(PLAIN),
        (NAMESAKES, []),
        (Call("POST", ROOT, PLAIN), ok({"id": "aus1"}, 201)),
        (NAMESAKES, [{"id": "aus0", **PLAIN}]),
        (Pause(LAG_SECONDS), None),
        (NAMESAKES, [{"id": "aus1", **PLAIN}]),
    )


def test_names_are_quoted_in_the_search():
    play(
        wire.create({"name": "A&B ü"}),
        (Items(f"{ROOT}?q=A%26B%20%C3%BC"), []),
        (Call("POST", ROOT, {"name": "A&B ü"}), ok({"id": "aus1"}, 201)),
        (Items(f"{ROOT}?q=A%26B%20%C3%BC"), []),
    )


POLICY = {
    "type": "OAUTH_AUTHORIZATION_POLICY",
    "name": "agents",
    "description": "agents",
    "priority": 1,
    "conditions": {"clients": {"include": ["wlp1", "wlp2"]}},
}
LIVE_RULE = {
    "type": "RESOURCE_ACCESS",
    "name": "all",
    "priority": 1,
    "conditions": {
        "grantTypes": {"include": ["client_credentials", JWT_BEARER]},
        "people": {"groups": {"include": ["EVERYONE"]}},
        "scopes": {"include": ["*"]},
    },
    "actions": {"token": {"accessTokenLifetimeMinutes": 10}},
}


def test_a_server_is_made_before_its_scopes_and_those_before_the_rules_that_allow_them():
    play(
        wire.create(DOCUMENT),
        (NAMESAKES, []),
        (Call("POST", ROOT, {key: DOCUMENT[key] for key in ("name", "description", "audiences")}), ok({"id": "aus1"})),
        (NAMESAKES, []),
        (Items(f"{HERE}/scopes"), [{"id": "scp0", "name": "openid", "system": True}]),
        (Call("POST", f"{HERE}/scopes", {"name": "read", "description": "Reads", "consent": "REQUIRED"}), ok()),
        (Call("POST", f"{HERE}/scopes", {"name": "write"}), ok()),
        (Items(f"{HERE}/policies"), []),
        (Call("POST", f"{HERE}/policies", POLICY), ok()),
        (Items(f"{HERE}/policies"), [{"id": "p1", "name": "agents"}, {"id": "p0", "name": "Default", "system": True}]),
        (Items(f"{HERE}/policies/p1/rules"), []),
        (Call("POST", f"{HERE}/policies/p1/rules", LIVE_RULE), ok()),
    )


def test_an_update_that_differs_in_nothing_writes_nothing():
    play(
        wire.update("aus1", PLAIN | {"scopes": {"read": {"consent": "IMPLICIT"}}}),
        (get(HERE), ok({"id": "aus1", **PLAIN, "description": "kept"})),
        (Items(f"{HERE}/scopes"), [{"id": "s1", "name": "read", "consent": "IMPLICIT", "default": True}]),
    )


def test_a_full_replace_sends_back_what_the_document_does_not_name():
    """`PUT` forgets what it is not told (okta-api §2.6); what the server makes is not sent."""
    body = {"id": "aus1", "_links": {}, "status": "ACTIVE", "name": "Agents", "description": "kept", "audiences": ["x"]}
    play(
        wire.update("aus1", PLAIN),
        (get(HERE), ok(body)),
        (Call("PUT", HERE, {"name": "Agents", "description": "kept", "audiences": ["api://agents"]}), ok()),
    )


def test_a_scope_keeps_what_the_document_does_not_name():
    present = {"id": "s1", "name": "read", "displayName": "Read", "consent": "REQUIRED", "_links": {}, "system": False}
    play(
        wire.update("aus1", {"scopes": {"read": {"description": "New"}}}),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/scopes"), [present]),
        (
            Call(
                "PUT",
                f"{HERE}/scopes/s1",
                {"name": "read", "displayName": "Read", "consent": "REQUIRED", "description": "New"},
            ),
            ok(),
        ),
    )


def update_rule(live_rule, wanted, *writes):
    play(
        wire.update("aus1", {"accessPolicies": {"agents": {**DOCUMENT["accessPolicies"]["agents"], "rules": wanted}}}),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/policies"), [{"id": "p1", **POLICY}]),
        (Items(f"{HERE}/policies"), [{"id": "p1", **POLICY}]),
        (Items(f"{HERE}/policies/p1/rules"), [live_rule]),
        *writes,
    )


def test_a_rule_that_was_restricted_to_some_people_is_never_widened():
    """Nobody wrote whom a rule is for, so no plan shows it, so no update may touch it."""
    narrow = {"groups": {"include": ["00gAuditors"]}}
    live = {"id": "r1", **LIVE_RULE, "conditions": LIVE_RULE["conditions"] | {"people": narrow}}
    wanted = DOCUMENT["accessPolicies"]["agents"]["rules"]
    update_rule(live, wanted)
    changed = {"all": wanted["all"] | {"scopes": ["read"]}}
    body = {
        **LIVE_RULE,
        "conditions": LIVE_RULE["conditions"] | {"people": narrow, "scopes": {"include": ["read"]}},
    }
    update_rule(live, changed, (Call("PUT", f"{HERE}/policies/p1/rules/r1", body), ok()))


def test_a_rule_keeps_lifetimes_that_the_document_does_not_name():
    token = {"accessTokenLifetimeMinutes": 30, "refreshTokenWindowMinutes": 60}
    live = {"id": "r1", **LIVE_RULE, "actions": {"token": token}}
    wanted = {"all": {"priority": 1, "grantTypes": [JWT_BEARER], "scopes": ["*"]}}
    conditions = LIVE_RULE["conditions"] | {"grantTypes": {"include": [JWT_BEARER]}}
    body = {**LIVE_RULE, "actions": {"token": token}, "conditions": conditions}
    update_rule(live, wanted, (Call("PUT", f"{HERE}/policies/p1/rules/r1", body), ok()))


def test_lifetimes_of_refresh_tokens_travel_like_those_of_access_tokens():
    lifetimes = {"refreshTokenLifetimeMinutes": 0, "refreshTokenWindowMinutes": 60}
    rule = {"name": "all", "grantTypes": [JWT_BEARER], **lifetimes}
    document = wire.to_document(okta(accessPolicies=[{"name": "agents", "rules": [rule]}]))
    written = document["accessPolicies"]["agents"]["rules"]["all"]
    assert {key: written[key] for key in lifetimes} == lifetimes
    assert wire.record(wire.imagine(document, "aus1")).document["accessPolicies"] == document["accessPolicies"]


MANUAL = {"signing": {"rotationMode": "MANUAL"}}
SIGNING = {"signing": {"kid": "k1", "rotationMode": "AUTO", "use": "sig"}}


def test_manual_rotation_of_keys_is_written_after_the_server_is_made_since_a_create_ignores_it():
    play(
        wire.create(PLAIN | {"rotationMode": "MANUAL"}),
        (NAMESAKES, []),
        (Call("POST", ROOT, PLAIN), ok({"id": "aus1", **PLAIN, "credentials": SIGNING}, 201)),
        (NAMESAKES, []),
        (Call("PUT", HERE, PLAIN | {"credentials": {"signing": SIGNING["signing"] | MANUAL["signing"]}}), ok()),
    )


def test_the_rotation_of_keys_is_compared_and_rewritten_without_losing_the_keys():
    record = wire.record({"id": "aus1", **PLAIN, "credentials": SIGNING})
    assert record.document["rotationMode"] == "AUTO"
    assert wire.record(wire.imagine(PLAIN | {"rotationMode": "MANUAL"}, "aus1")).document["rotationMode"] == "MANUAL"
    play(
        wire.update("aus1", {"rotationMode": "AUTO"}),
        (get(HERE), ok({"id": "aus1", **PLAIN, "credentials": MANUAL, "jwks_uri": "https://keys"})),
        (
            Call(
                "PUT", HERE, PLAIN | {"jwks_uri": "https://keys", "credentials": {"signing": {"rotationMode": "AUTO"}}}
            ),
            ok(),
        ),
    )


def test_a_rule_without_people_is_compared_without_them():
    live = {"id": "r1", **LIVE_RULE, "conditions": {k: v for k, v in LIVE_RULE["conditions"].items() if k != "people"}}
    wanted = DOCUMENT["accessPolicies"]["agents"]["rules"]
    update_rule(live, wanted, (Call("PUT", f"{HERE}/policies/p1/rules/r1", LIVE_RULE), ok()))


def test_children_of_the_system_are_never_removed_and_undeclared_ones_are():
    play(
        wire.update("aus1", {"scopes": {}, "accessPolicies": {}}),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/scopes"), [{"id": "s0", "name": "openid", "system": True}, {"id": "s1", "name": "old"}]),
        (Call("DELETE", f"{HERE}/scopes/s1"), ok()),
        (Items(f"{HERE}/policies"), [{"id": "p0", "name": "Default", "system": True}, {"id": "p1", "name": "old"}]),
        (Call("DELETE", f"{HERE}/policies/p1"), ok()),
        (Items(f"{HERE}/policies"), [{"id": "p0", "name": "Default", "system": True}]),
    )


def test_a_policy_whose_clients_differ_is_replaced_as_a_whole():
    live = {"id": "p1", **POLICY, "conditions": {"clients": {"include": ["ALL_CLIENTS"]}, "other": 1}}
    wanted = {"agents": DOCUMENT["accessPolicies"]["agents"] | {"rules": {}}}
    conditions = POLICY["conditions"] | {"other": 1}
    play(
        wire.update("aus1", {"accessPolicies": wanted}),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/policies"), [live]),
        (Call("PUT", f"{HERE}/policies/p1", POLICY | {"conditions": conditions}), ok()),
        (Items(f"{HERE}/policies"), [live]),
        (Items(f"{HERE}/policies/p1/rules"), []),
    )


def test_lists_count_as_sets_when_children_are_compared():
    live = {"id": "p1", **POLICY, "conditions": {"clients": {"include": ["wlp2", "wlp1"]}}}
    wanted = {"agents": DOCUMENT["accessPolicies"]["agents"] | {"rules": {}}}
    play(
        wire.update("aus1", {"accessPolicies": wanted}),
        (get(HERE), ok({"id": "aus1"})),
        (Items(f"{HERE}/policies"), [live]),
        (Items(f"{HERE}/policies"), [live]),
        (Items(f"{HERE}/policies/p1/rules"), []),
    )


def test_moves_wait_until_the_organisation_shows_them():
    play(
        wire.WIRE.move("aus1", "deactivate", State.INACTIVE),
        (Call("POST", f"{HERE}/lifecycle/deactivate"), ok(status=204)),
        (Wait(HERE), {"status": "INACTIVE"}),
    )
    play(
        wire.WIRE.move("aus1", "delete", State.DELETED),
        (Call("DELETE", HERE), ok(status=204)),
        (Wait(HERE), None),
    )


def test_deleting_what_is_gone_is_fine():
    play(wire.WIRE.move("aus1", "delete", State.DELETED), (Call("DELETE", HERE), NotFound("gone")))


def test_a_policy_or_rule_that_somebody_switched_off_is_a_difference_and_is_switched_on_again():
    rule = {**LIVE_RULE, "id": "r1", "status": "INACTIVE"}
    policy = {**POLICY, "id": "p1", "status": "INACTIVE"}
    [live] = records("AuthorizationServer", [raw_okta(policies=[{**policy, "rules": [rule]}])])
    seen = [
        (".".join(change.path), change.before) for change in unlike(KIND, DOCUMENT, live) if "status" in change.path
    ]
    assert seen == [
        ("accessPolicies.agents.rules.all.status", "INACTIVE"),
        ("accessPolicies.agents.status", "INACTIVE"),
    ]
    assert "accessPolicies" not in adopt.to_spec(live, {})
    play(
        wire.update("aus1", PLAIN | {"accessPolicies": DOCUMENT["accessPolicies"]}),
        (get(HERE), ok({"id": "aus1", **PLAIN})),
        (Items(f"{HERE}/policies"), [policy]),
        (Call("POST", f"{HERE}/policies/p1/lifecycle/activate"), ok()),
        (Items(f"{HERE}/policies"), [policy]),
        (Items(f"{HERE}/policies/p1/rules"), [rule]),
        (Call("POST", f"{HERE}/policies/p1/rules/r1/lifecycle/activate"), ok()),
    )
