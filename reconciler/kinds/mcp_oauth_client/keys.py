"""How the keys of an MCP server's OAuth client are registered and renewed (okta-api §1.10).

Okta tells the id of a key when it is registered, and no call lists keys. So what was registered is noted: by `kid`, the
id, the thumbprint and the state. A key that somebody else has registered is not seen, and is left alone.
"""

from contextlib import suppress

from reconciler.core.document import Document
from reconciler.core.errors import CallRefused, NotFound, NotOffered, OutcomeUnknown
from reconciler.core.recall import Key
from reconciler.core.wire import Answer, Call, Flow, Items, Note, Noted

KIND = "McpOAuthClient"
HOME = "/workload-principals/api/v1/mcp-servers"
_ACTIVE, _INACTIVE = "ACTIVE", "INACTIVE"
_EXISTS = "UNIQUE_CONSTRAINT"
_LAST_ONE = "DEACTIVATE_NOT_ALLOWED"


def noted(client_id: str) -> Flow[Document]:
    """The keys that were registered from here, by kid."""
    found: Document = yield Noted(_about(client_id))
    keys: Document = found.get("keys", {})
    return dict(keys)


def forget(client_id: str) -> Flow[None]:
    """Nothing is known of the client's keys any more."""
    yield Note(_about(client_id), {})


def converge(client_id: str, document: Document) -> Flow[None]:
    """Make the keys like the document: new ones first, so that at no time there is none that is active."""
    wanted: Document | None = document.get("keys")
    if wanted is None:
        return
    present = yield from noted(client_id)
    for kid, key in wanted.items():
        if kid not in present:
            body = {**document["publicKeys"][kid], "status": key["state"]}
            present[kid] = {**(yield from _register(client_id, body)), "thumbprint": key["thumbprint"]}
            yield Note(_about(client_id), {"keys": dict(present)})
        elif present[kid]["thumbprint"] != key["thumbprint"]:
            raise _another(kid)
    for state in (_ACTIVE, _INACTIVE):
        for kid, key in wanted.items():
            if key["state"] == state != present[kid]["status"]:
                yield from _set(client_id, kid, present, state)
    for kid in [kid for kid in present if kid not in wanted]:
        yield from _retire(client_id, kid, present)


def retire_all(client_id: str) -> Flow[CallRefused | None]:
    """Remove every key that was registered from here; give the refusal where Okta keeps the last active one.

    Whether that goes with the client is then for the client's own deletion to find out.
    """
    present = yield from noted(client_id)
    refused = None
    for kid in sorted(present, key=lambda kid: (present[kid]["status"] == _ACTIVE, kid)):
        try:
            yield from _retire(client_id, kid, present)
        except CallRefused as error:
            refused = error
    return refused


def _another(kid: str) -> CallRefused:
    return CallRefused(
        f"The key {kid!r} was registered with other numbers, and a key cannot change. Give the new key a kid of its "
        "own, and list it beside the old one until it is in use everywhere.",
        status=409,
    )


def _register(client_id: str, body: Document) -> Flow[Document]:
    """Register a key; give its id and state."""
    try:
        return (yield from _sent(client_id, body))
    except OutcomeUnknown:  # a second request makes no second key of one kid
        return (yield from _sent(client_id, body))


def _sent(client_id: str, body: Document) -> Flow[Document]:
    try:
        answer: Answer = yield Call("POST", _path(client_id), body)
    except CallRefused as refused:
        if _EXISTS not in refused.reasons:
            raise
        return (yield from _there_already(client_id, body))
    return _seen(answer.body, body)


def _there_already(client_id: str, body: Document) -> Flow[Document]:
    """A key that was there before. Where keys are listed, as those of agents are, its id is found there; else it stays
    unknown, and only its removal will miss it.
    """
    try:
        listed: list[Document] = yield Items(_path(client_id))
    except (CallRefused, NotOffered):
        listed = []
    return _seen(next((key for key in listed if key.get("kid") == body["kid"]), {}), body)


def _seen(key: Document, body: Document) -> Document:
    return {"id": key.get("id", ""), "status": key.get("status", body["status"])}


def _set(client_id: str, kid: str, present: Document, state: str) -> Flow[None]:
    verb = "activate" if state == _ACTIVE else "deactivate"
    yield Call("POST", f"{_path(client_id)}/{_id(kid, present)}/lifecycle/{verb}")
    present[kid] = {**present[kid], "status": state}
    yield Note(_about(client_id), {"keys": dict(present)})


def _retire(client_id: str, kid: str, present: Document) -> Flow[None]:
    """Deactivate a key, then delete it. The last active one stays active; whether it may be deleted, Okta says."""
    key_id = _id(kid, present)
    if present[kid]["status"] == _ACTIVE:
        try:
            yield from _set(client_id, kid, present, _INACTIVE)
        except CallRefused as refused:
            if _LAST_ONE not in refused.reasons and not isinstance(refused, NotFound):
                raise
    with suppress(NotFound):  # somebody has removed it
        yield Call("DELETE", f"{_path(client_id)}/{key_id}")
    del present[kid]
    yield Note(_about(client_id), {"keys": dict(present)})


def _id(kid: str, present: Document) -> str:
    known: str = present[kid]["id"]
    if not known:
        raise CallRefused(
            f"The key {kid!r} was there before this tool registered it, so its id is not known, and no call lists "
            "keys. Deactivate or remove it in the Okta console, then plan again.",
            status=409,
        )
    return known


def _about(client_id: str) -> Key:
    return KIND, client_id


def _path(client_id: str) -> str:
    return f"{HOME}/{client_id.partition('/')[0]}/credentials/jwks"
