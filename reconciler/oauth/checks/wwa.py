"""WWA: the challenge that comes with a 401."""

from http import HTTPStatus

from reconciler.core.evidence import Weight
from reconciler.core.url import host_of
from reconciler.oauth import challenge
from reconciler.oauth.case import ServerCase, of_refusal
from reconciler.oauth.observation import Revision, Variant
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, show, skip, unknown
from reconciler.oauth.parts import same_origin

_WATCHED = ("resource_metadata", "scope")


@rule(
    "WWA001 present",
    "E C P",
    "RFC 9110 section 15.5.2",
    summary="A 401 carries WWW-Authenticate",
    why="Without it the 401 says that something is missing, but not what; clients stop there.",
    example="401 with a JSON body alone",
    fix="Add the header.",
)
@of_refusal
def present(case: ServerCase) -> Outcome:
    assert case.refusal is not None
    return good() if case.refusal.header("www-authenticate") else bad("401 without WWW-Authenticate")


@rule(
    "WWA002 scheme",
    "E C P",
    "RFC 6750 section 3; RFC 9728 sections 5.1 and 5.4",
    summary="One of the challenges is Bearer or DPoP",
    why="Clients look for the scheme that they can serve. With Basic alone they ask for a password, or give up.",
    example="WWW-Authenticate: Basic realm=mcp",
    fix="Emit a Bearer challenge.",
)
@of_refusal
def scheme(case: ServerCase) -> Outcome:
    if not case.challenges.items:
        return skip("there is no challenge")
    if case.challenges.of("Bearer", "DPoP") is not None:
        return good()
    return bad(", ".join(show(each.scheme) for each in case.challenges.items), "Bearer")


@rule(
    "WWA003 rm-param",
    "E C P",
    "RFC 9728 section 5.1; MCP 2025-06-18 and SEP-985",
    summary="The challenge names the metadata with resource_metadata",
    why="2025-06-18 demands it; since 2025-11-25 a client may look at the well-known path instead, so it is fatal "
    "only where neither works.",
    example="WWW-Authenticate: Bearer realm=mcp",
    fix="Add resource_metadata with the URL of the metadata document.",
)
@of_refusal
def rm_param(case: ServerCase) -> Outcome:
    if not case.challenges.items:
        return skip("there is no challenge")
    if case.hint:
        return good()
    if case.revision is Revision.M03:
        return skip("2025-03-26 does not know it")
    well_known = any(doc.usable and doc.variant is not Variant.CHALLENGE for doc in case.docs)
    mild = well_known and case.revision >= Revision.M25
    return bad("no resource_metadata", weight=Weight.WARNING if mild else None)


@rule(
    "WWA004 rm-origin",
    "E G P",
    "RFC 9728 section 7.3; MCP security best practices, SSRF",
    summary="resource_metadata is an absolute https URL on the server's own origin",
    why="A challenge that points elsewhere lets whoever can write a header choose the authorization server. It is "
    "reported, not followed.",
    example="resource_metadata=https://other.example.net/prm",
    fix="Serve the document on the same origin.",
)
@of_refusal
def rm_origin(case: ServerCase) -> Outcome:
    if case.hint is None:
        return skip("no resource_metadata")
    if same_origin(case.hint, case.target.url):
        return good()
    return bad(f"on {show(host_of(case.hint)) or 'no host'}", f"on {show(host_of(case.target.url))}")


@rule(
    "WWA005 rm-same",
    "W G G",
    "RFC 9728 section 3.3",
    summary="The document of the challenge and the well-known one are equal",
    why="Clients use either. Two documents mean two authorization servers for one MCP server.",
    example="the challenge names /prm.json with another issuer than the well-known document",
    fix="Serve one document.",
)
def rm_same(case: ServerCase) -> Outcome:
    hinted = case.at(Variant.CHALLENGE)
    others = [doc for doc in case.docs if doc.usable and doc.variant is not Variant.CHALLENGE]
    if hinted is None or not others:
        return skip("there are not two documents")
    if not hinted.usable:
        return unknown("the document of the challenge was not seen")
    if any(hinted.parsed.value == doc.parsed.value for doc in others):
        return good()
    return bad("two different documents", "one document")


@rule(
    "WWA006 scope",
    "I G P",
    "MCP 2025-11-25 and 2026-07-28, scope selection strategy",
    summary="The challenge names the scopes that are needed, without offline_access",
    why="Clients request exactly these scopes. Without them they request everything; offline_access is theirs to "
    "decide.",
    example='scope="files:read offline_access"',
    fix="Name the scopes that the operation needs.",
)
@of_refusal
def scope(case: ServerCase) -> Outcome:
    found = case.challenges.of("Bearer", "DPoP")
    if found is None:
        return skip("there is no challenge")
    scopes = (found.get("scope") or "").split()
    if "offline_access" in scopes:
        return bad("offline_access", weight=Weight.WARNING)
    return good() if scopes or case.revision < Revision.M25 else bad("no scope")


@rule(
    "WWA007 grammar",
    "W G P",
    "RFC 9110 sections 11.2 and 11.6.1",
    summary="The challenge follows the grammar, and a hasty reader finds the same in it",
    why="Widely used clients search the header with a regular expression: it stumbles over blanks around the equals "
    "sign, and takes values out of other parameters.",
    example='Bearer error_description="see resource_metadata=https://evil.example"',
    fix="Quote values, write name=value without blanks, and use no name that contains another.",
)
@of_refusal
def grammar(case: ServerCase) -> Outcome:
    assert case.refusal is not None
    values = case.refusal.all("www-authenticate")
    if not values:
        return skip("there is no challenge")
    found = case.challenges.of("Bearer", "DPoP")
    strict = {name: found.get(name) if found else None for name in _WATCHED}
    faults = list(case.challenges.faults)
    faults += [f"a hasty reader sees another {n}" for n in _WATCHED if challenge.naive(values, n) != strict[n]]
    return judged(faults)


@rule(
    "WWA008 no-error",
    "I G P",
    "RFC 6750 section 3.1",
    summary="The challenge carries no error code when no credential was sent",
    why="invalid_token makes clients throw away or refresh a token that they never had.",
    example='error="invalid_token" to a request without a token',
    fix="Leave error out.",
)
@of_refusal
def no_error(case: ServerCase) -> Outcome:
    found = case.challenges.of("Bearer", "DPoP")
    if found is None:
        return skip("there is no challenge")
    return bad(show(found.get("error"))) if found.get("error") else good()


@rule(
    "WWA009 stable",
    "W G P",
    "RFC 9728 section 3",
    summary="The metadata that challenges name does not depend on the method",
    why="A server is one resource. One that names another resource for each method makes clients sign in again and "
    "again.",
    example="resource_metadata ends in /list_labels for one call and in /send for another",
    fix="Use one resource identifier for the whole server.",
)
def stable(case: ServerCase) -> Outcome:
    evidence = case.evidence
    replies = (evidence.discover, evidence.initialize, evidence.tools, evidence.hostile) if evidence else ()
    refusals = [r for r in replies if r is not None and r.status == HTTPStatus.UNAUTHORIZED]
    hints = [challenge.parse(r.all("www-authenticate")).of("Bearer", "DPoP") for r in refusals]
    named = {hint.get("resource_metadata") for hint in hints if hint is not None}
    if not refusals[1:]:
        return skip("there are not two challenges to compare")
    return good() if len(named) <= 1 else bad(f"{len(named)} different documents", "one document")


@rule(
    "WWA010 step-up",
    "W G K",
    "MCP 2026-07-28 authorization, scope challenge handling; RFC 6750 section 3.1",
    summary="A token with too little scope is refused with 403, insufficient_scope, the scopes, and resource_metadata",
    why="Only then a client can ask for the missing scope instead of failing for good.",
    example="403 without WWW-Authenticate",
    fix="Emit the full set of scopes that the operation needs.",
)
def step_up(case: ServerCase) -> Outcome:
    reply = case.observation.control.step_up if case.observation.control else None
    if reply is None:
        return unknown("no request with a narrow token was made")
    found = challenge.parse(reply.all("www-authenticate")).of("Bearer", "DPoP") or challenge.Challenge("none")
    faults = [] if reply.status == HTTPStatus.FORBIDDEN else [f"answers {reply.status}"]
    faults += [] if found.get("error") == "insufficient_scope" else ["no insufficient_scope"]
    return judged(faults + [f"no {name}" for name in ("scope", "resource_metadata") if not found.get(name)])


SERVER = (present, scheme, rm_param, rm_origin, rm_same, scope, grammar, no_error, stable, step_up)
