"""A generated world on the backend in memory."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.backends.memory import MemoryBackend
from reconciler.core.address import Address
from reconciler.core.resources import Record
from reconciler.engine.scope import Bindings
from reconciler.kinds import KINDS
from tests.support.build import okta_row, raw_mcp, raw_okta
from tests.support.sight import Sight
from tests.support.worlds import Story


def custom_raw(live: Mapping[str, Any]) -> dict[str, Any]:
    """A custom authorization server as the organisation would give it."""
    return raw_okta(
        live["name"],
        live["status"],
        id=live["id"],
        audiences=[live["audience"]],
        description=live["description"],
        scopes=[scope_raw(scope) for scope in live["scopes"]],
        policies=[policy_raw(policy, place) for place, policy in enumerate(live["accessPolicies"], 1)],
    )


def scope_raw(scope: Mapping[str, Any]) -> dict[str, Any]:
    return {"consent": "IMPLICIT", "metadataPublish": "NO_CLIENTS", "default": False, **scope}


def policy_raw(policy: Mapping[str, Any], priority: int) -> dict[str, Any]:
    return {
        "type": "OAUTH_AUTHORIZATION_POLICY",
        "name": policy["name"],
        "description": policy.get("description", policy["name"]),
        "priority": priority,
        "conditions": {"clients": {"include": policy.get("clients", ["ALL_CLIENTS"])}},
        "rules": [rule_raw(rule, place) for place, rule in enumerate(policy["rules"], 1)],
    }


def rule_raw(rule: Mapping[str, Any], priority: int) -> dict[str, Any]:
    return {
        "type": "RESOURCE_ACCESS",
        "name": rule["name"],
        "priority": priority,
        "conditions": {
            "people": {"groups": {"include": ["EVERYONE"]}},
            "grantTypes": {"include": rule["grantTypes"]},
            "scopes": {"include": rule.get("scopes", ["*"])},
        },
        "actions": {"token": {"accessTokenLifetimeMinutes": rule.get("accessTokenLifetimeMinutes", 60)}},
    }


def server_raw(live: Mapping[str, Any]) -> dict[str, Any]:
    """An MCP server as the organisation would give it; its rows are verified."""
    rows = [
        okta_row(row["custom"])
        if "custom" in row
        else {
            "id": f"eas-{place}",
            "type": "EXTERNAL",
            "status": "ACTIVE",
            "issuer": row["issuer"],
            "authorizationEndpoint": row["authorizationEndpoint"],
            "tokenEndpoint": row["tokenEndpoint"],
            "grantTypesSupported": row["grantTypes"],
        }
        for place, row in enumerate(live["rows"])
    ]
    return raw_mcp(
        status=live["status"],
        rows=rows,
        id=live["id"],
        resourceUrl=live["resourceUrl"],
        metadata={key: live[key] for key in ("displayName", "description") if live[key] is not None},
        discoveryType="MANUAL" if live["manual"] else "DISCOVERABLE",
    )


def backend_of(story: Story) -> MemoryBackend:
    custom = (KINDS["AuthorizationServer"].wire.record(custom_raw(live)) for live in story.custom)
    servers = (KINDS["McpServer"].wire.record(server_raw(live)) for live in story.servers)
    return MemoryBackend([*custom, *servers])


def bindings_of(story: Story) -> Bindings:
    return {Address(kind, name): record for (kind, name), record in story.bindings.items()}


def look(backend: MemoryBackend) -> Sight:
    """Read the records themselves, without asking a kind what they mean."""
    records = backend.read(KINDS, lambda _record: True)
    return Sight(
        {record.id: _custom(record) for record in records.of("AuthorizationServer")},
        {record.id: _server(record) for record in records.of("McpServer")},
    )


def _custom(record: Record) -> dict[str, Any]:
    document = record.document
    return {
        "name": document["name"],
        "audience": document["audiences"][0],
        "description": document.get("description"),
        "status": record.state,
        "scopes": {
            name: {
                "displayName": scope.get("displayName"),
                "description": scope.get("description"),
                "consent": scope["consent"],
                "metadataPublish": scope["metadataPublish"],
                "default": scope["default"],
            }
            for name, scope in document["scopes"].items()
        },
        "policies": [
            {
                "name": name,
                "description": policy["description"],
                "clients": set(policy["clients"]),
                "rules": [
                    {
                        "name": inner,
                        "grantTypes": set(rule["grantTypes"]),
                        "scopes": set(rule["scopes"]),
                        "minutes": rule.get("accessTokenLifetimeMinutes"),
                    }
                    for inner, rule in _by_priority(policy["rules"])
                ],
            }
            for name, policy in _by_priority(document["accessPolicies"])
        ],
    }


def _by_priority(items: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return sorted(items.items(), key=lambda item: item[1]["priority"])


def _server(record: Record) -> dict[str, Any]:
    document = record.document
    return {
        "resourceUrl": document["resourceUrl"],
        "status": record.state,
        "displayName": document.get("displayName"),
        "description": document.get("description"),
        "rows": [_row(row) for row in document["authorizationServers"].values()],
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["type"] == "OKTA":
        return {"key": row["id"], "facts": None}
    facts = (row["authorizationEndpoint"], row["tokenEndpoint"], set(row["grantTypesSupported"]))
    return {"key": row["issuer"].removesuffix("/"), "facts": facts}
