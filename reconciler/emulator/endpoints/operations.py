"""`…/operations`: how what was asked for ends, in two families (okta-api §2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import operations, paging, settling
from reconciler.emulator.call import Call, answer
from reconciler.emulator.errors import not_found

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from reconciler.emulator.organisation import Organisation


def list_operations(org: Organisation, call: Call) -> Response:
    """Of the workload principals; the other family has no list (okta-api §2.4)."""
    asked = paging.window(call, 20, 200)
    with org.store.read() as db:
        found = operations.page_of_agents(org, db, asked.after, asked.limit + 1)
    page = paging.cut(found, asked, lambda pair: int(pair[0]))
    views = [operations.view(org, operation) for _, operation in page.items]
    return paging.enveloped(org, call, paging.Page(views, page.next_after))


def read_operation(org: Organisation, call: Call) -> Response:
    return _operation(org, call.ids["operation"], is_of_agent=False)


def read_principal_operation(org: Organisation, call: Call) -> Response:
    return _operation(org, call.ids["principal_operation"], is_of_agent=True)


def _operation(org: Organisation, operation_id: str, *, is_of_agent: bool) -> Response:
    """Each family shows its own (okta-api §2.4)."""
    settling.settle_operation(org, operation_id)
    with org.store.read() as db:
        operation = operations.get(org, db, operation_id)
    if operations.is_of_agent(operation) != is_of_agent:
        raise not_found(operation.id, "Operation")
    return answer(operations.view(org, operation))
