"""How an app travels: `/api/v1/apps` (okta-api §1.5, §2.7)."""

from urllib.parse import quote

from reconciler.core import flows
from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Resource
from reconciler.core.wire import Answer, Call, Flow, Items, Wire
from reconciler.kinds.client_app.spec import ClientAppSpec

KIND = "ClientApp"
ROOT = "/api/v1/apps"
_LABEL_TAKEN = "E0000040"
_SERVER_MADE = frozenset({"id", "orn", "status", "created", "lastUpdated", "_links", "_embedded"})
AGENTS_OWN = frozenset(
    {"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange"}
)
"""Grants that Okta adds to the app of an agent and does not let go (okta-api §5.27)."""
_CREDENTIALS = {"tokenEndpointAuthMethod": "token_endpoint_auth_method", "pkceRequired": "pkce_required"}
_SETTINGS = {
    "applicationType": "application_type",
    "grantTypes": "grant_types",
    "redirectUris": "redirect_uris",
    "dpopBoundAccessTokens": "dpop_bound_access_tokens",
}


def to_document(resource: Resource[ClientAppSpec]) -> Document:
    """The desired document: only what the author wrote, lists that are sets in one order."""
    spec = resource.spec
    return without_none(
        {
            "label": spec.label,
            "applicationType": spec.application_type,
            "grantTypes": sorted(set(spec.grant_types)),
            "redirectUris": sorted(set(spec.redirect_uris)),
            "tokenEndpointAuthMethod": spec.token_endpoint_auth_method,
            "pkceRequired": spec.pkce_required,
            "dpopBoundAccessTokens": spec.dpop_bound_access_tokens,
        }
    )


def record(raw: Document) -> Record:
    """Normalise an app; its secrets are no part of it."""
    credentials, settings = _client(raw, "credentials"), _client(raw, "settings")
    document = {
        "label": raw["label"],
        **{ours: credentials.get(theirs) for ours, theirs in _CREDENTIALS.items()},
        **{ours: settings.get(theirs) for ours, theirs in _SETTINGS.items()},
    }
    for member in ("grantTypes", "redirectUris"):
        document[member] = sorted(document[member] or [])
    return Record(
        kind=KIND,
        id=raw["id"],
        key=raw["label"],
        state=State(raw.get("status", State.ACTIVE)),
        document=without_none(document),
        facts=without_none({"id": raw["id"], "orn": raw.get("orn"), "clientId": credentials.get("client_id")}),
    )


def _client(raw: Document, part: str) -> Document:
    found: Document = (raw.get(part) or {}).get("oauthClient") or {}
    return found


def observe(live: Record, desired: Document) -> Document:
    """The live document, less the grants that an agent's app has and nobody wrote."""
    written = set(desired.get("grantTypes", ()))
    grants = [grant for grant in live.document["grantTypes"] if grant in written or grant not in AGENTS_OWN]
    return {**live.document, "grantTypes": grants}


def imagine(document: Document, app_id: str) -> Document:
    """The raw app that the document describes, as Okta makes it: ACTIVE, with a client id that is its id."""
    body = _body(document)
    body["credentials"]["oauthClient"]["client_id"] = app_id
    return {**body, "id": app_id, "status": State.ACTIVE, "orn": f"orn:okta:idp:00oImagined:apps:oidc_client:{app_id}"}


def _body(document: Document) -> Document:
    credentials = {theirs: document[ours] for ours, theirs in _CREDENTIALS.items() if ours in document}
    settings = {theirs: document[ours] for ours, theirs in _SETTINGS.items() if ours in document}
    return {
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": document["label"],
        "credentials": {"oauthClient": credentials},
        "settings": {"oauthClient": settings},
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def listing() -> Flow[list[Document]]:
    """Every OAuth client app; the organisation's other apps are none of ours."""
    items = yield from flows.every(ROOT)
    return [item for item in items if item.get("name") == "oidc_client"]


def create(document: Document) -> Flow[str]:
    """Make the app. Where Okta allows two of one label, nobody could tell them apart again, so that is refused here."""
    label = document["label"]
    namesakes: list[Document] = yield Items(f"{ROOT}?q={quote(label, safe='')}")
    if any(item["label"] == label for item in namesakes):
        raise _taken(label)
    try:
        answer: Answer = yield Call("POST", ROOT, _body(document))
    except CallRefused as error:
        if error.error_code == _LABEL_TAKEN:
            raise _taken(label) from error
        raise
    made: str = answer.body["id"]
    return made


def _taken(label: str) -> CallRefused:
    text = f"The organisation has another app with the label {label!r}; labels are unique. Choose another label here, "
    return CallRefused(f"{text}or rename or delete that app.", status=409, error_code=_LABEL_TAKEN)


def update(app_id: str, document: Document) -> Flow[None]:
    """Read, change what the document names, write the whole: `PUT` forgets what it is not told, keys too (§5.25)."""
    path = f"{ROOT}/{app_id}"
    answer: Answer = yield Call("GET", path)
    live = record(answer.body)
    grants = {*document.get("grantTypes", ()), *AGENTS_OWN.intersection(live.document["grantTypes"])}
    wanted = {**live.document, **document}
    if "grantTypes" in document:
        wanted["grantTypes"] = sorted(grants)
    if wanted == live.document:
        return
    kept = {key: value for key, value in answer.body.items() if key not in _SERVER_MADE}
    body = _body(wanted)
    for part in ("credentials", "settings"):
        body[part] = {**(kept.get(part) or {}), "oauthClient": {**_client(kept, part), **body[part]["oauthClient"]}}
    body["credentials"]["oauthClient"].pop("client_secret", None)  # shown by some answers; not ours to write back
    yield Call("PUT", path, {**kept, **body})


WIRE = Wire(
    listing=listing,
    complete=flows.childless,
    find=lambda app_id: flows.one(f"{ROOT}/{app_id}"),
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=lambda app_id, verb, target: flows.move(f"{ROOT}/{app_id}", verb, target),
)
