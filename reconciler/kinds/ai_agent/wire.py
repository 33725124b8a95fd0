"""How AI agents are read: `/workload-principals/api/v1/ai-agents` (okta-api §1.7, §2.5). They are never written."""

from reconciler.core import flows
from reconciler.core.document import Document, without_none
from reconciler.core.errors import CallRefused
from reconciler.core.lifecycle import State
from reconciler.core.resources import Record
from reconciler.core.wire import Flow, Wire

KIND = "AiAgent"
ROOT = "/workload-principals/api/v1/ai-agents"
_STATES = {"ACTIVE": State.ACTIVE, "INACTIVE": State.INACTIVE}


def record(raw: Document) -> Record:
    """Normalise an agent; one that was never activated (STAGED) is still pending."""
    name = (raw.get("profile") or {}).get("name")
    return Record(
        kind=KIND,
        id=raw["id"],
        key=name or raw["id"],
        state=_STATES.get(raw.get("status", ""), State.PENDING),
        document=without_none({"profileName": name}),
        facts=without_none({"id": raw["id"], "orn": _orn(raw)}),
    )


def _orn(raw: Document) -> str | None:
    """The agent's own name, else the one in the filter of a link: some answers lack the first (okta-api §5.19)."""
    if raw.get("orn"):
        return str(raw["orn"])
    links = (link.get("href", "") for link in (raw.get("_links") or {}).values() if isinstance(link, dict))
    quoted = (part for href in links for part in href.replace("%22", '"').replace("%3A", ":").split('"'))
    return next((part for part in quoted if part.startswith("orn:") and part.endswith(f":{raw['id']}")), None)


def imagine(document: Document, agent_id: str) -> Document:
    """The raw agent that a document names."""
    return {
        "id": agent_id,
        "orn": f"orn:okta:directory:00oImagined:workload-principals:ai-agents:{agent_id}",
        "status": "ACTIVE",
        "profile": {"name": document["profileName"]},
    }


def refuse(*_: object) -> Flow[str]:
    """Agents are somebody else's: whatever would write one is refused before anything is sent."""
    yield from ()
    raise CallRefused("AI agents are read and used, never written.", status=405)


def refuse_quietly(*_: object) -> Flow[None]:
    """The same, for writes that give nothing back."""
    yield from refuse()


WIRE = Wire(
    listing=lambda: flows.every(ROOT),
    complete=flows.childless,
    find=lambda agent_id: flows.one(f"{ROOT}/{agent_id}"),
    record=record,
    imagine=imagine,
    create=refuse,
    update=refuse_quietly,
    move=refuse_quietly,
)
