"""`/_emulator/…`: what only an emulator has. Never counted, never limited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.emulator import apps, bodies, custom_parts, records, servers, settling, store
from reconciler.emulator.call import Call, answer, empty
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.faults import FAULTS, FaultError
from reconciler.emulator.roles import ROLES
from reconciler.emulator.switches import SWITCHES

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def health(org: Organisation, _call: Call) -> Response:
    return answer({"status": "ok", "organisation": org.id})


def list_switches(org: Organisation, _call: Call) -> Response:
    return answer(
        [
            {
                "name": switch.name,
                "value": org.switches[switch.name],
                "default": switch.default,
                "values": list(switch.values) or "a whole number",
                "row": switch.row,
                "description": switch.description,
            }
            for switch in SWITCHES
        ]
    )


def reset(org: Organisation, call: Call) -> Response:
    """Forget every object, event, count and fault; organisation id and token stay."""
    bodies.read_nothing(call.request)
    with org.store.write() as db:
        store.empty(db)
        custom_parts.create_default(db, org.now())
    org.meters.forget()
    org.faults.disarm()
    return empty(204)


def refresh(org: Organisation, call: Call) -> Response:
    """Refresh one MCP server, or all, at once and whatever the refresh switch says."""
    body = bodies.read(call.request) if call.request.content_length else {}
    bodies.only(body, ("id",))
    named = bodies.text(body, "id")
    with org.store.read() as db:
        if named is not None:
            ids = [servers.get_for_change(db, named).id]
        else:
            ids = [row["id"] for row in db.execute("SELECT id FROM mcp_servers WHERE gone_at IS NULL ORDER BY seq")]
    for server_id in ids:
        settling.refresh_now(org, server_id, by_system=True)
    with org.store.read() as db:
        found = [server for one in ids if (server := servers.seek(db, one)) is not None]
    return answer({"data": [servers.view(org, server) for server in found]})


def list_faults(org: Organisation, _call: Call) -> Response:
    armed = org.faults.armed()
    return answer(
        [
            {
                "name": fault.name,
                "description": fault.description,
                "origin": fault.origin,
                "method": fault.method,
                "path": fault.path,
                "armed": [one.view() for one in armed if one.fault is fault],
            }
            for fault in FAULTS
        ]
    )


def arm(org: Organisation, call: Call) -> Response:
    body = bodies.read(call.request)
    name = bodies.required_text(body, "name")
    try:
        armed = org.faults.arm(name, **{key: value for key, value in body.items() if key != "name"})
    except FaultError as error:
        raise invalid("name", str(error)) from error
    return answer(armed.view(), 201)


def disarm_all(org: Organisation, _call: Call) -> Response:
    org.faults.disarm()
    return empty(204)


def disarm(org: Organisation, call: Call) -> Response:
    if not org.faults.disarm(call.ids["fault"]):
        raise not_found(call.ids["fault"], "Fault")
    return empty(204)


def set_roles(org: Organisation, call: Call) -> Response:
    """The admin roles of an app, instead of those that it had; the contract names no call for this."""
    wanted = bodies.texts(bodies.read(call.request), "roles") or ()
    if not set(wanted) <= set(ROLES):
        raise invalid("roles", f"The values must be among {', '.join(ROLES)}")
    with org.store.write() as db:
        app = apps.with_client_id(db, call.ids["client"])
        if app is None:
            raise not_found(call.ids["client"], "OAuthClient")
        records.save(db, org.now(), replace(app, document={**app.document, "roles": list(wanted)}))
    return answer({"roles": list(wanted)})


def read_requests(org: Organisation, _call: Call) -> Response:
    """Counts since the start or the last reset: by family of paths, then by method."""
    seen = org.meters.seen()
    reads = sum(count for methods in seen.values() for method, count in methods.items() if method in _READS)
    total = sum(sum(methods.values()) for methods in seen.values())
    return answer({"total": total, "reads": reads, "writes": total - reads, "families": seen})


def reset_requests(org: Organisation, _call: Call) -> Response:
    org.meters.forget_seen()
    return empty(204)
