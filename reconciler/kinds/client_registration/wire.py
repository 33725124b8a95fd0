"""How a client registration travels: `/resource-servers/api/v1/client-auth-settings` (okta-api §1.4, §2.3).

Documents hold ids; the names (ORNs) that the API wants are taken from what the organisation gave. The secret is a
reference in documents and bodies alike: what it stands for is known where the body is sent, and nowhere before.
"""

from reconciler.core import flows
from reconciler.core.address import Address
from reconciler.core.document import Document, Ref, without_none
from reconciler.core.errors import CallRefused, OutcomeUnknown
from reconciler.core.flows import id_in
from reconciler.core.kind import Kinds, LookUp
from reconciler.core.lifecycle import State
from reconciler.core.resources import Desired, Record, Resource
from reconciler.core.secret import SecretRef
from reconciler.core.wire import Answer, Call, Flow, Wire
from reconciler.kinds.client_registration import rotation
from reconciler.kinds.client_registration.spec import ClientRegistrationSpec

KIND = "ClientRegistration"
ROOT = "/resource-servers/api/v1/client-auth-settings"
_SERVERS = "/resource-servers/api/v1/mcp-servers"
_TYPES = {"static": "MANUAL", "dynamic": "DYNAMIC"}
_MUTABLE = ("name", "scopes")


# -- from spec to document -----------------------------------------------------------------------------------------


def to_document(resource: Resource[ClientRegistrationSpec], desired: Desired, _kinds: Kinds) -> Document:
    """The desired document. With `scopes: all` the scopes are Okta's to fill in, and are not compared."""
    spec = resource.spec
    issuer = Address("AuthorizationServer", spec.authorization_server)
    row = desired[issuer].outline.key
    return without_none(
        {
            "mcpServer": Ref(_server(spec), "id").to_json(),
            "authorizationServer": Ref(_server(spec), f"row {row}").to_json(),
            "registration": spec.registration,
            "clientId": spec.client_id
            if spec.app is None
            else Ref(Address("ClientApp", spec.app), "clientId").to_json(),
            "app": None if spec.app is None else Ref(Address("ClientApp", spec.app), "id").to_json(),
            "clientSecret": _secret(spec),
            "name": spec.display_name or resource.address.name,
            "scopes": None if spec.scopes == "all" else sorted(set(spec.scopes)),
        }
    )


def _server(spec: ClientRegistrationSpec) -> Address:
    return Address("McpServer", spec.mcp_server)


def _secret(spec: ClientRegistrationSpec) -> Document | None:
    secret = spec.client_secret
    if secret is None:
        return None
    if secret.from_env is not None:
        return SecretRef("env", secret.from_env, secret.generation).to_json()
    return SecretRef("file", str(secret.from_file), secret.generation).to_json()


def natural_key(spec: ClientRegistrationSpec) -> str:
    """What tells two documents apart: the client, at one authorization server, for one MCP server."""
    client = spec.client_id or (f"app {spec.app}" if spec.app else spec.registration)
    return f"{spec.mcp_server} {spec.authorization_server} {client}"


def live_key(spec: ClientRegistrationSpec, look_up: LookUp) -> str:
    """The same by ids. Of dynamic registrations there is one for each server: their client ids come from outside."""
    server = look_up(Ref(_server(spec), "id"))
    client = spec.client_id if spec.app is None else look_up(Ref(Address("ClientApp", spec.app), "clientId"))
    if spec.registration == "dynamic":
        client = spec.registration
    return f"{server} {client}" if isinstance(server, str) and isinstance(client, str) else ""


# -- from the organisation to a record -----------------------------------------------------------------------------


def record(raw: Document) -> Record:
    """Normalise the settings. There is no secret in them, and if there were one it would not be kept."""
    registration = next((ours for ours, theirs in _TYPES.items() if theirs == raw.get("registrationType")), "static")
    server, client = id_in(raw.get("resourceServerOrn")), raw.get("clientId")
    document = {
        "mcpServer": server,
        "authorizationServer": id_in(raw.get("authorizationServerOrn")),
        "registration": registration,
        "clientId": client if registration == "static" else None,
        "name": raw.get("name"),
        "scopes": sorted(raw.get("scopes") or []),
    }
    return Record(
        kind=KIND,
        id=raw["id"],
        key=f"{server} {client if registration == 'static' else registration}",
        state=State.ACTIVE,
        document=without_none(document),
        facts=without_none({"id": raw["id"], "orn": raw.get("orn"), "clientId": client}),
    )


def imagine(document: Document, settings_id: str) -> Document:
    """The raw settings that the document describes."""
    return {
        "id": settings_id,
        "orn": f"orn:okta:idp:00oImagined:client_auth_settings:{settings_id}",
        "resourceServerOrn": f"orn:okta:directory:00oImagined:resource-servers:mcp:{document['mcpServer']}",
        "authorizationServerOrn": _row_orn("orn:okta:directory:00oImagined", document["authorizationServer"]),
        "registrationType": _TYPES[document["registration"]],
        "clientId": document.get("clientId", f"dcr-{settings_id}"),
        **{member: document[member] for member in _MUTABLE if member in document},
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def create(document: Document) -> Flow[str]:
    """Make the settings; where the client is an app in Okta, that gets the secret first.

    Okta would make a second set of the same client, and nobody could tell the two apart again. A create whose outcome
    is unknown is looked up by what identifies it, never sent again blindly.
    """
    if found := (yield from _same(document)):
        raise CallRefused(f"There are client auth settings of this client already: {found[0]}.", status=409)
    secret = SecretRef.read(document.get("clientSecret"))
    old = (yield from rotation.add(document["app"], secret, switched="")) if "app" in document and secret else []
    answer: Answer = yield Call("GET", f"{_SERVERS}/{document['mcpServer']}")
    server = answer.body["orn"]
    body = {
        "name": document["name"],
        "registrationType": _TYPES[document["registration"]],
        "resourceServerOrn": server,
        "authorizationServerOrn": _row_orn(server, document["authorizationServer"]),
        "clientId": document.get("clientId"),
        "clientSecret": secret,
        "scopes": document.get("scopes"),
    }
    try:
        answer = yield Call("POST", ROOT, without_none(body))
        made: str = answer.body["id"]
    except OutcomeUnknown:
        found = yield from _same(document)
        if not found:
            raise
        made = found[0]
    yield from flows.alone(made, lambda: _same(document), f"The registration {document['name']!r}")
    if "app" in document:
        yield from rotation.retire(document["app"], old)
    return made


def _row_orn(server: str, row: str) -> str:
    """Name an authorization server, with partition and organisation as the MCP server's own name has them."""
    _, partition, _, organisation, *_ = server.split(":")
    return f"orn:{partition}:idp:{organisation}:authorization_servers:{row}"


def _same(document: Document) -> Flow[list[str]]:
    """The ids of the settings of the same client."""
    wanted = record(imagine(document, "")).key
    items = yield from flows.every(ROOT)
    return [str(item["id"]) for item in items if record(item).key == wanted]


def update(settings_id: str, document: Document) -> Flow[None]:
    """Write name, scopes and secret as a merge-patch. What the secret was cannot be seen, so it is written if named."""
    path = f"{ROOT}/{settings_id}"
    answer: Answer = yield Call("GET", path)
    live = record(answer.body).document
    patch = {key: document[key] for key in _MUTABLE if key in document and document[key] != live.get(key)}
    secret = SecretRef.read(document.get("clientSecret"))
    old: list[Document] = []
    if secret is not None:
        patch["clientSecret"] = secret
        if "app" in document:
            old = yield from rotation.add(document["app"], secret, switched=answer.body.get("lastUpdated") or "")
    if patch:
        yield Call("PATCH", path, patch, merge=True)
    yield from rotation.retire(document.get("app", ""), old)


WIRE = Wire(
    listing=lambda: flows.every(ROOT),
    complete=flows.childless,
    find=lambda settings_id: flows.one(f"{ROOT}/{settings_id}"),
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=lambda settings_id, _verb, _target: flows.delete(f"{ROOT}/{settings_id}"),
)
