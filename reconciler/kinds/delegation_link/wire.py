"""How a delegation link travels: `/workload-principals/api/v1/delegation-links` (okta-api §1.9, §2.5).

Documents hold the names (ORNs) of both ends, as the organisation gave them. A link is read with the client that it
leads to.
"""

from urllib.parse import quote

from reconciler.core import flows
from reconciler.core.document import Document, Ref, without_none
from reconciler.core.errors import CallRefused, OutcomeUnknown
from reconciler.core.flows import id_in
from reconciler.core.kind import LookUp
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record, Resource
from reconciler.core.wire import Answer, Call, Flow, Inside, Pause, Wire
from reconciler.kinds.delegation_link.spec import DelegationLinkSpec, delegator, target

KIND = "DelegationLink"
ROOT = "/workload-principals/api/v1/delegation-links"
_EXISTS = "UNIQUE_CONSTRAINT"
_NOT_SEEN_YET = "to.authorizationServerOrn"
_PAUSES = (1.0, 2.0, 3.0, 5.0, 8.0)
"""Seconds between tries while an authorization server that was just attached is not seen (okta-api §3.7, §5.21)."""
_END = {"from": "clientOrn", "to": "resourceOrn"}


def to_document(resource: Resource[DelegationLinkSpec]) -> Document:
    """The desired document: the two ends, and which token; and the id of the client inside which the link is read."""
    spec = resource.spec
    one = delegator(spec)
    return without_none(
        {
            "from": None if one is None else Ref(one, "orn").to_json(),
            "tokenType": spec.token_type,
            "to": Ref(target(spec), "orn").to_json(),
            "client": Ref(target(spec), "id").to_json(),
        }
    )


def natural_key(spec: DelegationLinkSpec) -> str:
    """What tells two documents apart: both ends, and which token."""
    return f"{delegator(spec)} {spec.token_type} {target(spec)}"


def live_key(spec: DelegationLinkSpec, look_up: LookUp) -> str:
    """The same by ids; empty while one end is not there."""
    one = delegator(spec)
    ends = [look_up(Ref(each, "orn")) for each in (one, target(spec)) if each is not None]
    known = [each for each in ends if isinstance(each, str)]
    return _key(known[0], spec.token_type, known[1]) if len(known) == len(_END) else ""


def _key(one: str, token_type: str, other: str) -> str:
    return f"{id_in(one)} {token_type} {id_in(other)}"


def record(raw: Document) -> Record:
    """Normalise a link; `client` was added to it when it was read."""
    one, other = raw["from"]["clientOrn"], raw["to"]["resourceOrn"]
    token_type = raw["from"].get("tokenType", "ACCESS_TOKEN")
    return Record(
        kind=KIND,
        id=f"{raw['client']}/{raw['id']}",
        key=_key(one, token_type, other),
        state=State.ACTIVE,
        document={"from": one, "tokenType": token_type, "to": other},
        facts=without_none(
            {
                "id": f"{raw['client']}/{raw['id']}",
                "authorizationServerOrn": raw["to"].get("authorizationServerOrn"),
            }
        ),
    )


def observe(live: Record, desired: Document) -> Document:
    """The live document with names as the desired one spells them, where they end in the same id (okta-api §5.17)."""
    ends = {end: desired[end] for end in _END if isinstance(desired.get(end), str)}
    return {**live.document, **{e: n for e, n in ends.items() if id_in(n) == id_in(live.document[e])}}


def imagine(document: Document, link_id: str) -> Document:
    """The raw link that the document describes."""
    return {
        "id": link_id.rpartition("/")[2],
        "client": document["client"],
        "from": {"clientOrn": document["from"], "tokenType": document["tokenType"]},
        "to": {"resourceOrn": document["to"]},
    }


# -- flows ---------------------------------------------------------------------------------------------------------


def listing(client: Record) -> Flow[list[Document]]:
    """The links that lead to one client."""
    return (yield from _leading_to(str(client.facts["orn"]), client.id))


def _leading_to(orn: str, client: str) -> Flow[list[Document]]:
    condition = quote(f'to.resourceOrn eq "{orn}"', safe="")
    items = yield from flows.every(f"{ROOT}?filter={condition}")
    return [{**item, "client": client} for item in items]


def find(link_id: str) -> Flow[Document | None]:
    """One by id, None when it is gone."""
    client, _, own = link_id.rpartition("/")
    raw = yield from flows.one(f"{ROOT}/{own}")
    return None if raw is None else {**raw, "client": client}


def create(document: Document) -> Flow[str]:
    """Make the link. One that exists already is taken over: there is at most one of its two ends and its token."""
    body = {
        "from": {
            "type": "OKTA_AUTHORIZATION_SERVER",
            "clientOrn": document["from"],
            "tokenType": document["tokenType"],
        },
        "to": {"resourceOrn": document["to"]},
    }
    client = document["client"]
    try:
        answer = yield from _patiently(body)
    except (CallRefused, OutcomeUnknown) as error:
        if isinstance(error, CallRefused) and _EXISTS not in error.reasons:
            raise
        wanted = _key(document["from"], document["tokenType"], document["to"])
        for raw in (yield from _leading_to(document["to"], client)):
            if record(raw).key == wanted:
                return record(raw).id
        raise
    return f"{client}/{answer.body['id']}"


def _patiently(body: Document) -> Flow[Answer]:
    """Send, again after a pause while Okta does not see the MCP server's authorization server yet."""
    for pause in _PAUSES:
        try:
            answer: Answer = yield Call("POST", ROOT, body)
        except CallRefused as refused:
            if _NOT_SEEN_YET not in refused.locations:
                raise
            yield Pause(pause)
        else:
            return answer
    answer = yield Call("POST", ROOT, body)
    return answer


def update(link_id: str, _document: Document) -> Flow[None]:
    """Nothing of a link can be written, whatever differs is a replace; that it is there is made sure of."""
    yield Call("GET", f"{ROOT}/{link_id.rpartition('/')[2]}")


WIRE = Wire(
    listing=Inside("McpOAuthClient", listing),
    complete=flows.childless,
    find=find,
    record=record,
    imagine=imagine,
    create=create,
    update=update,
    move=lambda link_id, _verb, _target: flows.delete(f"{ROOT}/{link_id.rpartition('/')[2]}"),
)
