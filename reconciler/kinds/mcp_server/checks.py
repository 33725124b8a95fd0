"""What an author can fix about an MCP server, and what stands in the way of activating a live one."""

from collections.abc import Iterator
from typing import Any

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Document
from reconciler.core.kind import Kinds, Offer
from reconciler.core.lifecycle import State
from reconciler.core.resources import Desired, Record, Resource
from reconciler.core.url import URL_CANONICAL, URL_CLEAN, URL_HTTPS, URL_SECRET, odd_url
from reconciler.kinds.mcp_server.spec import McpServerSpec, references

NOT_CONNECTABLE = Rule(
    code="CON001",
    summary="MCP server is not connectable",
    why="An MCP server is connectable when at least one of its authorization servers offers XAA or STS (concept page); "
    "`requires` may narrow that to one of the two.",
    example="requires: [xaa] with only an external authorization server that offers STS",
    fix="Attach an authorization server that offers what is required, or widen `requires`.",
)
NOT_ATTACHED = Rule(
    code="MCP101",
    summary="MCP server has no authorization server at the organisation",
    why="Okta found none in the server's metadata and none is attached by hand, so no agent could get a token.",
    example="protected-resource metadata with an empty authorization_servers list",
    fix="List the issuer in the server's protected-resource metadata (RFC 9728 section 2), or use `discovery: static`.",
)
ROW_PENDING = Rule(
    code="MCP102",
    summary="Authorization server is still being verified",
    why="Okta has not finished looking at its metadata; activating before would trust what nobody has checked.",
    example="an attached authorization server in PENDING",
    fix="Wait a minute and apply again; when it stays, look at the issuer's metadata.",
)
REPEATED = Rule(
    code="MCP103",
    summary="Authorization server is named twice",
    why="The list is a set; a repeated name is most often a slip that hides a missing one.",
    example="authorizationServers: [github, github]",
    fix="Remove the repeated name.",
)

RULES = (
    URL_HTTPS,
    URL_CLEAN,
    URL_CANONICAL,
    URL_SECRET,
    NOT_CONNECTABLE,
    NOT_ATTACHED,
    ROW_PENDING,
    REPEATED,
)


_NONE = frozenset[Offer]()


def check(resource: Resource[McpServerSpec], desired: Desired, kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    spec = resource.spec
    yield from odd_url(spec.resource_url, ("spec", "resourceUrl"))
    if len(spec.authorization_servers) > 1:  # most have one
        yield from _named_twice(spec)
    known = [desired[address] for address in references(spec) if address in desired]
    if len(known) < len(spec.authorization_servers):
        return  # a reference to nothing is reported as such; what it would offer cannot be known
    yield from _same_twice(known)
    if spec.state == "inactive":
        return  # it may be registered before anybody can connect
    offered = _NONE.union(*[kinds[r.address.kind].offers(r.spec) for r in known])
    if offered.isdisjoint(spec.requires):
        yield NOT_CONNECTABLE.found(
            f"It requires {_either(spec.requires)}; its authorization servers offer {_either(sorted(offered))}.",
            path=("spec", "authorizationServers"),
        )


def _named_twice(spec: McpServerSpec) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for index, name in enumerate(spec.authorization_servers):
        if name in seen:
            yield REPEATED.found(f"`{name}` stands here a second time.", path=("spec", "authorizationServers", index))
        seen.add(name)


def _same_twice(known: list[Resource[Any]]) -> Iterator[Diagnostic]:
    """Two documents for one authorization server: the organisation holds only one row for it."""
    first: dict[str, str] = {}
    for index, resource in enumerate(known):
        name = resource.address.name
        other = first.setdefault(resource.outline.key, name)
        if other != name:
            detail = f"`{name}` is the same authorization server as `{other}`."
            yield REPEATED.found(detail, path=("spec", "authorizationServers", index))


def ready(live: Record, document: Document) -> Iterator[Diagnostic]:
    """Yield what stands in the way of activating: no rows, rows in PENDING, or none that offers what is required."""
    rows = live.facts["rows"]
    subject = document["resourceUrl"]
    if not rows:
        yield NOT_ATTACHED.found("Okta lists no authorization server for it.", subject=subject)
        return
    for row in rows:
        if row["status"] == State.PENDING:
            yield ROW_PENDING.found(f"{row['key']} is PENDING.", subject=subject)
    verified = _verified(live)
    if not any(row["status"] == verified and row[word] for row in rows for word in document["requires"]):
        says = "; ".join(f"{row['key']} is {row['status']}, offers {_either(_words(row))}" for row in rows)
        yield NOT_CONNECTABLE.found(f"It requires {_either(document['requires'])}; {says}.", subject=subject)


def _verified(live: Record) -> State:
    """The status of a row that was verified: some organisations wake rows only with their server (okta-api §6 row 11).

    There, every row of a server that was not activated yet is INACTIVE at best.
    """
    asleep = live.state is State.INACTIVE and all(row["status"] != State.ACTIVE for row in live.facts["rows"])
    return State.INACTIVE if asleep else State.ACTIVE


def _words(row: Document) -> list[str]:
    return [word for word in ("xaa", "sts") if row[word]]


def _either(words: tuple[str, ...] | list[str]) -> str:
    return " or ".join(word.upper() for word in words) or "neither"
