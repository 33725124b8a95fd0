"""Routes of client auth settings and of apps with their secrets, keys and grants (okta-api §2.3, §2.7)."""

from __future__ import annotations

from functools import partial

from .bodies import MERGE_PATCH
from .call import Route
from .endpoints import apps, client_auth_settings, credentials, token
from .endpoints.credentials import APP_KEYS, SECRETS, Family
from .records import ACTIVE, INACTIVE

_SETTINGS = "/resource-servers/api/v1/client-auth-settings"
_ONE_SETTINGS = f"{_SETTINGS}/<settings>"
_APPS = "/api/v1/apps"
_APP = f"{_APPS}/<app>"
_PAGED = ("after", "limit")

_settings = partial(Route, family="client-auth-settings")
_FORM = "application/x-www-form-urlencoded"

_apps = partial(Route, family="apps")
_grants = partial(Route, family="grants")

_SETTINGS_ROUTES = (
    _settings(
        "GET",
        _SETTINGS,
        client_auth_settings.list_settings,
        "List client auth settings",
        gives="ClientAuthSettingsList",
        query=_PAGED,
    ),
    _settings(
        "POST",
        _SETTINGS,
        client_auth_settings.create_settings,
        "Create client auth settings",
        (201,),
        takes="ClientAuthSettingsInput",
        gives="ClientAuthSettings",
    ),
    _settings(
        "GET", _ONE_SETTINGS, client_auth_settings.read_settings, "Retrieve settings", gives="ClientAuthSettings"
    ),
    _settings(
        "PATCH",
        _ONE_SETTINGS,
        client_auth_settings.patch_settings,
        "Update settings",
        takes="ClientAuthSettingsPatch",
        gives="ClientAuthSettings",
        media_type=MERGE_PATCH,
    ),
    _settings("DELETE", _ONE_SETTINGS, client_auth_settings.delete_settings, "Delete settings", (204,)),
)


def _credentials(family: Family, every: str, schema: str) -> tuple[Route, ...]:
    each, takes, noun = f"{every}/<{family.word}>", f"{schema}Input", family.word
    on, off = credentials.setting_status(family, ACTIVE), credentials.setting_status(family, INACTIVE)
    return (
        _apps("GET", every, credentials.listing(family), f"List the {noun}s of an app", gives=f"{schema}[]"),
        _apps("POST", every, credentials.creating(family), f"Add a {noun}", (201,), takes=takes, gives=schema),
        _apps("GET", each, credentials.reading(family), f"Retrieve a {noun}", gives=schema),
        _apps("DELETE", each, credentials.deleting(family), f"Delete a {noun}", (204,)),
        _apps("POST", f"{each}/lifecycle/activate", on, f"Activate a {noun}", gives=schema),
        _apps("POST", f"{each}/lifecycle/deactivate", off, f"Deactivate a {noun}", gives=schema),
    )


_APP_ROUTES = (
    _apps("GET", _APPS, apps.list_apps, "List apps", gives="App[]", query=("q", *_PAGED)),
    _apps("POST", _APPS, apps.create_app, "Create an app", takes="AppInput", gives="App", query=("activate",)),
    _apps("GET", _APP, apps.read_app, "Retrieve an app", gives="App"),
    _apps("PUT", _APP, apps.replace_app, "Replace an app", takes="AppInput", gives="App"),
    _apps("DELETE", _APP, apps.delete_app, "Delete an app", (204,)),
    _apps("POST", f"{_APP}/lifecycle/activate", apps.set_status(ACTIVE), "Activate an app", gives="Nothing"),
    _apps("POST", f"{_APP}/lifecycle/deactivate", apps.set_status(INACTIVE), "Deactivate an app", gives="Nothing"),
    *_credentials(SECRETS, f"{_APP}/credentials/secrets", "Secret"),
    *_credentials(APP_KEYS, f"{_APP}/credentials/jwks", "ClientKey"),
    _apps(
        "POST",
        "/oauth2/v1/clients/<client>/lifecycle/newSecret",
        apps.new_secret,
        "Replace the secrets of a client by a new one",
        gives="NewSecret",
    ),
    _grants("GET", f"{_APP}/grants", apps.list_grants, "List the scopes granted to an app", gives="Grant[]"),
    _grants("POST", f"{_APP}/grants", apps.grant, "Grant a scope", (201,), takes="GrantInput", gives="Grant"),
)

_TOKEN = Route(  # okta-api §4
    "POST",
    token.PATH,
    token.issue,
    "Get a token for a service app",
    takes="TokenRequest",
    gives="Token",
    family="oauth2",
    needs_token=False,
    media_type=_FORM,
    refuses="TokenRefusal",
)

CLIENTS: tuple[Route, ...] = (*_SETTINGS_ROUTES, *_APP_ROUTES, _TOKEN)
