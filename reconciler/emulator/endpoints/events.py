"""`/api/v1/logs`: reading the System Log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.emulator import identifiers, paging, search
from reconciler.emulator.call import Call
from reconciler.emulator.errors import invalid

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation

_DEFAULT_LIMIT, _MOST = 100, 1000


def list_events(org: Organisation, call: Call) -> Response:
    asked = paging.window(call, _DEFAULT_LIMIT, _MOST)
    order = _order(call)
    condition, values = search.condition(call.request.args.get("filter"), search.EVENT_ATTRIBUTES, "or")
    for name, comparison in (("since", ">="), ("until", "<")):
        moment = _moment(call, name)
        if moment is not None:
            condition += f" AND published{comparison}?"
            values.append(moment)
    for word in call.request.args.get("q", "").lower().split():
        condition += " AND instr(lower(document), ?)"
        values.append(word)
    if asked.after:
        condition += " AND seq<?" if order == "DESC" else " AND seq>?"
        values.append(asked.after)
    with org.store.read() as db:
        rows = db.execute(
            f"SELECT seq, document FROM log_events WHERE 1{condition} ORDER BY seq {order} LIMIT ?",  # noqa: S608
            (*values, asked.limit + 1),
        ).fetchall()
    page = paging.cut(rows, asked, lambda row: int(row["seq"]))
    events: list[Any] = [json.loads(row["document"]) for row in page.items]
    return paging.bare(org, call, paging.Page(events, page.next_after))


def _order(call: Call) -> str:
    named = call.request.args.get("sortOrder", "ASCENDING")
    found = {"ASCENDING": "ASC", "DESCENDING": "DESC"}.get(named)
    if found is None:
        raise invalid("sortOrder", "The order must be ASCENDING or DESCENDING")
    return found


def _moment(call: Call, name: str) -> float | None:
    text = call.request.args.get(name)
    if text is None:
        return None
    moment = identifiers.seconds(text)
    if moment is None:
        raise invalid(name, "The moment must be an ISO 8601 timestamp")
    return moment
