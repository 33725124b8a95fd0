"""What an author can fix about a client registration, seen from the documents alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.kind import Kinds, Offer
from reconciler.core.resources import Desired, Resource
from reconciler.core.spec import SECRET_SOURCE
from reconciler.kinds.client_registration.spec import ClientRegistrationSpec

CREDENTIALS = Rule(
    code="CRG001",
    summary="Credentials do not fit the registration",
    why="A client that was registered by hand is known by an id and a secret. With dynamic registration the "
    "authorization server gives both, to Okta alone (RFC 7591 section 3.2.1).",
    example="registration: dynamic\nclientId: Iv1.8a61f9b3a7aba766",
    fix="static: `clientSecret` and either `clientId` or `app`; dynamic: none of them.",
)
NOT_ATTACHED = Rule(
    code="CRG002",
    summary="The authorization server does not protect the MCP server",
    why="Okta keeps client credentials for an authorization server of an MCP server (okta-api §1.4); others are never "
    "asked for tokens.",
    example="mcpServer: jira, authorizationServer: github, and jira does not name github",
    fix="Name one of the MCP server's `authorizationServers`, or add it there.",
)
NO_CLIENT_NEEDED = Rule(
    code="CRG003",
    summary="The authorization server needs no client registration",
    why="An Okta custom authorization server gives XAA, for which no client has to be registered (concept page).",
    example="authorizationServer: agents   # type: okta",
    fix="Remove the document, or name an external authorization server.",
)
APP_SHARED = Rule(
    code="CRG004",
    summary="Two client registrations use one app",
    why="An app has at most two secrets, and a renewal needs both places: the registrations would push out each "
    "other's secret.",
    example="two ClientRegistration documents with app: jira-client",
    fix="Give each registration a ClientApp of its own.",
)

RULES = (SECRET_SOURCE, CREDENTIALS, NOT_ATTACHED, NO_CLIENT_NEEDED, APP_SHARED)


def check(resource: Resource[ClientRegistrationSpec], desired: Desired, kinds: Kinds) -> Iterator[Diagnostic]:
    """Yield every fault of the document, each with the path at which it stands."""
    spec = resource.spec
    yield from _credentials(spec)
    server = desired.get(Address("McpServer", spec.mcp_server))
    issuer = desired.get(Address("AuthorizationServer", spec.authorization_server))
    at = ("spec", "authorizationServer")
    if server and issuer and issuer.address not in server.outline.references:
        detail = f"{server.address} names {_names(server)}, not `{spec.authorization_server}`."
        yield NOT_ATTACHED.found(detail, path=at)
    if issuer and Offer.XAA in kinds[issuer.address.kind].offers(issuer.spec):
        yield NO_CLIENT_NEEDED.found(f"{issuer.address} is one of Okta's own.", path=at)


def _credentials(spec: ClientRegistrationSpec) -> Iterator[Diagnostic]:
    given = {"clientId": spec.client_id, "app": spec.app, "clientSecret": spec.client_secret}
    if spec.registration == "dynamic":
        for name, value in given.items():
            if value is not None:
                yield CREDENTIALS.found(f"It is dynamic and has `{name}`.", path=("spec", name))
        return
    if spec.client_secret is None:
        yield CREDENTIALS.found("It is static and has no `clientSecret`.", path=("spec",))
    if (spec.client_id is None) == (spec.app is None):
        yield CREDENTIALS.found("It is static and needs one of `clientId` and `app`.", path=("spec",))


def _names(server: Resource[Any]) -> str:
    return ", ".join(f"`{address.name}`" for address in server.outline.references)


def check_all(
    resources: Sequence[Resource[ClientRegistrationSpec]],
) -> Iterator[tuple[Resource[ClientRegistrationSpec], Diagnostic]]:
    """Yield those whose app an earlier one uses: only the second is at fault, so that the sentence comes once."""
    first: dict[str, Address] = {}
    for resource in sorted(resources, key=lambda each: each.address):
        if resource.spec.app is None or resource.absent:
            continue
        owner = first.setdefault(resource.spec.app, resource.address)
        if owner != resource.address:
            yield resource, APP_SHARED.found(f"{owner} uses it as well.", path=("spec", "app"))
