"""From a live link back to what an author would write: the inverse of `wire.to_document`."""

from collections.abc import Mapping

from reconciler.core.document import Document
from reconciler.core.flows import id_in
from reconciler.core.kind import Loan
from reconciler.core.resources import Record

_ENDS = {
    "ai-agents": ("agent", "AiAgent"),
    "oidc_client": ("app", "ClientApp"),
    "oidc": ("app", "ClientApp"),
    "mcp": ("oauthClient", "McpOAuthClient"),
}
"""Who a client is, by the word before the id in its name."""


def loans(record: Record) -> Mapping[str, Loan]:
    """The client that exchanges tokens, and whose tokens they are."""
    found = {"to": Loan("McpOAuthClient", record.id.rpartition("/")[0], {})}
    delegator = record.document["from"]
    if _word(delegator) in _ENDS:
        found["from"] = Loan(_ENDS[_word(delegator)][1], str(id_in(delegator)), {"id": id_in(delegator)})
    return found


def to_spec(record: Record, names: Mapping[str, str]) -> Document:
    """The link with what is not a default. Of a client of a sort that nobody knows nothing can be said."""
    delegator, kind = record.document["from"], record.document["tokenType"]
    said = {_ENDS[_word(delegator)][0]: names["from"]} if "from" in names else {}
    return {"from": said, "to": names["to"]} | ({} if kind == "ACCESS_TOKEN" else {"tokenType": kind})


def _word(orn: str) -> str:
    return orn.rpartition(":")[0].rpartition(":")[2]
