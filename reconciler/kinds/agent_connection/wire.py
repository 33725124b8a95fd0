"""How a connection travels: `/workload-principals/api/v1/ai-agents/{wlp}/connections` (okta-api §1.8, §2.5).

Documents hold ids; the names (ORNs) that the API wants are taken from what the organisation gave. What a connection is
to is said differently in requests and answers of the STS type, so the client auth settings are what is compared.
"""

from typing import Any

from reconciler.core import flows
from reconciler.core.address import Address
from reconciler.core.document import Document, Ref, without_none
from reconciler.core.errors import CallRefused, OutcomeUnknown
from reconciler.core.flows import id_in
from reconciler.core.kind import Kinds, LookUp
from reconciler.core.lifecycle import State
from reconciler.core.resources import Desired, Record, Resource
from reconciler.core.wire import Answer, Call, Flow, Inside, Items, Wire
from reconciler.kinds.agent_connection.checks import able_to_assert
from reconciler.kinds.agent_connection.spec import CustomServerConnection, McpServerConnection, Spec, resource_of

KIND = "AgentConnection"
AGENTS = "/workload-principals/api/v1/ai-agents"
MCP, CUSTOM, STS = "IDENTITY_ASSERTION_MCP_SERVER", "IDENTITY_ASSERTION_CUSTOM_AS", "STS_ACCESS_TOKEN"
_HOMES = {
    MCP: "/resource-servers/api/v1/mcp-servers",
    STS: "/resource-servers/api/v1/client-auth-settings",
}
"""Where the object that a connection is to can be read, to learn its name."""
_EXISTS = frozenset({"DUPLICATE_CONNECTION", "UNIQUE_CONSTRAINT"})
EVERY = "ALL_SCOPES"
_MUTABLE = ("scopeCondition", "scopes", "resourceIndicator")


# -- from spec to document -----------------------------------------------------------------------------------------


def to_document(resource: Resource[Spec], desired: Desired, kinds: Kinds) -> Document:
    """The desired document: what the author wrote, with the authorization server that takes the assertion."""
    spec = resource.spec
    return without_none(
        {
            "agent": _agent(spec).to_json(),
            "connectionType": spec.type,
            "resource": Ref(resource_of(spec), "id").to_json(),
            "authorizationServer": _authorization_server(spec, desired, kinds),
            "scopeCondition": spec.scope_condition,
            "scopes": sorted(set(spec.scopes)),
            "resourceIndicator": spec.resource_indicator if isinstance(spec, CustomServerConnection) else None,
        }
    )


def _agent(spec: Spec) -> Ref:
    return Ref(Address("AiAgent", spec.agent), "id")


def _authorization_server(spec: Spec, desired: Desired, kinds: Kinds) -> Document | None:
    """The one that was named, else the only one that offers XAA; else none is said, and Okta decides."""
    if not isinstance(spec, McpServerConnection):
        return None
    if spec.authorization_server:
        chosen = Address("AuthorizationServer", spec.authorization_server)
    elif able := able_to_assert(desired[resource_of(spec)], desired, kinds):
        chosen = able[0]
    else:
        return None
    return _row(chosen, resource_of(spec), desired)


def _row(server: Address, mcp_server: Address, desired: Desired) -> Document:
    """A custom server by its own id, an external one by the id of its row."""
    resource = desired[server]
    if resource.outline.stands_alone or resource.outline.borrowed:
        return Ref(server, "id").to_json()
    return Ref(mcp_server, f"row {resource.outline.key}").to_json()


def natural_key(spec: Spec) -> str:
    """What tells two documents apart: the agent and what it is connected to."""
    return f"{spec.agent} {resource_of(spec)}"


def live_key(spec: Spec, look_up: LookUp) -> str:
    """The same by ids; empty while one of the two is not there."""
    ids = [look_up(_agent(spec)), look_up(Ref(resource_of(spec), "id"))]
    return " ".join(ids) if all(isinstance(each, str) for each in ids) else ""


# -- from the organisation to a record -----------------------------------------------------------------------------


def record(raw: Document) -> Record:
    """Normalise a connection; `agent` was added to it when it was read."""
    resource, server = raw.get("resource") or {}, id_in((raw.get("authorizationServer") or {}).get("orn"))
    settings = (resource.get("clientAuthSettings") or {}).get("orn")
    target = id_in(settings or resource.get("orn")) or server or raw["id"]
    condition = raw.get("scopeCondition", EVERY)
    document = {
        "agent": raw["agent"],
        "connectionType": raw.get("connectionType"),
        "resource": target,
        "authorizationServer": server if raw.get("connectionType") == MCP else None,
        "scopeCondition": condition,
        "scopes": [] if condition == EVERY else sorted(raw.get("scopes") or []),
        "resourceIndicator": raw.get("resourceIndicator"),
    }
    used = {target, server, id_in(resource.get("orn")), resource.get("mcpServerId")}
    return Record(
        kind=KIND,
        id=f"{raw['agent']}/{raw['id']}",
        key=f"{raw['agent']} {target}",
        state=State(raw.get("status", State.ACTIVE)),
        document=without_none(document),
        facts={"id": f"{raw['agent']}/{raw['id']}", "uses": sorted(filter(None, used))},
    )


def holds(live: Record) -> frozenset[str]:
    """What a connection leans on: Okta refuses to delete it (okta-api §2.6, §3.1)."""
    return frozenset(live.facts["uses"])


def imagine(document: Document, connection_id: str) -> Document:
    """The raw connection that the document describes, as Okta makes it: ACTIVE."""
    prefix = "orn:okta:idp:00oImagined"
    resource = {"orn": f"{prefix}:resources:{document['resource']}"}
    kind = document["connectionType"]
    server = document.get("authorizationServer")
    return without_none(
        {
            "id": connection_id.rpartition("/")[2],
            "agent": document["agent"],
            "connectionType": kind,
            "resource": {"clientAuthSettings": resource} if kind == STS else resource,
            "authorizationServer": {"orn": f"{prefix}:authorization_servers:{server}"} if server else None,
            "status": State.ACTIVE,
            "scopeCondition": document.get("scopeCondition", EVERY),
            "scopes": document.get("scopes", []),
            "resourceIndicator": document.get("resourceIndicator"),
        }
    )


# -- flows ---------------------------------------------------------------------------------------------------------


def listing(agent: Record) -> Flow[list[Document]]:
    """The connections of one agent."""
    items = yield from flows.every(f"{AGENTS}/{agent.id}/connections")
    return [{**item, "agent": agent.id} for item in items]


def find(connection_id: str) -> Flow[Document | None]:
    """One by id, None when it, or its agent, is gone."""
    agent, _, own = connection_id.partition("/")
    if not own:
        return None
    raw = yield from flows.one(_path(connection_id))
    return None if raw is None else {**raw, "agent": agent}


def _path(connection_id: str) -> str:
    agent, _, own = connection_id.partition("/")
    return f"{AGENTS}/{agent}/connections/{own}"


def create(document: Document) -> Flow[str]:
    """Make the connection. One that exists already is taken over: Okta has at most one from an agent to a resource."""
    agent = document["agent"]
    body = yield from _body(document)
    try:
        answer: Answer = yield Call("POST", f"{AGENTS}/{agent}/connections", body)
    except (CallRefused, OutcomeUnknown) as error:
        if isinstance(error, CallRefused) and _EXISTS.isdisjoint(error.reasons):
            raise
        found = yield from _same(document)
        if found is None:
            raise
        yield from update(found, document)
        return found
    return f"{agent}/{answer.body['id']}"


def _body(document: Document) -> Flow[Document]:
    """The request, with the names of what it refers to."""
    kind, target = document["connectionType"], document["resource"]
    answer: Answer = yield Call("GET", f"{AGENTS}/{document['agent']}")
    agent = str(answer.body.get("orn") or "")
    said: dict[str, Any] = {"connectionType": kind}
    if kind == CUSTOM:
        said["authorizationServer"] = {"orn": _server_orn(agent, target)}
    else:
        answer = yield Call("GET", f"{_HOMES[kind]}/{target}")
        said["resource"] = {"orn": answer.body["orn"]}
        if "authorizationServer" in document:
            said["authorizationServer"] = {"orn": _server_orn(answer.body["orn"], document["authorizationServer"])}
    return said | _mutable(document)


def _server_orn(other: str, server: str) -> str:
    """Name an authorization server, with partition and organisation as another name has them."""
    _, partition, _, organisation, *_ = other.split(":")
    return f"orn:{partition}:idp:{organisation}:authorization_servers:{server}"


def _mutable(document: Document) -> Document:
    """What can be written again later. With ALL_SCOPES the list is a star (okta-api §1.8)."""
    said: Document = {key: document[key] for key in _MUTABLE if key in document}
    if said.get("scopeCondition") == EVERY:
        said["scopes"] = ["*"]
    return said


def _same(document: Document) -> Flow[str | None]:
    """The connection of the same agent to the same resource, if it is of the same kind."""
    agent, fixed = document["agent"], ("connectionType", "resource")
    for item in (yield Items(f"{AGENTS}/{agent}/connections")):
        live = record({**item, "agent": agent})
        if all(live.document.get(member) == document[member] for member in fixed):
            return live.id
    return None


def update(connection_id: str, document: Document) -> Flow[None]:
    """Write what differs as a merge-patch: an unknown or unchangeable member would be refused."""
    path = _path(connection_id)
    answer: Answer = yield Call("GET", path)
    live = record({**answer.body, "agent": document.get("agent", "")}).document
    if any(
        document[key] != live.get(key) for key in ("scopeCondition", "scopes", "resourceIndicator") if key in document
    ):
        yield Call("PATCH", path, _mutable(document), merge=True)


WIRE = Wire(
    listing=Inside("AiAgent", listing),
    complete=flows.childless,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=lambda connection_id, verb, target: flows.move(_path(connection_id), verb, target),
)
