"""What an administrator may write into a custom authorization server and its parts (okta-api §1.6).

These are families of `/api/v1`: properties that they do not know are ignored, not refused.
"""

import re
from collections.abc import Mapping
from typing import Any

from . import bodies
from .custom_parts import Shape
from .errors import invalid

_SCOPE_NAME = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
"""RFC 6749 section 3.3, scope-token."""
_TOKEN_DEFAULTS = {
    "accessTokenLifetimeMinutes": 60,
    "refreshTokenLifetimeMinutes": 0,
    "refreshTokenWindowMinutes": 10080,
}


def custom_server(body: Mapping[str, Any], longest_name: int) -> tuple[str, dict[str, Any]]:
    """Name and document of an authorization server."""
    name = bodies.required_text(body, "name", at_most=longest_name)
    audiences = bodies.texts(body, "audiences")
    if audiences is None or len(audiences) != 1:
        raise invalid("audiences", "Exactly one audience is supported")
    said = {
        "description": bodies.text(body, "description"),
        "audiences": list(audiences),
        "issuerMode": bodies.choice(body, "issuerMode", ("ORG_URL", "CUSTOM_URL", "DYNAMIC", ""), "") or None,
        "jwks": _object(body, "jwks") or None,
        "jwks_uri": bodies.url(body, "jwks_uri", loopback_http=True),
        "accessTokenEncryptedResponseAlgorithm": bodies.text(body, "accessTokenEncryptedResponseAlgorithm"),
    }
    return name, {key: value for key, value in said.items() if value is not None}


def rotation_mode(body: Mapping[str, Any], default: str) -> str:
    signing = _object(_object(body, "credentials"), "signing")
    return bodies.choice(signing, "rotationMode", ("AUTO", "MANUAL"), default)


def scope(body: Mapping[str, Any]) -> Shape:
    name = bodies.required_text(body, "name")
    if not _SCOPE_NAME.fullmatch(name):
        raise invalid("name", "The field contains characters that a scope cannot have")
    said = {
        "displayName": bodies.text(body, "displayName"),
        "description": bodies.text(body, "description"),
        "consent": bodies.choice(body, "consent", ("IMPLICIT", "REQUIRED", "FLEXIBLE"), "IMPLICIT"),
        "default": bodies.flag(body, "default", default=False),
        "metadataPublish": bodies.choice(body, "metadataPublish", ("NO_CLIENTS", "ALL_CLIENTS"), "NO_CLIENTS"),
        "optional": bodies.flag(body, "optional", default=False),
    }
    return Shape(name, {key: value for key, value in said.items() if value is not None})


def claim(body: Mapping[str, Any]) -> Shape:
    name = bodies.required_text(body, "name", at_most=255)
    kind = bodies.choice(body, "claimType", ("RESOURCE", "IDENTITY"), "RESOURCE")
    value_type = bodies.choice(body, "valueType", ("EXPRESSION", "GROUPS", "SYSTEM"), "EXPRESSION")
    filters = ("STARTS_WITH", "EQUALS", "CONTAINS", "REGEX")
    if value_type == "GROUPS" and body.get("group_filter_type") not in filters:
        raise invalid("group_filter_type", f"The field must be one of {', '.join(filters)}")
    said = {
        "claimType": kind,
        "valueType": value_type,
        "value": bodies.required_text(body, "value"),
        "group_filter_type": body["group_filter_type"] if value_type == "GROUPS" else None,
        "alwaysIncludeInToken": bodies.flag(body, "alwaysIncludeInToken", default=False),
        "conditions": {"scopes": list(bodies.texts(_object(body, "conditions"), "scopes") or ())},
    }
    status = bodies.choice(body, "status", ("ACTIVE", "INACTIVE"), "ACTIVE")
    return Shape(f"{kind}:{name}", {key: value for key, value in said.items() if value is not None}, status)


def policy(body: Mapping[str, Any]) -> Shape:
    clients = _include(_object(body, "conditions"), "clients") or ["ALL_CLIENTS"]
    document = {
        "type": bodies.choice(body, "type", ("OAUTH_AUTHORIZATION_POLICY",), "OAUTH_AUTHORIZATION_POLICY"),
        "description": bodies.required_text(body, "description", at_most=255),
        "conditions": {"clients": {"include": clients}},
    }
    name = bodies.required_text(body, "name", at_most=100)
    return Shape(name, document, priority=bodies.number(body, "priority", 1, 10_000))


def rule(body: Mapping[str, Any]) -> Shape:
    conditions = _object(body, "conditions")
    grants = _include(conditions, "grantTypes")
    if not grants:
        raise invalid("conditions.grantTypes.include", "The field cannot be left blank")
    document = {
        "type": bodies.choice(body, "type", ("RESOURCE_ACCESS",), "RESOURCE_ACCESS"),
        "conditions": {
            "people": _object(conditions, "people") or {"groups": {"include": ["EVERYONE"]}},
            "grantTypes": {"include": grants},
            "scopes": {"include": _include(conditions, "scopes") or ["*"]},
        },
        "actions": {"token": _token(_object(_object(body, "actions"), "token"))},
    }
    name = bodies.required_text(body, "name", at_most=100)
    return Shape(name, document, priority=bodies.number(body, "priority", 1, 10_000))


def _token(body: Mapping[str, Any]) -> dict[str, int]:
    said = {
        "accessTokenLifetimeMinutes": bodies.number(body, "accessTokenLifetimeMinutes", 5, 1440),
        "refreshTokenLifetimeMinutes": bodies.number(body, "refreshTokenLifetimeMinutes", 0, 2_628_000),
        "refreshTokenWindowMinutes": bodies.number(body, "refreshTokenWindowMinutes", 10, 2_628_000),
    }
    return _TOKEN_DEFAULTS | {key: value for key, value in said.items() if value is not None}


def _include(body: Mapping[str, Any], name: str) -> list[str]:
    return list(bodies.texts(_object(body, name), "include") or ())


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name, "The field must be an object")
    return value
