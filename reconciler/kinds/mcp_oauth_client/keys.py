"""How the keys of an MCP server's OAuth client are registered and renewed (okta-api §1.10).

Okta tells the id of a key when it is registered; whether a call lists keys, nobody knows. So what was registered is
noted by `kid`, and before that, what is about to be: the id, the thumbprint and the state. Where keys are listed, the
list says what became of them. A key that somebody else has registered is left alone.
"""

from collections.abc import Iterator
from contextlib import suppress

from reconciler.core.document import Document
from reconciler.core.errors import CallRefused, KeyOutOfReach, NotFound, OutcomeUnknown
from reconciler.core.noun import dataclass
from reconciler.core.recall import Key
from reconciler.core.wire import Answer, Call, Flow, Listed, Note, Noted, Pause
from reconciler.kinds.mcp_oauth_client.spec import thumbprint_of

KIND = "McpOAuthClient"
HOME = "/workload-principals/api/v1/mcp-servers"
_ACTIVE, _INACTIVE = "ACTIVE", "INACTIVE"
UNKNOWN = "UNKNOWN"
"""The state of a key of which it is not known whether it is there."""
_EXISTS = "UNIQUE_CONSTRAINT"
_LAST_ONE = "DEACTIVATE_NOT_ALLOWED"
_PAUSES = (0.0, 1.0, 2.5)
"""Seconds before each look for a key that may be there: lists lag by up to three seconds (okta-api §6.25)."""


@dataclass(slots=True)
class _Ring:
    """The keys of one client.

    `known` holds by `kid` what is noted: `id`, `status`, `thumbprint`; `was`, the state before its removal began; and
    while nothing has told the id, `jwk` and `sent`, the key and the states that it was sent with. The status is UNKNOWN
    while these differ, and while it is not known whether the key is there. `listed` is what the organisation lists,
    None where it does not.
    """

    client: str
    known: Document
    listed: list[Document] | None

    @property
    def path(self) -> str:
        return _path(self.client)

    def note(self, kid: str, key: Document | None) -> Flow[None]:
        """Put something in the place of what was known of a key; None, and it is forgotten."""
        self.known.pop(kid, None)
        if key is not None:
            self.known[kid] = key
        yield Note(_about(self.client), {"keys": dict(self.known)})


def seen(client_id: str) -> Flow[Document]:
    """The keys that were registered from here, by kid: as they are listed, where they are, and as noted otherwise."""
    known = yield from _noted(client_id)
    listed: list[Document] | None = (yield Listed(_path(client_id), KIND)) if known else None
    if listed is None:
        return known
    return {kid: now for kid, key in known.items() if (now := _shown(listed, kid, key))}


def forget(client_id: str) -> Flow[None]:
    """Nothing is known of the client's keys any more."""
    yield Note(_about(client_id), {})


def converge(client_id: str, document: Document) -> Flow[None]:
    """Make the keys like the document: new ones first, so that at no time there is none that is active."""
    wanted: Document | None = document.get("keys")
    if wanted is None:
        return
    ring = yield from _ring(client_id)
    for kid, key in wanted.items():
        if "was" in ring.known.get(kid, {}):
            yield from ring.note(kid, _settled(ring.known[kid]))
        yield from _have(ring, kid, {**document["publicKeys"][kid], "status": key["state"]})
        if ring.known[kid]["thumbprint"] != key["thumbprint"]:
            raise _another(kid)
    for state in (_ACTIVE, _INACTIVE):
        for kid, key in wanted.items():
            if key["state"] == state != ring.known[kid]["status"]:
                yield from _set(ring, kid, {**document["publicKeys"][kid], "status": state})
    for kid in [kid for kid in ring.known if kid not in wanted]:
        yield from _retire(ring, kid)


def retire_all(client_id: str) -> Flow[CallRefused | None]:
    """Remove every key that was registered from here, and all that are listed; give the refusal where one stays.

    Whether the last active one goes with the client is then for the client's own deletion to find out.
    """
    ring = yield from _ring(client_id)
    refused = None
    for flow in _removals(ring):
        try:
            yield from flow
        except CallRefused as error:
            refused = error
    return refused


def _removals(ring: _Ring) -> Iterator[Flow[None]]:
    """What is listed, then what is noted beyond that; of each, what is active comes last."""
    for key in sorted(ring.listed or (), key=lambda key: key.get("status") != _INACTIVE):
        yield _remove(ring, key.get("kid", ""), key["id"], key.get("status", _ACTIVE))
    for kid in sorted(ring.known, key=lambda kid: (ring.known[kid]["status"] == _ACTIVE, kid)):
        yield _retire(ring, kid)


def _another(kid: str) -> CallRefused:
    return CallRefused(
        f"The key {kid!r} was registered with other numbers, and a key cannot change. Give the new key a kid of its "
        "own, and list it beside the old one until it is in use everywhere.",
        status=409,
    )


# -- looking -------------------------------------------------------------------------------------------------------


def _ring(client_id: str) -> Flow[_Ring]:
    known = yield from _noted(client_id)
    listed: list[Document] | None = yield Listed(_path(client_id), KIND)
    return _Ring(client_id, known, listed)


def _noted(client_id: str) -> Flow[Document]:
    found: Document = yield Noted(_about(client_id))
    return dict(found.get("keys", {}))


def _shown(listed: list[Document], kid: str, known: Document) -> Document | None:
    """A key as a list shows it; what the list leaves out is as it was known."""
    for key in listed:
        if key.get("kid") == kid:
            thumbprint = thumbprint_of(key) or known["thumbprint"]
            was = {"was": known["was"]} if "was" in known else {}
            return {"id": key["id"], "status": key.get("status", known["status"]), "thumbprint": thumbprint, **was}
    return None


def _settled(known: Document) -> Document:
    return {name: value for name, value in known.items() if name != "was"}


def _look(ring: _Ring, kid: str, known: Document) -> Flow[Document | None]:
    """A key that may have been registered a moment ago; None where no list shows it."""
    for pause in _PAUSES if ring.listed is not None else ():
        if pause:
            yield Pause(pause)
        ring.listed = yield Listed(ring.path, KIND)
        found = _shown(ring.listed or [], kid, known)
        if found:
            return found
    return None


# -- registering ---------------------------------------------------------------------------------------------------


def _have(ring: _Ring, kid: str, body: Document) -> Flow[None]:
    """See to it that a key is there, and that what is known of it holds."""
    known, thumbprint = ring.known.get(kid), thumbprint_of(body)
    if ring.listed is not None:
        shown = _shown(ring.listed, kid, known or {**body, "thumbprint": thumbprint})
        if shown is None:
            yield from _register(ring, kid, body)
        elif shown != known:
            yield from ring.note(kid, shown)
    elif known is None or (known["thumbprint"] == thumbprint and not known["id"] and known["status"] != body["status"]):
        yield from _register(ring, kid, body)


def _register(ring: _Ring, kid: str, body: Document) -> Flow[None]:
    """Register a key. It is noted before it is sent: should the answer get lost, the next run knows what to look for.

    Where the key is there already and no list shows it, its id stays unknown, and it is as an earlier request made it.
    """
    before = ring.known.get(kid)
    earlier: list[str] = (before or {}).get("sent", [])
    doubt = _lost(body, sorted({*earlier, body["status"]}))
    yield from ring.note(kid, {**doubt, "status": UNKNOWN})
    try:
        found = yield from _sent(ring, kid, body, _lost(body, earlier) if earlier else doubt)
    except OutcomeUnknown:  # a second request makes no second key of one kid
        shown = yield from _look(ring, kid, doubt)
        found = shown or (yield from _sent(ring, kid, body, doubt))
    except CallRefused:
        yield from ring.note(kid, before)
        raise
    yield from ring.note(kid, found)


def _lost(body: Document, sent: list[str]) -> Document:
    """What is known of a key that is there, if nothing tells its id: `sent` are the states that requests asked for."""
    jwk = {name: value for name, value in body.items() if name != "status"}
    status = sent[0] if len(sent) == 1 else UNKNOWN
    return {"id": "", "status": status, "thumbprint": thumbprint_of(jwk), "jwk": jwk, "sent": sent}


def _sent(ring: _Ring, kid: str, body: Document, there: Document) -> Flow[Document]:
    """What is known of a key after it was sent; `there` where it was there before and no list shows it."""
    try:
        answer: Answer = yield Call("POST", ring.path, body)
    except CallRefused as refused:
        if _EXISTS not in refused.reasons:
            raise
        return (yield from _look(ring, kid, there)) or there
    made: Document = answer.body
    return {"id": made["id"], "status": made.get("status", body["status"]), "thumbprint": there["thumbprint"]}


# -- changing ------------------------------------------------------------------------------------------------------


def _set(ring: _Ring, kid: str, body: Document) -> Flow[None]:
    """Activate or deactivate a key; register it again where somebody has removed it."""
    try:
        yield from _switch(ring, _id(ring, kid), body["status"])
    except NotFound:
        yield from ring.note(kid, None)
        yield from _register(ring, kid, body)
    else:
        yield from ring.note(kid, {**ring.known[kid], "status": body["status"]})


def _switch(ring: _Ring, key_id: str, state: str) -> Flow[None]:
    verb = "activate" if state == _ACTIVE else "deactivate"
    yield Call("POST", f"{ring.path}/{key_id}/lifecycle/{verb}")


def _retire(ring: _Ring, kid: str) -> Flow[None]:
    """Remove a key that is noted, if it is there."""
    if kid in ring.known and not ring.known[kid]["id"]:
        yield from _find(ring, kid)
    if kid in ring.known:
        yield from _remove(ring, kid, _id(ring, kid), ring.known[kid]["status"])


def _find(ring: _Ring, kid: str) -> Flow[None]:
    """Find out the id of a key that is to be removed.

    Without a list it is sent once more, inactive: either that makes it, and its id is told, or it is there.
    """
    known = ring.known[kid]
    if ring.listed is not None:
        yield from ring.note(kid, (yield from _look(ring, kid, known)))
    elif "jwk" in known:
        yield from _register(ring, kid, {**known["jwk"], "status": _INACTIVE})


def _remove(ring: _Ring, kid: str, key_id: str, status: str) -> Flow[None]:
    """Deactivate a key, then delete it. The last active one stays active; whether it may be deleted, Okta says."""
    if status == _ACTIVE:
        if kid in ring.known:
            yield from ring.note(kid, {**ring.known[kid], "was": status})
        try:
            yield from _switch(ring, key_id, _INACTIVE)
        except CallRefused as refused:
            if _LAST_ONE not in refused.reasons and not isinstance(refused, NotFound):
                raise
        else:
            if kid in ring.known:
                yield from ring.note(kid, {**ring.known[kid], "status": _INACTIVE})
    with suppress(NotFound):  # somebody has removed it
        yield Call("DELETE", f"{ring.path}/{key_id}")
    if kid in ring.known:
        yield from ring.note(kid, None)


def _id(ring: _Ring, kid: str) -> str:
    known: str = ring.known[kid]["id"]
    if not known:
        raise KeyOutOfReach(kid)
    return known


def _about(client_id: str) -> Key:
    return KIND, client_id


def _path(client_id: str) -> str:
    return f"{HOME}/{client_id.partition('/')[0]}/credentials/jwks"
