"""Component schemas of the description: what is read and written, field by field (okta-api §1, §2)."""

from collections.abc import Mapping

from .faults import FAULTS
from .roles import ROLES
from .schema_words import (
    COUNT,
    GRANT_TYPES,
    HTTPS,
    LINKS,
    NAME,
    OBJECT,
    STATUS,
    TEXT,
    TIME,
    URL,
    Schema,
    a_list,
    an_object,
    or_null,
    ref,
)
from .schemas_clients import CLIENTS
from .schemas_custom import CUSTOM, PARTS
from .schemas_principals import PRINCIPALS

_ERRORS: Mapping[str, Schema] = {
    "Error": an_object(
        "errorCode errorSummary errorLink errorId errorCauses",
        {
            "errorCode": {"type": "string", "pattern": "^E[0-9]{7}$"},
            "errorSummary": TEXT,
            "errorLink": TEXT,
            "errorId": TEXT,
            "errorCauses": a_list(
                an_object("errorSummary", {"errorSummary": TEXT, "reason": TEXT, "location": TEXT}, closed=True)
            ),
        },
        closed=True,
    ),
}

_MCP_SERVERS: Mapping[str, Schema] = {
    "McpServer": an_object(
        "id orn resourceUrl status metadata authorizationServerCount created lastUpdated _links",
        {
            "id": {"type": "string", "pattern": "^ems[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "resourceUrl": URL,
            "status": STATUS,
            "discoveryType": {"enum": ["DISCOVERABLE", "MANUAL"]},
            "metadata": an_object("", {"displayName": TEXT, "description": TEXT}, closed=True),
            "detectedMetadata": an_object(
                "scopesSupported lastRefreshedAt",
                {"resourceName": TEXT, "scopesSupported": a_list(TEXT), "lastRefreshedAt": TIME},
                closed=True,
            ),
            "authorizationServerCount": COUNT,
            "oauthClient": an_object(
                "clientId orn status tokenEndpointAuthMethod grantTypes connectionCount",
                {"clientId": TEXT, "orn": TEXT, "status": TEXT, "grantTypes": a_list(TEXT), "connectionCount": COUNT},
            ),
            "created": TIME,
            "lastUpdated": TIME,
            "_links": LINKS,
        },
        closed=True,
    ),
    "McpServerList": an_object("data _links", {"data": a_list(ref("McpServer")), "_links": LINKS}, closed=True),
    "McpServerRegistration": an_object(
        "resourceUrl",
        {
            "resourceUrl": HTTPS,
            "displayName": or_null({"type": "string", "maxLength": 255}),
            "description": or_null(TEXT),
            "discoveryType": {"enum": ["DISCOVERABLE", "MANUAL"]},
        },
        closed=True,
    ),
    "McpServerPatch": an_object(
        "",
        {"displayName": or_null({"type": "string", "maxLength": 255}), "description": or_null(TEXT)},
        closed=True,
    ),
    "Attached": an_object(
        "id orn type issuer status created lastUpdated _links",
        {
            "id": {"type": "string", "pattern": "^(aus|eas)[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "type": {"enum": ["OKTA", "EXTERNAL"]},
            "issuer": URL,
            "status": STATUS,
            "authorizationEndpoint": URL,
            "tokenEndpoint": URL,
            "grantTypesSupported": GRANT_TYPES,
            "detectedMetadata": an_object(
                "",
                {
                    "tokenEndpoint": URL,
                    "grantTypesSupported": a_list(TEXT),
                    "identityChainingRequestedTokenTypesSupported": a_list(TEXT),
                    "resourceName": TEXT,
                },
                closed=True,
            ),
            "created": TIME,
            "lastUpdated": TIME,
            "_links": LINKS,
        },
        closed=True,
    ),
    "AttachedList": an_object("data _links", {"data": a_list(ref("Attached")), "_links": LINKS}, closed=True),
    "AttachRequest": {
        "oneOf": [
            an_object("type orn", {"type": {"const": "OKTA"}, "orn": NAME}, closed=True),
            an_object(
                "type issuer",
                {
                    "type": {"const": "EXTERNAL"},
                    "issuer": HTTPS,
                    "authorizationEndpoint": or_null(HTTPS),
                    "tokenEndpoint": or_null(HTTPS),
                    "grantTypesSupported": or_null(GRANT_TYPES),
                },
                closed=True,
            ),
        ]
    },
    "AttachPatch": an_object(
        "",
        {
            "authorizationEndpoint": or_null(HTTPS),
            "tokenEndpoint": or_null(HTTPS),
            "grantTypesSupported": or_null(GRANT_TYPES),
        },
        closed=True,
    ),
    "Operation": an_object(
        "id type status created",
        {
            "id": {"type": "string", "pattern": "^op-[0-9a-f]{8}$"},
            "type": TEXT,
            "status": {"enum": ["SCHEDULED", "IN_PROGRESS", "COMPLETED", "FAILED"]},
            "created": TIME,
            "started": TIME,
            "completed": TIME,
            "resource": an_object(
                "id type status _links", {"id": TEXT, "type": TEXT, "status": TEXT, "_links": LINKS}, closed=True
            ),
            "errorDetails": an_object("code message", {"code": TEXT, "message": TEXT}, closed=True),
            "_links": LINKS,
        },
        closed=True,
    ),
}

_OWN: Mapping[str, Schema] = {
    "LogEvent": an_object(
        "uuid published eventType version severity actor outcome target debugContext",
        {
            "uuid": TEXT,
            "published": TIME,
            "eventType": TEXT,
            "severity": {"enum": ["INFO", "WARN"]},
            "actor": OBJECT,
            "outcome": an_object("result", {"result": {"enum": ["SUCCESS", "FAILURE"]}, "reason": TEXT}),
            "target": a_list(OBJECT),
        },
    ),
    "Health": an_object("status organisation", {"status": {"const": "ok"}, "organisation": TEXT}, closed=True),
    "Switch": an_object("name value default values row description", {"name": TEXT, "value": TEXT, "default": TEXT}),
    "Fault": an_object(
        "name description origin method path armed", {"name": TEXT, "description": TEXT, "armed": a_list(OBJECT)}
    ),
    "FaultRequest": an_object(
        "name",
        {
            "name": {"enum": [fault.name for fault in FAULTS]},
            "at": {"type": "integer", "minimum": 1, "maximum": 1000},
            "times": {"type": "integer", "minimum": 1, "maximum": 1000},
            "method": NAME,
            "path": NAME,
            "seconds": {"type": "number", "minimum": 0, "maximum": 3600},
        },
        closed=True,
    ),
    "ArmedFault": an_object(
        "id name method path at times seconds matched fired", {"id": TEXT, "name": TEXT, "fired": COUNT}
    ),
    "Roles": an_object("roles", {"roles": a_list({"enum": list(ROLES)}, uniqueItems=True)}, closed=True),
    "RefreshRequest": an_object("", {"id": TEXT}, closed=True),
    "RefreshResult": an_object("data", {"data": a_list(ref("McpServer"))}, closed=True),
    "RequestCounts": an_object(
        "total reads writes families", {"total": COUNT, "reads": COUNT, "writes": COUNT, "families": OBJECT}
    ),
    "Description": an_object("openapi paths", {"openapi": TEXT, "paths": OBJECT}),
}

SCHEMAS: Mapping[str, Schema] = {**_ERRORS, **_MCP_SERVERS, **CUSTOM, **PARTS, **CLIENTS, **PRINCIPALS, **_OWN}
