"""Component schemas of custom authorization servers and their parts (okta-api §1.6)."""

from collections.abc import Mapping

from .schema_words import BOOLEAN, HTTPS, LINKS, NAME, OBJECT, ON_OFF, TEXT, TIME, URL, Schema, a_list, an_object

_SIGNING = an_object(
    "kid rotationMode lastRotated use",
    {
        "kid": TEXT,
        "rotationMode": {"enum": ["AUTO", "MANUAL"]},
        "lastRotated": TIME,
        "nextRotation": TIME,
        "use": {"const": "sig"},
    },
)
_CUSTOM_FIELDS: Mapping[str, Schema] = {
    "name": NAME,
    "description": TEXT,
    "audiences": a_list({"type": "string", "minLength": 1}, minItems=1, maxItems=1),
    "issuerMode": {"enum": ["ORG_URL", "CUSTOM_URL", "DYNAMIC"]},
    "jwks": OBJECT,
    "accessTokenEncryptedResponseAlgorithm": TEXT,
}
_JWK: Mapping[str, Schema] = {"kty": TEXT, "alg": TEXT, "use": TEXT, "e": TEXT, "n": TEXT, "kid": TEXT}
CUSTOM: Mapping[str, Schema] = {
    "CustomServerInput": an_object("name audiences", {**_CUSTOM_FIELDS, "jwks_uri": HTTPS}),
    "CustomServer": an_object(
        "id name audiences issuer status credentials created lastUpdated _links",
        {
            **_CUSTOM_FIELDS,
            "id": {"type": "string", "pattern": "^aus[a-zA-Z0-9]{17}$"},
            "jwks_uri": URL,
            "issuer": URL,
            "status": ON_OFF,
            "credentials": an_object("signing", {"signing": _SIGNING}),
            "created": TIME,
            "lastUpdated": TIME,
            "_links": LINKS,
        },
        closed=True,
    ),
    "KeyRotation": an_object("use", {"use": {"const": "sig"}}),
    "Key": an_object("kid status", {**_JWK, "status": {"enum": ["ACTIVE", "NEXT", "EXPIRED"]}}, closed=True),
    "KeySet": an_object("keys", {"keys": a_list(an_object("kid", _JWK, closed=True))}, closed=True),
    "Association": an_object("trusted", {"trusted": a_list(NAME, minItems=1, uniqueItems=True)}),
    "Metadata": an_object(
        "issuer token_endpoint", {"issuer": URL, "token_endpoint": URL, "scopes_supported": a_list(TEXT)}
    ),
}

_SCOPE_FIELDS: Mapping[str, Schema] = {
    "name": {"type": "string", "pattern": r"^[\x21\x23-\x5b\x5d-\x7e]{1,256}$"},
    "displayName": TEXT,
    "description": TEXT,
    "consent": {"enum": ["IMPLICIT", "REQUIRED", "FLEXIBLE"]},
    "default": BOOLEAN,
    "metadataPublish": {"enum": ["NO_CLIENTS", "ALL_CLIENTS"]},
    "optional": BOOLEAN,
}
_CLAIM_FIELDS: Mapping[str, Schema] = {
    "name": NAME,
    "claimType": {"enum": ["RESOURCE", "IDENTITY"]},
    "value": {"type": "string", "minLength": 1, "pattern": r"\S"},
    "alwaysIncludeInToken": BOOLEAN,
    "conditions": an_object("", {"scopes": a_list({"type": "string", "minLength": 1}, uniqueItems=True)}),
    "status": ON_OFF,
}
_INCLUDE = an_object("", {"include": a_list({"type": "string", "minLength": 1}, uniqueItems=True)})
_SOME = an_object("include", {"include": a_list({"type": "string", "minLength": 1}, uniqueItems=True, minItems=1)})
_POLICY_FIELDS: Mapping[str, Schema] = {
    "type": {"const": "OAUTH_AUTHORIZATION_POLICY"},
    "name": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S"},
    "description": NAME,
    "priority": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "conditions": an_object("", {"clients": _INCLUDE}),
}
_TOKEN = an_object(
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
    "conditions": an_object("grantTypes", {"grantTypes": _SOME, "people": OBJECT, "scopes": _INCLUDE}),
    "actions": an_object("", {"token": _TOKEN}),
}
_MADE: Mapping[str, Schema] = {"id": TEXT, "system": BOOLEAN, "_links": LINKS}
_DATED: Mapping[str, Schema] = {**_MADE, "status": ON_OFF, "created": TIME, "lastUpdated": TIME}
_GROUP_FILTER: Schema = {"enum": ["STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"]}

PARTS: Mapping[str, Schema] = {
    "ScopeInput": an_object("name", _SCOPE_FIELDS),
    "Scope": an_object("id name system _links", {**_SCOPE_FIELDS, **_MADE}, closed=True),
    "ClaimInput": {
        "oneOf": [
            an_object("name value", {**_CLAIM_FIELDS, "valueType": {"enum": ["EXPRESSION", "SYSTEM"]}}),
            an_object(
                "name value valueType group_filter_type",
                {**_CLAIM_FIELDS, "valueType": {"const": "GROUPS"}, "group_filter_type": _GROUP_FILTER},
            ),
        ]
    },
    "Claim": an_object(
        "id name system _links",
        {
            **_CLAIM_FIELDS,
            "valueType": {"enum": ["EXPRESSION", "GROUPS", "SYSTEM"]},
            "group_filter_type": _GROUP_FILTER,
            **_MADE,
        },
        closed=True,
    ),
    "PolicyInput": an_object("name description", _POLICY_FIELDS),
    "Policy": an_object("id name system status priority _links", {**_POLICY_FIELDS, **_DATED}, closed=True),
    "RuleInput": an_object("name conditions", _RULE_FIELDS),
    "Rule": an_object("id name system status priority _links", {**_RULE_FIELDS, **_DATED}, closed=True),
}
