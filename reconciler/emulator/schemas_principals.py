"""Component schemas of agents, connections, links and clients (okta-api §1.7 to §1.10)."""

from collections.abc import Mapping

from .connections import TYPES
from .schema_words import HTTPS, LINKS, NAME, OBJECT, ON_OFF, TEXT, TIME, URL, Schema, a_list, an_object, or_null, ref

_TIMES: Mapping[str, Schema] = {"created": TIME, "lastUpdated": TIME}
_AGENT_NAME: Schema = {"type": "string", "minLength": 3, "maxLength": 255, "pattern": r"\S"}
_ORNS = a_list({"type": "string", "pattern": "^orn:.+$"}, minItems=1, uniqueItems=True)
_ORN = an_object("orn", {"orn": NAME})
_CONDITION: Schema = {"enum": ["ALL_SCOPES", "INCLUDE_ONLY", "EXCLUDE"]}
_SCOPES = a_list({"type": "string", "minLength": 1}, uniqueItems=True)


def _page(of: str) -> Schema:
    return an_object("data _links", {"data": a_list(ref(of)), "_links": LINKS}, closed=True)


_AGENTS: Mapping[str, Schema] = {
    "Agent": an_object(
        "id status profile created lastUpdated _links",
        {
            **_TIMES,
            "id": {"type": "string", "pattern": "^wlp[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "status": {"enum": ["STAGED", "ACTIVE", "INACTIVE"]},
            "profile": an_object("name", {"name": TEXT, "description": TEXT}, closed=True),
            "appId": TEXT,
            "signOnProvider": an_object("type appInstanceId", {"type": TEXT, "appInstanceId": TEXT}, closed=True),
            "_links": LINKS,
        },
        closed=True,
    ),
    "AgentList": _page("Agent"),
    "AgentRegistration": an_object(
        "profile",
        {
            "profile": an_object("name", {"name": _AGENT_NAME, "description": or_null(TEXT)}, closed=True),
            "appId": NAME,
            "signOnProvider": an_object("type", {"type": {"const": "NEW_OIDC_APP"}}, closed=True),
        },
        closed=True,
    ),
    "AgentWrite": an_object(
        "profile",
        {"profile": an_object("name", {"name": _AGENT_NAME, "description": or_null(TEXT)}, closed=True)},
        closed=True,
    ),
    "AgentPatch": an_object(
        "",
        {"profile": an_object("", {"name": _AGENT_NAME, "description": or_null(TEXT)}, closed=True)},
        closed=True,
    ),
    "Owners": an_object("resourceOrns principalOrns", {"resourceOrns": _ORNS, "principalOrns": _ORNS}),
    "Client": an_object("client_id client_name", {"client_id": TEXT, "client_name": TEXT}),
    "ClientKeyList": _page("ClientKey"),
    "OperationList": _page("Operation"),
}

_CONNECTIONS: Mapping[str, Schema] = {
    "Connection": an_object(
        "id orn connectionType status scopeCondition scopes _links",
        {
            "id": {"type": "string", "pattern": "^mcn[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "connectionType": {"enum": list(TYPES)},
            "status": ON_OFF,
            "resource": OBJECT,
            "authorizationServer": an_object("orn", {"orn": TEXT, "name": TEXT, "issuerUrl": URL}, closed=True),
            "issuerUrl": URL,
            "scopeCondition": _CONDITION,
            "scopes": a_list(TEXT),
            "resourceIndicator": TEXT,
            "_links": LINKS,
        },
        closed=True,
    ),
    "ConnectionList": _page("Connection"),
    "ConnectionInput": an_object(
        "connectionType",
        {
            "connectionType": {"enum": list(TYPES)},
            "resource": _ORN,
            "authorizationServer": _ORN,
            "issuerUrl": HTTPS,
            "scopeCondition": _CONDITION,
            "scopes": _SCOPES,
            "resourceIndicator": or_null(TEXT),
        },
        closed=True,
    ),
    "ConnectionPatch": an_object(
        "",
        {"scopeCondition": _CONDITION, "scopes": _SCOPES, "issuerUrl": HTTPS, "resourceIndicator": or_null(TEXT)},
        closed=True,
    ),
    "PotentialConnectionList": an_object(
        "data _links",
        {"data": a_list(an_object("connectionType resource", {"resource": OBJECT})), "_links": LINKS},
        closed=True,
    ),
    "DelegationLink": an_object(
        "id from to created lastUpdated _links",
        {
            **_TIMES,
            "id": {"type": "string", "pattern": "^dlk[a-zA-Z0-9]{17}$"},
            "from": an_object("type clientOrn tokenType", {"type": TEXT, "clientOrn": TEXT, "tokenType": TEXT}),
            "to": an_object("resourceOrn authorizationServerOrn", {"resourceOrn": TEXT}),
            "_links": LINKS,
        },
        closed=True,
    ),
    "LinkList": _page("DelegationLink"),
    "LinkInput": an_object(
        "from to",
        {
            "from": an_object(
                "clientOrn",
                {
                    "type": {"const": "OKTA_AUTHORIZATION_SERVER"},
                    "clientOrn": NAME,
                    "tokenType": {"enum": ["ACCESS_TOKEN", "ID_TOKEN"]},
                },
                closed=True,
            ),
            "to": an_object("resourceOrn", {"resourceOrn": NAME}, closed=True),
        },
        closed=True,
    ),
}

PRINCIPALS: Mapping[str, Schema] = {**_AGENTS, **_CONNECTIONS}
