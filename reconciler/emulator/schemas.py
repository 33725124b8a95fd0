"""Component schemas of the description: what is read and written, field by field (okta-api §1, §2)."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_URL: Schema = {"type": "string", "format": "uri"}
_HTTPS: Schema = {"type": "string", "format": "uri", "pattern": r"^https://[a-z0-9]+(\.[a-z0-9]+)+(/[a-z0-9]*)*$"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_BOOLEAN: Schema = {"type": "boolean"}
_OBJECT: Schema = {"type": "object"}
_LINKS: Schema = {"type": "object"}
_STATUS: Schema = {"enum": ["PENDING", "INACTIVE", "ACTIVE", "INVALID"]}
_ON_OFF: Schema = {"enum": ["ACTIVE", "INACTIVE"]}
_GRANT_TYPES: Schema = {
    "type": "array",
    "items": {"enum": ["authorization_code", "refresh_token"]},
    "uniqueItems": True,
}


def _list(items: Schema, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def _object(required: str, properties: Mapping[str, Schema], *, closed: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required:
        said["required"] = required.split()
    if closed:
        said["additionalProperties"] = False
    return said


def _or_null(schema: Schema) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_ERRORS: Mapping[str, Schema] = {
    "Error": _object(
        "errorCode errorSummary errorLink errorId errorCauses",
        {
            "errorCode": {"type": "string", "pattern": "^E[0-9]{7}$"},
            "errorSummary": _TEXT,
            "errorLink": _TEXT,
            "errorId": _TEXT,
            "errorCauses": _list(
                _object("errorSummary", {"errorSummary": _TEXT, "reason": _TEXT, "location": _TEXT}, closed=True)
            ),
        },
        closed=True,
    ),
}

_MCP_SERVERS: Mapping[str, Schema] = {
    "McpServer": _object(
        "id orn resourceUrl status metadata authorizationServerCount created lastUpdated _links",
        {
            "id": {"type": "string", "pattern": "^ems[a-zA-Z0-9]{17}$"},
            "orn": _TEXT,
            "resourceUrl": _URL,
            "status": _STATUS,
            "discoveryType": {"enum": ["DISCOVERABLE", "MANUAL"]},
            "metadata": _object("", {"displayName": _TEXT, "description": _TEXT}, closed=True),
            "detectedMetadata": _object(
                "scopesSupported lastRefreshedAt",
                {"resourceName": _TEXT, "scopesSupported": _list(_TEXT), "lastRefreshedAt": _TIME},
                closed=True,
            ),
            "authorizationServerCount": _COUNT,
            "created": _TIME,
            "lastUpdated": _TIME,
            "_links": _LINKS,
        },
        closed=True,
    ),
    "McpServerList": _object("data _links", {"data": _list(_ref("McpServer")), "_links": _LINKS}, closed=True),
    "McpServerRegistration": _object(
        "resourceUrl",
        {
            "resourceUrl": _HTTPS,
            "displayName": _or_null({"type": "string", "maxLength": 255}),
            "description": _or_null(_TEXT),
            "discoveryType": {"enum": ["DISCOVERABLE", "MANUAL"]},
        },
        closed=True,
    ),
    "McpServerPatch": _object(
        "",
        {"displayName": _or_null({"type": "string", "maxLength": 255}), "description": _or_null(_TEXT)},
        closed=True,
    ),
    "Attached": _object(
        "id orn type issuer status created lastUpdated _links",
        {
            "id": {"type": "string", "pattern": "^(aus|eas)[a-zA-Z0-9]{17}$"},
            "orn": _TEXT,
            "type": {"enum": ["OKTA", "EXTERNAL"]},
            "issuer": _URL,
            "status": _STATUS,
            "authorizationEndpoint": _URL,
            "tokenEndpoint": _URL,
            "grantTypesSupported": _GRANT_TYPES,
            "detectedMetadata": _object(
                "",
                {
                    "tokenEndpoint": _URL,
                    "grantTypesSupported": _list(_TEXT),
                    "identityChainingRequestedTokenTypesSupported": _list(_TEXT),
                    "resourceName": _TEXT,
                },
                closed=True,
            ),
            "created": _TIME,
            "lastUpdated": _TIME,
            "_links": _LINKS,
        },
        closed=True,
    ),
    "AttachedList": _object("data _links", {"data": _list(_ref("Attached")), "_links": _LINKS}, closed=True),
    "AttachRequest": {
        "oneOf": [
            _object("type orn", {"type": {"const": "OKTA"}, "orn": _NAME}, closed=True),
            _object(
                "type issuer",
                {
                    "type": {"const": "EXTERNAL"},
                    "issuer": _HTTPS,
                    "authorizationEndpoint": _or_null(_HTTPS),
                    "tokenEndpoint": _or_null(_HTTPS),
                    "grantTypesSupported": _or_null(_GRANT_TYPES),
                },
                closed=True,
            ),
        ]
    },
    "AttachPatch": _object(
        "",
        {
            "authorizationEndpoint": _or_null(_HTTPS),
            "tokenEndpoint": _or_null(_HTTPS),
            "grantTypesSupported": _or_null(_GRANT_TYPES),
        },
        closed=True,
    ),
    "Operation": _object(
        "id type status created",
        {
            "id": {"type": "string", "pattern": "^op-[0-9a-f]{8}$"},
            "type": _TEXT,
            "status": {"enum": ["SCHEDULED", "IN_PROGRESS", "COMPLETED", "FAILED"]},
            "created": _TIME,
            "started": _TIME,
            "completed": _TIME,
            "resource": _object(
                "id type status _links", {"id": _TEXT, "type": _TEXT, "status": _TEXT, "_links": _LINKS}, closed=True
            ),
            "errorDetails": _object("code message", {"code": _TEXT, "message": _TEXT}, closed=True),
            "_links": _LINKS,
        },
        closed=True,
    ),
}

_SIGNING = _object(
    "kid rotationMode lastRotated use",
    {
        "kid": _TEXT,
        "rotationMode": {"enum": ["AUTO", "MANUAL"]},
        "lastRotated": _TIME,
        "nextRotation": _TIME,
        "use": {"const": "sig"},
    },
)
_CUSTOM_FIELDS: Mapping[str, Schema] = {
    "name": _NAME,
    "description": _TEXT,
    "audiences": _list({"type": "string", "minLength": 1}, minItems=1, maxItems=1),
    "issuerMode": {"enum": ["ORG_URL", "CUSTOM_URL", "DYNAMIC"]},
    "jwks": _OBJECT,
    "accessTokenEncryptedResponseAlgorithm": _TEXT,
}
_JWK: Mapping[str, Schema] = {"kty": _TEXT, "alg": _TEXT, "use": _TEXT, "e": _TEXT, "n": _TEXT, "kid": _TEXT}
_CUSTOM: Mapping[str, Schema] = {
    "CustomServerInput": _object("name audiences", {**_CUSTOM_FIELDS, "jwks_uri": _HTTPS}),
    "CustomServer": _object(
        "id name audiences issuer status credentials created lastUpdated _links",
        {
            **_CUSTOM_FIELDS,
            "id": {"type": "string", "pattern": "^aus[a-zA-Z0-9]{17}$"},
            "jwks_uri": _URL,
            "issuer": _URL,
            "status": _ON_OFF,
            "credentials": _object("signing", {"signing": _SIGNING}),
            "created": _TIME,
            "lastUpdated": _TIME,
            "_links": _LINKS,
        },
        closed=True,
    ),
    "KeyRotation": _object("use", {"use": {"const": "sig"}}),
    "Key": _object("kid status", {**_JWK, "status": {"enum": ["ACTIVE", "NEXT", "EXPIRED"]}}, closed=True),
    "KeySet": _object("keys", {"keys": _list(_object("kid", _JWK, closed=True))}, closed=True),
    "Association": _object("trusted", {"trusted": _list(_NAME, minItems=1, uniqueItems=True)}),
    "Metadata": _object(
        "issuer token_endpoint", {"issuer": _URL, "token_endpoint": _URL, "scopes_supported": _list(_TEXT)}
    ),
}

_SCOPE_FIELDS: Mapping[str, Schema] = {
    "name": {"type": "string", "pattern": r"^[\x21\x23-\x5b\x5d-\x7e]{1,256}$"},
    "displayName": _TEXT,
    "description": _TEXT,
    "consent": {"enum": ["IMPLICIT", "REQUIRED", "FLEXIBLE"]},
    "default": _BOOLEAN,
    "metadataPublish": {"enum": ["NO_CLIENTS", "ALL_CLIENTS"]},
    "optional": _BOOLEAN,
}
_CLAIM_FIELDS: Mapping[str, Schema] = {
    "name": _NAME,
    "claimType": {"enum": ["RESOURCE", "IDENTITY"]},
    "value": {"type": "string", "minLength": 1, "pattern": r"\S"},
    "alwaysIncludeInToken": _BOOLEAN,
    "conditions": _object("", {"scopes": _list({"type": "string", "minLength": 1}, uniqueItems=True)}),
    "status": _ON_OFF,
}
_INCLUDE = _object("", {"include": _list({"type": "string", "minLength": 1}, uniqueItems=True)})
_SOME = _object("include", {"include": _list({"type": "string", "minLength": 1}, uniqueItems=True, minItems=1)})
_POLICY_FIELDS: Mapping[str, Schema] = {
    "type": {"const": "OAUTH_AUTHORIZATION_POLICY"},
    "name": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S"},
    "description": _NAME,
    "priority": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "conditions": _object("", {"clients": _INCLUDE}),
}
_TOKEN = _object(
    "",
    {
        "accessTokenLifetimeMinutes": {"type": "integer", "minimum": 5, "maximum": 1440},
        "refreshTokenLifetimeMinutes": {"type": "integer", "minimum": 0, "maximum": 2_628_000},
        "refreshTokenWindowMinutes": {"type": "integer", "minimum": 10, "maximum": 2_628_000},
    },
)
_RULE_FIELDS: Mapping[str, Schema] = {
    "type": {"const": "RESOURCE_ACCESS"},
    "name": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S"},
    "priority": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "conditions": _object("grantTypes", {"grantTypes": _SOME, "people": _OBJECT, "scopes": _INCLUDE}),
    "actions": _object("", {"token": _TOKEN}),
}
_MADE: Mapping[str, Schema] = {"id": _TEXT, "system": _BOOLEAN, "_links": _LINKS}
_DATED: Mapping[str, Schema] = {**_MADE, "status": _ON_OFF, "created": _TIME, "lastUpdated": _TIME}
_GROUP_FILTER: Schema = {"enum": ["STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"]}

_PARTS: Mapping[str, Schema] = {
    "ScopeInput": _object("name", _SCOPE_FIELDS),
    "Scope": _object("id name system _links", {**_SCOPE_FIELDS, **_MADE}, closed=True),
    "ClaimInput": {
        "oneOf": [
            _object("name value", {**_CLAIM_FIELDS, "valueType": {"enum": ["EXPRESSION", "SYSTEM"]}}),
            _object(
                "name value valueType group_filter_type",
                {**_CLAIM_FIELDS, "valueType": {"const": "GROUPS"}, "group_filter_type": _GROUP_FILTER},
            ),
        ]
    },
    "Claim": _object(
        "id name system _links",
        {
            **_CLAIM_FIELDS,
            "valueType": {"enum": ["EXPRESSION", "GROUPS", "SYSTEM"]},
            "group_filter_type": _GROUP_FILTER,
            **_MADE,
        },
        closed=True,
    ),
    "PolicyInput": _object("name description", _POLICY_FIELDS),
    "Policy": _object("id name system status priority _links", {**_POLICY_FIELDS, **_DATED}, closed=True),
    "RuleInput": _object("name conditions", _RULE_FIELDS),
    "Rule": _object("id name system status priority _links", {**_RULE_FIELDS, **_DATED}, closed=True),
}

_OWN: Mapping[str, Schema] = {
    "LogEvent": _object(
        "uuid published eventType version severity actor outcome target debugContext",
        {
            "uuid": _TEXT,
            "published": _TIME,
            "eventType": _TEXT,
            "severity": {"enum": ["INFO", "WARN"]},
            "actor": _OBJECT,
            "outcome": _object("result", {"result": {"enum": ["SUCCESS", "FAILURE"]}, "reason": _TEXT}),
            "target": _list(_OBJECT),
        },
    ),
    "Health": _object("status organisation", {"status": {"const": "ok"}, "organisation": _TEXT}, closed=True),
    "Switch": _object("name value default values row description", {"name": _TEXT, "value": _TEXT, "default": _TEXT}),
    "RefreshRequest": _object("", {"id": _TEXT}, closed=True),
    "RefreshResult": _object("data", {"data": _list(_ref("McpServer"))}, closed=True),
    "RequestCounts": _object(
        "total reads writes families", {"total": _COUNT, "reads": _COUNT, "writes": _COUNT, "families": _OBJECT}
    ),
    "Description": _object("openapi paths", {"openapi": _TEXT, "paths": _OBJECT}),
}

SCHEMAS: Mapping[str, Schema] = {**_ERRORS, **_MCP_SERVERS, **_CUSTOM, **_PARTS, **_OWN}
