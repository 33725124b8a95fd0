"""What an author can fix about a delegation link, seen from the documents alone."""

from collections.abc import Iterator

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds, Offer
from reconciler.core.resources import Desired, Resource
from reconciler.kinds.delegation_link.spec import DelegationLinkSpec, delegator, target

ONE_DELEGATOR = Rule(
    code="DLK001",
    summary="It is not clear whose tokens are exchanged",
    why="A link leads from one client to one MCP server (okta-api §1.9).",
    example="from: {agent: support, app: portal}",
    fix="Write exactly one of `agent`, `app` and `oauthClient` under `from`.",
)
TO_ITSELF = Rule(
    code="DLK002",
    summary="Link from a client to itself",
    why="A client needs no leave to use its own tokens.",
    example="from: {oauthClient: jira}\nto: jira",
    fix="Name another client under `from`, or remove the document.",
)
NO_CUSTOM_SERVER = Rule(
    code="DLK003",
    summary="The MCP server has no Okta custom authorization server",
    why="A link leads through the custom authorization server that is attached to the MCP server; without one Okta "
    "refuses it (okta-api §1.9).",
    example="to: jira   # and the MCP server behind jira names external authorization servers only",
    fix="Add an authorization server of type okta to the MCP server.",
)

RULES = (ONE_DELEGATOR, TO_ITSELF, NO_CUSTOM_SERVER)


def check(resource: Resource[DelegationLinkSpec], desired: Desired, kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    spec = resource.spec
    if delegator(spec) is None:
        yield ONE_DELEGATOR.found("It needs one of `agent`, `app` and `oauthClient`.", path=("spec", "from"))
    if delegator(spec) == target(spec):
        yield TO_ITSELF.found(f"Both ends are {target(spec)}.", path=("spec", "from", "oauthClient"))
    client = desired.get(target(spec))
    for address in () if client is None else client.outline.references:
        server = desired.get(address)
        if server is not None and not any(
            Offer.XAA in kinds[each.kind].offers(desired[each].spec)
            for each in server.outline.references
            if each in desired
        ):
            yield NO_CUSTOM_SERVER.found(f"{address} has none.", path=("spec", "to"))
