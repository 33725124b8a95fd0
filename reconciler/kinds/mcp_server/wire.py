"""How an MCP server travels: `/resource-servers/api/v1/mcp-servers` (okta-api §1.2, §1.3, §2.2).

An external authorization server has no object of its own in Okta: it is a row under each MCP server that uses it.
The document therefore holds the rows, keyed by the name of the AuthorizationServer document. `discoveryType` and
`requires` are hints: they guide creation and activation, and are never compared.
"""

from zlib import crc32

from reconciler.core import flows
from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused, NotFound, NotReady, NotSettled, OutcomeUnknown
from reconciler.core.kind import Kinds
from reconciler.core.lifecycle import STATES, State
from reconciler.core.resources import Desired, Record, Resource
from reconciler.core.url import same_url, url_key
from reconciler.core.wire import Answer, Call, Flow, Items, Traces, Until, Wire
from reconciler.kinds.mcp_server.rows import attach, normal_row, row_key
from reconciler.kinds.mcp_server.spec import McpServerSpec, references

KIND = "McpServer"
ROOT = "/resource-servers/api/v1/mcp-servers"
_VALIDATION = 400


# -- from spec to document -----------------------------------------------------------------------------------------


def to_document(resource: Resource[McpServerSpec], desired: Desired, kinds: Kinds) -> Document:
    """The desired document: only what the author wrote, with the rows that its authorization servers lend.

    Okta discovers a server's authorization servers from its metadata unless every one of them is known by hand.
    """
    spec = resource.spec
    rows = {a.name: kinds[a.kind].lends(desired[a]) for a in references(spec)}
    by_hand = all(row["type"] == "OKTA" or "tokenEndpoint" in row for row in rows.values())
    return without_none(
        {
            "resourceUrl": spec.resource_url,
            "displayName": spec.display_name,
            "description": spec.description,
            "authorizationServers": rows,
            "discoveryType": "MANUAL" if by_hand else "DISCOVERABLE",
            "requires": sorted(set(spec.requires)),
        }
    )


# -- from the organisation to a record -----------------------------------------------------------------------------


def record(raw: Document) -> Record:
    """Normalise a server with its rows; names are read nested, then at the top, then as detected (okta-api §5.4)."""
    metadata, detected = raw.get("metadata") or {}, raw.get("detectedMetadata") or {}
    rows = sorted((normal_row(item) for item in raw.get("authorizationServers", [])), key=lambda row: row["key"])
    key, state = glance(raw)
    return Record(
        kind=KIND,
        id=raw["id"],
        key=key,
        state=state,
        document=without_none(
            {
                "resourceUrl": raw["resourceUrl"],
                "displayName": metadata.get("displayName") or raw.get("displayName") or detected.get("resourceName"),
                "description": metadata.get("description") or raw.get("description"),
                "authorizationServers": {row["key"]: row["document"] for row in rows},
            }
        ),
        facts=without_none(
            {
                "id": raw["id"],
                "orn": raw.get("orn"),
                "discoveryType": raw.get("discoveryType"),
                "oauthClient": raw.get("oauthClient"),
                "rows": [{"id": row["id"], "key": row["key"], "status": row["status"]} | row["can"] for row in rows],
                **{f"row {row['key']}": row["id"] for row in rows},
            }
        ),
    )


def glance(raw: Document) -> tuple[str, State]:
    """Key and state of a raw server."""
    return url_key(raw["resourceUrl"]), STATES[raw["status"]]


def observe(live: Record, desired: Document) -> Document:
    """The live document with rows under the names that the manifest uses.

    A row that nobody declared counts only on a server registered by hand: where Okta discovers the rows, removing one
    would only make it come back, so the metadata of the MCP server has to change first. URLs that differ by one
    trailing slash are the same (okta-api §5.6), so the desired spelling is shown.
    """
    rows = dict(live.document["authorizationServers"])
    named: Document = {}
    for name, wanted in desired.get("authorizationServers", {}).items():
        row = rows.pop(row_key(wanted), None)
        if row is not None:
            named[name] = row if row["type"] == "OKTA" else {**row, "issuer": wanted["issuer"]}
    if _by_hand(live):
        named |= rows
    document = {**live.document, "authorizationServers": named}
    url = desired.get("resourceUrl", "")
    if same_url(url, document["resourceUrl"]):
        document["resourceUrl"] = url
    return document


def _by_hand(live: Record) -> bool:
    """Whether the live server was registered by hand, so that undeclared rows are to be removed."""
    return live.facts.get("discoveryType") == "MANUAL"


def _known_by(key: str, row: Document) -> bytes:
    return url_key(row.get("issuer") or key).encode()


def imagine(document: Document, server_id: str) -> Document:
    """The raw server that the document describes, verified and not yet activated."""
    rows = [  # a row keeps its id whatever becomes of the others
        {"id": row.get("id") or f"eas-{server_id}-{crc32(_known_by(key, row))}", "status": State.ACTIVE, **row}
        for key, row in document.get("authorizationServers", {}).items()
    ]
    return {
        "id": server_id,
        "orn": f"orn:okta:directory:00oImagined:resource-servers:mcp:{server_id}",
        "resourceUrl": document["resourceUrl"],
        "status": State.INACTIVE,
        "metadata": {key: document[key] for key in ("displayName", "description") if key in document},
        "discoveryType": document.get("discoveryType", "DISCOVERABLE"),
        "authorizationServers": rows,
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def complete(raw: Document) -> Flow[Document]:
    """Add the rows; a server that says it has none is not asked."""
    if raw.get("authorizationServerCount") == 0:
        return {**raw, "authorizationServers": []}
    rows = yield Items(f"{ROOT}/{raw['id']}/authorization-servers")
    return {**raw, "authorizationServers": rows}


def find(server_id: str) -> Flow[Document | None]:
    """One server with its rows, None when it is gone."""
    raw = yield from flows.one(f"{ROOT}/{server_id}")
    return None if raw is None else (yield from complete(raw))


def create(document: Document) -> Flow[str]:
    """Register, attach what discovery did not bring, and wait until server and rows have left PENDING."""
    try:
        answer = yield from _register(document)
        server_id = answer.resource_id or (yield from _id_of(document["resourceUrl"]))
    except OutcomeUnknown:
        # Okta has answered 400 without a body although the record was made (okta-api §5.2): never sent again blindly.
        server_id = yield from _id_of(document["resourceUrl"])
        if server_id is None:
            raise
    if server_id is None:
        raise OutcomeUnknown("The registration was accepted, and no MCP server with this URL appeared.")
    yield from attach(f"{ROOT}/{server_id}", document, removes=False)
    yield from _settle(server_id)
    return server_id


def _register(document: Document) -> Flow[Answer]:
    """Register; where that is refused, in the other form that a manual server may have (okta-api §6 row 9).

    Only one that was refused with a readable validation error is tried again: nothing was made by it.
    """
    body = {key: document[key] for key in ("resourceUrl", "displayName", "description") if key in document}
    if document["discoveryType"] != "MANUAL":
        answer: Answer = yield Call("POST", ROOT, body)
        return answer
    try:
        answer = yield Call("POST", ROOT, {**body, "discoveryType": "MANUAL"})
    except CallRefused as refused:
        rows = [row for row in document["authorizationServers"].values() if row["type"] != "OKTA"]
        if refused.status != _VALIDATION or refused.reasons or not rows:
            raise
        try:
            answer = yield Call("POST", ROOT, {**body, "authorizationServers": rows})
        except CallRefused:
            raise refused from None
    return answer


def update(server_id: str, document: Document) -> Flow[None]:
    """Write names that differ as a merge-patch, then the rows."""
    path = f"{ROOT}/{server_id}"
    answer: Answer = yield Call("GET", path)
    live = record(answer.body)
    patch = {
        key: document[key]
        for key in ("displayName", "description")
        if key in document and document[key] != live.document.get(key)
    }
    if patch:
        yield Call("PATCH", path, patch, merge=True)
    yield from attach(f"{ROOT}/{server_id}", document, removes=_by_hand(live))
    yield from _settle(server_id)


def move(server_id: str, verb: str, target: State) -> Flow[None]:
    """Make one lifecycle move from the status that was just read; a repeat may be refused (okta-api §3.1)."""
    path = f"{ROOT}/{server_id}"
    if verb == "register":
        yield from _home(path, (yield from _settle(server_id)), target)
    elif verb == "revalidate":
        yield from _home(path, (yield from _nudge(path)), target)
    elif target is State.DELETED:
        yield from _delete(path)
    else:
        yield Call("POST", f"{path}/lifecycle/{verb}")
        yield Until(path, lambda body: body is not None and body["status"] == target, f"status {target}")


def _id_of(url: str) -> Flow[str | None]:
    """Find by URL; the search cannot (okta-api §2.2), so the whole list is read."""
    for item in (yield Items(ROOT)):
        if same_url(item["resourceUrl"], url):
            found: str = item["id"]
            return found
    return None


def _settle(server_id: str) -> Flow[Document]:
    path = f"{ROOT}/{server_id}"
    body = yield Until(path, lambda body: body is None or body["status"] != State.PENDING, "an end of PENDING")
    if body is None:
        raise NotFound("The MCP server disappeared while it was validated.")
    settled: Document = body
    return settled


def _home(path: str, body: Document, target: State) -> Flow[None]:
    """Lead a server whose validation has ended to where the move leads; some organisations land it ACTIVE."""
    if body["status"] == State.INVALID:
        raise NotReady("Its validation ended, and the organisation calls the MCP server INVALID.")
    if body["status"] != target:
        yield Call("POST", f"{path}/lifecycle/deactivate")
        yield Until(path, lambda body: body is not None and body["status"] == target, f"status {target}")


def _nudge(path: str) -> Flow[Document]:
    """Ask for a new look. No call for it is published; changing a row refreshes (okta-api §6 row 12)."""
    answer: Answer = yield Call("GET", path)
    if answer.body["status"] == State.INVALID:  # else a write, or the organisation's own refresh, has mended it
        rows = yield Items(f"{path}/authorization-servers")
        for row in rows:
            yield Call("PATCH", f"{path}/authorization-servers/{row['id']}", {}, merge=True)
    try:
        body: Document = yield Until(
            path,
            lambda body: body is not None and body["status"] not in {State.INVALID, State.PENDING},
            "the end of INVALID",
        )
    except NotSettled as waited:
        rows = yield Items(f"{path}/authorization-servers")
        raise NotReady(
            "A new look was asked for, and the organisation still calls the MCP server INVALID. "
            + " ".join(f"Its authorization server {row['issuer']} is {row['status']}." for row in map(_shown, rows)),
            fix="Correct the server's protected-resource metadata and its authorization servers' metadata. Where the "
            "organisation never looks again, `revalidate: reregister` has the server deleted and registered anew.",
        ) from waited
    return body


def _shown(row: Document) -> Document:
    return {"issuer": row.get("issuer") or row["id"], "status": row.get("status", State.PENDING)}


def _delete(path: str) -> Flow[None]:
    try:
        yield Call("DELETE", path)
    except NotFound:
        return
    except CallRefused:
        # Some organisations refuse to delete an INVALID server until it was deactivated (okta-api §3.1).
        answer: Answer = yield Call("GET", path)
        if answer.body["status"] != State.INVALID:
            raise
        yield Call("POST", f"{path}/lifecycle/deactivate")
        yield Call("DELETE", path)
    yield Until(path, lambda body: body is None, "the deletion")


WIRE = Wire(
    listing=lambda: flows.every(ROOT),
    complete=complete,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=move,
    traces=Traces(counted=("resource_servers.mcp_server.",)),
    glance=glance,
)
