"""How an MCP server's OAuth client travels: `/workload-principals/api/v1/mcp-servers/{ems}` (okta-api §1.10, §2.5).

The server shows that it is a client; whether anybody shows the client's keys is not known: see `keys`. In documents a
key is its thumbprint and its state; the key itself stands beside, under `publicKeys`, and is never compared.
"""

from typing import Any

from reconciler.core import flows
from reconciler.core.address import Address
from reconciler.core.document import Document, Ref, without_none
from reconciler.core.errors import CallRefused, NotFound, OutcomeUnknown
from reconciler.core.kind import LookUp
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Resource
from reconciler.core.wire import Call, Flow, Inside, Until, Wire
from reconciler.kinds.mcp_oauth_client import keys
from reconciler.kinds.mcp_oauth_client.keys import HOME, KIND
from reconciler.kinds.mcp_oauth_client.spec import McpOAuthClientSpec

SERVERS = "/resource-servers/api/v1/mcp-servers"
_CONFLICT = 409


def to_document(resource: Resource[McpOAuthClientSpec]) -> Document:
    """The desired document: only what the author wrote."""
    spec = resource.spec
    document: Document = {"mcpServer": Ref(Address("McpServer", spec.mcp_server), "id").to_json()}
    if spec.keys is not None:
        named = {key.public_key.name: key for key in spec.keys}
        document["keys"] = {
            kid: {"thumbprint": key.public_key.thumbprint, "state": key.state.upper()} for kid, key in named.items()
        }
        document["publicKeys"] = {kid: key.public_key.to_json() for kid, key in named.items()}
    return document


def live_key(spec: McpOAuthClientSpec, look_up: LookUp) -> str:
    """The server by its id; empty while it is still to be made."""
    server = look_up(Ref(Address("McpServer", spec.mcp_server), "id"))
    return server if isinstance(server, str) else ""


def record(raw: Document) -> Record:
    """Normalise a client; `server` and `keys` were added to it when it was read."""
    known = raw.get("keys", {})
    shown = {kid: {"thumbprint": key["thumbprint"], "state": _state(key)} for kid, key in known.items()}
    return Record(
        kind=KIND,
        id=f"{raw['server']}/{raw['id']}",
        key=raw["server"],
        state=State(raw.get("status", State.ACTIVE)),
        document={"mcpServer": raw["server"], "keys": shown},
        facts=without_none(
            {
                "id": f"{raw['server']}/{raw['id']}",
                "clientId": raw["id"],
                "orn": raw.get("orn"),
                "connectionCount": raw.get("connectionCount"),
                "lost": {kid: key["status"] for kid, key in known.items() if key.get("id") == ""} or None,
                "was": {kid: key["was"] for kid, key in known.items() if "was" in key} or None,
            }
        ),
    )


def _state(key: Document) -> str:
    """The state of a key; of one about which there is doubt, the one that it was sent with first."""
    state: str = key["status"]
    return key["sent"][0] if state == keys.UNKNOWN else state


def observe(live: Record, desired: Document) -> Document:
    """The live document as far as it is not the doing of a run that was cut off.

    A key whose id nobody knows, and that may not be there or not be as is wished, is left out where it is wished for:
    it is registered once more, which shows it. One that is not wished for is as it was before its removal began.
    """
    wanted, shown = desired.get("keys", {}), live.document["keys"]
    lost, was = (live.facts.get(name, {}) for name in ("lost", "was"))
    unsure = {kid for kid, status in lost.items() if kid in wanted and status != wanted[kid]["state"]}
    leaving = {kid: {**shown[kid], "state": state} for kid, state in was.items() if kid not in wanted}
    return {**live.document, "keys": {kid: key for kid, key in {**shown, **leaving}.items() if kid not in unsure}}


def imagine(document: Document, client_id: str) -> Document:
    """The raw client that the document describes."""
    own = client_id.rpartition("/")[2]
    named = document.get("keys", {})
    return {
        "id": own,
        "server": document["mcpServer"],
        "orn": f"orn:okta:directory:00oImagined:workload-principals:mcp:{own}",
        "status": State.ACTIVE,
        "keys": {kid: {"thumbprint": key["thumbprint"], "status": key["state"]} for kid, key in named.items()},
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def listing(server: Record) -> Flow[list[Document]]:
    """The client of one server, which the list of servers has shown already."""
    yield from ()
    client = server.facts.get("oauthClient")
    return [_raw(server.id, client)] if client else []


def _raw(server: str, client: Document) -> Document:
    return {**client, "id": client["clientId"], "server": server}


def complete(raw: Document) -> Flow[Document]:
    """Add the keys that were registered from here."""
    return {**raw, "keys": (yield from keys.seen(f"{raw['server']}/{raw['id']}"))}


def find(client_id: str) -> Flow[Document | None]:
    """One by id, None when it, or its server, is gone."""
    server, _, own = client_id.partition("/")
    shown = yield from flows.one(f"{SERVERS}/{server}")
    client = (shown or {}).get("oauthClient")
    if not client or client["clientId"] != own:
        return None
    return (yield from complete(_raw(server, client)))


def create(document: Document) -> Flow[str]:
    """Make the server a client, and register its keys. One that it is already is taken over: there is at most one."""
    server = document["mcpServer"]
    try:
        yield from _enable(server)
    except OutcomeUnknown:  # a second request makes no second client
        yield from _enable(server)
    body: Any = yield Until(
        f"{SERVERS}/{server}", lambda body: body is None or bool(body.get("oauthClient")), "the OAuth client"
    )
    if body is None:
        raise NotFound("The MCP server is gone.")
    client = f"{server}/{body['oauthClient']['clientId']}"
    yield from keys.converge(client, document)
    return client


def _enable(server: str) -> Flow[None]:
    try:
        yield Call("POST", f"{HOME}/{server}/oauth-client")
    except CallRefused as refused:
        if refused.status != _CONFLICT:
            raise


def update(client_id: str, document: Document) -> Flow[None]:
    """Register, activate, deactivate and remove keys; nothing else of a client can be written."""
    yield from keys.converge(client_id, document)


def delete(client_id: str, _verb: str, _target: State) -> Flow[None]:
    """Remove the keys, then the client: it is refused while there are any (okta-api §3.7)."""
    server, _, own = client_id.partition("/")
    left = yield from keys.retire_all(client_id)
    try:
        yield Call("DELETE", f"{HOME}/{server}/oauth-client")
    except NotFound:
        pass
    except CallRefused as refused:
        raise (left or refused) from None
    yield from keys.forget(client_id)
    yield Until(f"{SERVERS}/{server}", lambda body: not _is_client(body, own), "the deletion")


def _is_client(server: Document | None, own: str) -> bool:
    return ((server or {}).get("oauthClient") or {}).get("clientId") == own


WIRE = Wire(
    listing=Inside("McpServer", listing),
    complete=complete,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=delete,
)
