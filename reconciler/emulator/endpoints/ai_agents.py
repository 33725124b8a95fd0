"""`/workload-principals/api/v1/ai-agents`: AI agents, their operations and owners (okta-api §1.7, §2.5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import agents, apps, bodies, operations, paging, records, search
from reconciler.emulator.agents import AGENT, AGENT_KEY, KEPT_GRANTS, STAGED
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.errors import Cause, Refusal, invalid
from reconciler.emulator.operations import Order
from reconciler.emulator.records import ACTIVE, INACTIVE, Draft, Record

from .apps import insert

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_SHORTEST_NAME = 3
_NEW_APP = "NEW_OIDC_APP"


def list_agents(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, 20, 200)
    where = search.condition(call.request.args.get("search"), search.AGENT_ATTRIBUTES)
    with org.store.read() as db:
        found = records.page(db, AGENT, where, asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda agent: int(agent.seq))
    views = [agents.view(org, agent) for agent in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def read_agent(org: Organisation, call: Call) -> Response:
    with org.store.read() as db:
        return answer(agents.view(org, agents.get(db, call.ids["agent"])))


def register(org: Organisation, call: Call) -> Response:
    """STAGED at once; `signOnProvider` of type NEW_OIDC_APP makes the app behind it, INACTIVE (§5 quirk 26)."""
    body = bodies.read(call.request)
    bodies.only(body, ("profile", "appId", "signOnProvider"))
    profile = _profile(body)
    with org.store.write() as db:
        _check_name(db, profile["name"])
        document = {"profile": profile, **_app(org, db, body, profile["name"])}
        agent = records.add(db, org.now(), AGENT, Draft(document, name=agents.fold(profile["name"]), status=STAGED))
        operation = operations.schedule(org, db, Order("agent-register", agent.id))
    return empty(202, operations.location(org, operation))


def _profile(body: Mapping[str, Any]) -> dict[str, Any]:
    profile = bodies.inner(body, "profile")
    bodies.only(profile, ("name", "description"))
    name = bodies.required_text(profile, "name", at_most=255)
    if len(name) < _SHORTEST_NAME:
        raise invalid("profile.name", f"The field must have at least {_SHORTEST_NAME} characters")
    return {"name": name, "description": bodies.text(profile, "description")}


def _check_name(db: sqlite3.Connection, name: str, own: str = "") -> None:
    found = records.named(db, AGENT, agents.fold(name))
    if found is not None and found.id != own:
        text = "profile.name: An AI agent with this name already exists"
        raise Refusal("E0000195", Cause(text, "UNIQUE_CONSTRAINT", "profile.name"))


def _app(org: Organisation, db: sqlite3.Connection, body: Mapping[str, Any], name: str) -> dict[str, Any]:
    app_id = bodies.text(body, "appId")
    if app_id is not None:
        return {"appId": records.get(db, apps.APP, app_id).id}
    provider = bodies.inner(body, "signOnProvider")
    if bodies.choice(provider, "type", (_NEW_APP, ""), "") != _NEW_APP:
        return {}
    said = apps.document(
        {
            "name": "oidc_client",
            "signOnMode": "OPENID_CONNECT",
            "label": f"{name} (AI agent)",
            "settings": {"oauthClient": {"grant_types": list(KEPT_GRANTS), "dpop_bound_access_tokens": False}},
        }
    )
    app, _secret = insert(org, db, said, INACTIVE, {})
    return {"appId": app.id, "signOnProvider": {"type": _NEW_APP, "appInstanceId": app.id}}


def replace_agent(org: Organisation, call: Call) -> Response:
    body = bodies.read(call.request)
    bodies.only(body, ("profile",))
    return _write(org, call, "agent-replace", lambda _agent: body)


def patch_agent(org: Organisation, call: Call) -> Response:
    patch = bodies.read_patch(call.request)
    bodies.only(patch, ("profile",))
    return _write(org, call, "agent-patch", lambda agent: bodies.merge({"profile": agent.document["profile"]}, patch))


def _write(org: Organisation, call: Call, verb: str, wanted: Any) -> Response:
    with org.store.write() as db:
        agent = agents.get(db, call.ids["agent"])
        profile = _profile(wanted(agent))
        _check_name(db, str(profile["name"]), agent.id)
        operation = operations.schedule(org, db, Order(verb, agent.id, payload={"profile": profile}))
    return empty(202, operations.location(org, operation))


def delete_agent(org: Organisation, call: Call) -> Response:
    """Only an INACTIVE one (okta-api §3.3)."""
    with org.store.write() as db:
        agent = agents.get(db, call.ids["agent"])
        if agent.status != INACTIVE:
            raise invalid("status", f"Only an INACTIVE AI agent can be deleted, this one is {agent.status}")
        operation = operations.schedule(org, db, Order("agent-delete", agent.id))
    return empty(202, operations.location(org, operation))


def activate(org: Organisation, call: Call) -> Response:
    """Needs an owner and a credential (okta-api §1.7)."""
    bodies.read_nothing(call.request)
    with org.store.write() as db:
        agent = agents.get(db, call.ids["agent"])
        if agent.status == ACTIVE:
            raise invalid("status", "The AI agent is ACTIVE already")
        if not agent.document.get("owners"):
            raise invalid("owners", "The AI agent has no owner")
        if not _can_authenticate(db, agent):
            raise invalid("credentials", "The AI agent has no ACTIVE key")
        operation = operations.schedule(org, db, Order("agent-activate", agent.id))
    return empty(202, operations.location(org, operation))


def _can_authenticate(db: sqlite3.Connection, agent: Record) -> bool:
    return any(key.status == ACTIVE for key in records.of(db, AGENT_KEY, agent.id))


def deactivate(org: Organisation, call: Call) -> Response:
    bodies.read_nothing(call.request)
    with org.store.write() as db:
        agent = agents.get(db, call.ids["agent"])
        if agent.status != ACTIVE:
            raise invalid("status", f"Only an ACTIVE AI agent can be deactivated, this one is {agent.status}")
        operation = operations.schedule(org, db, Order("agent-deactivate", agent.id))
    return empty(202, operations.location(org, operation))


def set_owners(org: Organisation, call: Call) -> Response:
    """The owners of resources, instead of those that were there."""
    body = bodies.read(call.request)
    resources, principals = (_orns(body, name) for name in ("resourceOrns", "principalOrns"))
    with org.store.write() as db:
        for named in resources:
            agent = agents.by_orn(org, db, named)
            records.save(db, org.now(), replace(agent, document={**agent.document, "owners": list(principals)}))
    return answer({"resourceOrns": list(resources), "principalOrns": list(principals)})


def _orns(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = bodies.texts(body, name)
    if not found or not all(one.startswith("orn:") for one in found):
        raise invalid(name, "The field must list ORNs", "INVALID_FORMAT")
    return found


def list_clients(org: Organisation, _call: Call) -> Response:
    """Every OAuth client: apps, and the workload principals that are no apps (okta-api §1.7)."""
    with org.store.read() as db:
        named = [(app.document["client_id"], app.document["label"]) for app in records.every(db, apps.APP)]
        named += [(agent.id, agent.document["profile"]["name"]) for agent in records.every(db, AGENT)]
    return answer([{"client_id": client_id, "client_name": name} for client_id, name in named])
