"""REG: how a client comes to be known at an authorization server."""

from reconciler.core.document import Document
from reconciler.oauth.case import IssuerCase, observed, of_metadata
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, skip, unknown
from reconciler.oauth.parts import split
from reconciler.oauth.prepare import document

_CIMD = "client_id_metadata_document_supported"


@rule(
    "REG001 path",
    "W G G",
    "MCP 2026-07-28 client registration; help.okta.com ai-agent-mcp-server",
    summary="There is a way to become a client: registered before, by a metadata document, or dynamically",
    why="A client that nobody knows is refused. Okta itself uses only what was registered before.",
    example="neither a ClientRegistration nor registration_endpoint",
    fix="Register a client at the provider, and declare it.",
)
@of_metadata
def path(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    ways = {
        "registered before": registration is not None and bool(registration.client_id),
        "metadata document": case.meta.flag(_CIMD),
        "dynamic": case.meta.has("registration_endpoint"),
    }
    open_ways = [way for way, is_open in ways.items() if is_open]
    return good(", ".join(open_ways)) if open_ways or case.is_okta else bad("none")


@rule(
    "REG002 cimd-none",
    "W G G",
    "claude.com connector documentation; MCP 2026-07-28 client registration",
    summary="Who accepts client metadata documents also accepts clients without a secret",
    why="Such clients are public. Where none is not listed Claude and opencode do not use the document at all.",
    example="client_id_metadata_document_supported without none among the methods",
    fix="Add none to token_endpoint_auth_methods_supported.",
)
@of_metadata
def document_without_none(case: IssuerCase) -> Outcome:
    if not case.meta.flag(_CIMD):
        return skip("client metadata documents are not announced")
    return good() if "none" in case.meta.methods else bad("none is not listed", "none")


@rule(
    "REG003 cimd-self",
    "E G G",
    "OAuth client ID metadata document draft section 4",
    summary="A client id that is a URL gives a document that names itself, with a name and redirect URIs",
    why="The server fetches it in the middle of the sign-in; whatever is wrong with it stops every person there.",
    example='"client_id" in the document differs from its URL',
    fix="Correct the document.",
)
def document_of_itself(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    client_id = (registration.client_id if registration else None) or ""
    if "://" not in client_id:
        return skip("the client id is not a URL")
    parts = split(client_id)
    if parts is None or parts.key[0] != "https" or parts.path in {"", "/"}:
        return bad("the client id is not an https URL with a path")
    reply = case.evidence.client if case.evidence else None
    if reply is None or not observed(reply):
        return unknown("the document was not seen")
    value = document(reply).parsed.value
    return bad(f"{reply.status}, no JSON object", reply=reply) if value is None else judged(_faults(value, client_id))


@rule(
    "REG004 dcr-only",
    "I G G",
    "MCP 2026-07-28 client registration (dynamic registration is deprecated)",
    summary="Dynamic registration is not the only way",
    why="It leaves a client behind for every installation, and is deprecated since 2026-07-28.",
    example="registration_endpoint, and nothing else",
    fix="Plan for client metadata documents.",
)
@of_metadata
def dynamic_only(case: IssuerCase) -> Outcome:
    registration = case.declared.registration
    before = registration is not None and bool(registration.client_id) and not registration.dynamic
    only = case.meta.has("registration_endpoint") and not case.meta.flag(_CIMD) and not before
    return bad("only dynamic registration") if only and not case.is_okta else good()


def _faults(value: Document, client_id: str) -> list[str]:
    faults = [] if value.get("client_id") == client_id else ["client_id is not its own URL"]
    faults += [] if value.get("client_name") else ["client_name is missing"]
    uris = value.get("redirect_uris")
    return faults + ([] if isinstance(uris, list) and uris else ["redirect_uris are missing"])


ISSUER = (path, document_without_none, document_of_itself, dynamic_only)
