"""Component schemas of client auth settings, apps, secrets, keys and grants (okta-api §1.4, §1.5)."""

from collections.abc import Mapping
from typing import Any

from .schema_words import (
    BOOLEAN,
    HTTPS,
    LINKS,
    NAME,
    ON_OFF,
    TEXT,
    TIME,
    URL,
    Schema,
    a_list,
    an_object,
    or_null,
    ref,
)

_TIMES: Mapping[str, Schema] = {"created": TIME, "lastUpdated": TIME}
_SCOPES = a_list({"type": "string", "minLength": 1}, uniqueItems=True)
_SETTINGS_FIXED: Mapping[str, Schema] = {
    "resourceServerOrn": NAME,
    "authorizationServerOrn": NAME,
    "registrationType": {"enum": ["MANUAL", "DYNAMIC"]},
    "clientId": NAME,
    "purpose": {"type": "string", "pattern": "^[A-Z][A-Z_]*$"},
}
_SETTINGS: Mapping[str, Schema] = {
    "ClientAuthSettings": an_object(
        "id orn resourceServerOrn authorizationServerOrn name registrationType clientId scopes created lastUpdated"
        " _links",
        {
            **_SETTINGS_FIXED,
            **_TIMES,
            "id": {"type": "string", "pattern": "^rsc[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "name": TEXT,
            "scopes": a_list(TEXT),
            "_links": LINKS,
        },
        closed=True,
    ),
    "ClientAuthSettingsList": an_object(
        "data _links", {"data": a_list(ref("ClientAuthSettings")), "_links": LINKS}, closed=True
    ),
    "ClientAuthSettingsInput": an_object(
        "resourceServerOrn name",
        {**_SETTINGS_FIXED, "name": NAME, "clientSecret": NAME, "scopes": _SCOPES},
        closed=True,
    ),
    "ClientAuthSettingsPatch": an_object("", {"name": NAME, "clientSecret": NAME, "scopes": _SCOPES}, closed=True),
}

_AUTH_METHOD: Schema = {
    "enum": ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
}
_GRANTS = a_list(
    {
        "enum": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "implicit",
            "password",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ]
    },
    minItems=1,
    uniqueItems=True,
)
_KEY: Mapping[str, Schema] = {
    **dict.fromkeys(("kid", "alg", "n", "e", "x", "y", "crv"), TEXT),
    "kty": {"enum": ["RSA", "EC"]},
    "use": {"const": "sig"},
}
_CREDENTIALS: Mapping[str, Schema] = {
    "client_id": {"type": "string", "minLength": 6, "maxLength": 100},
    "token_endpoint_auth_method": _AUTH_METHOD,
    "pkce_required": BOOLEAN,
    "autoKeyRotation": BOOLEAN,
}
_APP_SECRET: Schema = {"type": "string", "minLength": 14, "maxLength": 100}
_CLIENT: Mapping[str, Schema] = {
    "application_type": {"enum": ["web", "native", "browser", "service"]},
    "grant_types": _GRANTS,
    "redirect_uris": a_list(HTTPS, uniqueItems=True),
    "response_types": a_list({"enum": ["code", "token", "id_token"]}, uniqueItems=True),
    "consent_method": {"enum": ["TRUSTED", "REQUIRED"]},
    "dpop_bound_access_tokens": BOOLEAN,
    "jwks": an_object("keys", {"keys": a_list(an_object("kty", _KEY))}),
}


def _app(credentials: Mapping[str, Schema], settings: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "name": {"const": "oidc_client"},
        "signOnMode": {"const": "OPENID_CONNECT"},
        "label": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S"},
        "credentials": an_object("", {"oauthClient": an_object("", credentials)}),
        "settings": an_object("oauthClient", {"oauthClient": an_object("grant_types", settings)}),
    }


_APPS: Mapping[str, Schema] = {
    "App": an_object(
        "id orn name signOnMode label status credentials settings created lastUpdated _links",
        {
            **_app({**_CREDENTIALS, "client_secret": _APP_SECRET}, {**_CLIENT, "jwks_uri": URL}),
            **_TIMES,
            "id": {"type": "string", "pattern": "^0oa[a-zA-Z0-9]{17}$"},
            "orn": TEXT,
            "status": ON_OFF,
            "_links": LINKS,
        },
        closed=True,
    ),
    "AppInput": an_object(
        "name signOnMode label settings",
        _app({**_CREDENTIALS, "client_secret": _APP_SECRET}, {**_CLIENT, "jwks_uri": HTTPS}),
    ),
    "Secret": an_object(
        "id client_secret secret_hash status created lastUpdated",
        {"id": TEXT, "client_secret": TEXT, "secret_hash": TEXT, "status": ON_OFF, **_TIMES},
        closed=True,
    ),
    "SecretInput": an_object("", {"client_secret": or_null(_APP_SECRET), "status": ON_OFF}),
    "ClientKey": an_object(
        "id kty kid use status created lastUpdated", {"id": TEXT, **_KEY, "status": ON_OFF, **_TIMES}, closed=True
    ),
    "ClientKeyInput": an_object("kty", {**_KEY, "status": ON_OFF}),
    "NewSecret": an_object("client_id client_secret", {"client_id": TEXT, "client_secret": TEXT}),
    "Grant": an_object(
        "id status scopeId issuer clientId",
        {"id": TEXT, "status": ON_OFF, "scopeId": TEXT, "issuer": URL, "clientId": TEXT, **_TIMES, "_links": LINKS},
        closed=True,
    ),
    "GrantInput": an_object(
        "scopeId issuer", {"scopeId": {"type": "string", "pattern": "^okta\\.[a-zA-Z.]+$"}, "issuer": URL}
    ),
    "TokenRequest": an_object(
        "grant_type scope client_assertion_type client_assertion",
        {
            "grant_type": {"const": "client_credentials"},
            "scope": TEXT,
            "client_assertion_type": {"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
            "client_assertion": TEXT,
        },
    ),
    "Token": an_object(
        "token_type expires_in access_token scope",
        {"token_type": {"enum": ["Bearer", "DPoP"]}, "expires_in": {"const": 3600}, "access_token": TEXT},
    ),
    "TokenRefusal": {
        "anyOf": [
            an_object("error error_description", {"error": TEXT, "error_description": TEXT}, closed=True),
            ref("Error"),
        ]
    },
    "Nothing": an_object("", {}, closed=True),
}

CLIENTS: Mapping[str, Schema] = {**_SETTINGS, **_APPS}
