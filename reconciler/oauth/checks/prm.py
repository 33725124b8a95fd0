"""PRM: where protected-resource metadata stands, whom it is about, and which authorization servers it names."""

from reconciler.core.evidence import Verdict, Weight
from reconciler.oauth.case import IssuerCase, ServerCase, observed, of_resource
from reconciler.oauth.checks.forms import form_faults
from reconciler.oauth.observation import Revision, Variant
from reconciler.oauth.outcome import Outcome, bad, good, judged, listed, rule, show, skip, unknown
from reconciler.oauth.relation import CONSEQUENCE, Relation, relate, resource_weight
from reconciler.oauth.strict_json import kind_of

_REDIRECT = range(300, 400)


@rule(
    "PRM001 found",
    "E C G",
    "MCP 2026-07-28 authorization server discovery; RFC 9728 section 3",
    summary="One of the candidate URLs gives a metadata document, unless every authorization server is static",
    why="This document is the only standard way from a server to its authorization servers. Without it clients and "
    "Okta find none.",
    example="404 at every /.well-known/oauth-protected-resource",
    fix="Publish the document, or declare the authorization servers with discovery: static.",
)
def found(case: ServerCase) -> Outcome:
    if case.doc is not None:
        return good(case.doc.variant or "", reply=case.doc.reply)
    servers = case.target.servers
    if servers and all(each.discovery == "static" and each.type == "external" for each in servers):
        return skip("every authorization server is static")
    if case.revision is Revision.M03:
        return skip("2025-03-26 does not know it")
    if not case.docs or not all(observed(doc.reply) for doc in case.docs):
        return unknown("not every candidate answered")
    return bad(", ".join(f"{doc.variant}: {doc.reply.status}" for doc in case.docs), "200 with a JSON object")


@rule(
    "PRM002 path-form",
    "W C G",
    "RFC 9728 section 3.1",
    summary="The document stands where the path of the server is inserted, not only at the root",
    why="Some clients, ChatGPT among them, were seen to look only there.",
    example="200 at /.well-known/oauth-protected-resource, 404 at /.well-known/oauth-protected-resource/mcp",
    fix="Serve both forms.",
)
@of_resource
def path_form(case: ServerCase) -> Outcome:
    forms = [doc for doc in case.docs if doc.variant in {Variant.PATH, Variant.PATH_BARE}]
    if not forms:
        return skip("the server has no path")
    if any(doc.usable for doc in forms):
        return good()
    return bad("only at the root") if all(observed(doc.reply) for doc in forms) else unknown("no answer to judge")


@rule(
    "PRM003 direct-200",
    "W C G",
    "RFC 9728 section 3.2",
    summary="Candidates answer 200 or 404, not with a redirect",
    why="Client libraries go on to the next candidate only after 4xx: a redirect in front hides the document behind.",
    example="302 from the path form to the root form",
    fix="Answer 200 or 404 directly.",
)
def direct_200(case: ServerCase) -> Outcome:
    if not case.seen:
        return unknown("no answer to judge")
    moved = [doc for doc in case.docs if doc.reply.redirects or doc.reply.status in _REDIRECT]
    return judged([f"{doc.variant} redirects" for doc in moved])


@rule(
    "PRM004 resource-string",
    "E C G",
    "RFC 9728 section 2",
    summary="resource is one string",
    why="It is the identity that everything else is compared with. A list has no identity, and parsers reject the "
    "document.",
    example='"resource": ["https://mcp.example.com/mcp"]',
    fix="Emit one string.",
)
@of_resource
def resource_string(case: ServerCase) -> Outcome:
    if case.meta.text("resource") is not None:
        return good()
    present = case.meta.has("resource")
    return bad(kind_of(case.meta.raw["resource"]) if present else "missing", "a string")


@rule(
    "PRM005 resource-identity",
    "E C G",
    "RFC 9728 sections 3.3 and 6",
    summary="resource is the requested URL, letter by letter",
    why="A client must not use a document about another resource; otherwise any host could speak for any server. How "
    "strict clients are depends on the difference.",
    example='"resource": "https://mcp.example.com" for https://mcp.example.com/mcp',
    fix="Echo the exact URL of the server.",
)
@of_resource
def resource_identity(case: ServerCase) -> Outcome:
    stated = case.meta.text("resource")
    if stated is None:
        return skip("there is no resource to compare")
    relation = relate(stated, case.target.url)
    if relation is Relation.IDENTICAL:
        return Outcome(Verdict.PASS, relation=relation)
    weight = resource_weight(relation)
    said = f"{show(stated)}: {CONSEQUENCE[relation]}"
    return Outcome(
        Verdict.FAIL, said, show(case.target.url), relation, weight, reply=case.doc.reply if case.doc else None
    )


@rule(
    "PRM006 resource-form",
    "E C G",
    "RFC 9728 section 1.2",
    summary="resource is an https URL without fragment",
    why="An identifier with http can be taken over on the way, one with a fragment is never sent.",
    example='"resource": "http://mcp.example.com/mcp"',
    fix="Correct the identifier.",
)
@of_resource
def resource_form(case: ServerCase) -> Outcome:
    stated = case.meta.text("resource")
    return skip("there is no resource") if stated is None else judged(form_faults(stated))


@rule(
    "PRM007 as-list",
    "E C G",
    "MCP 2026-07-28 authorization; RFC 9728 section 2",
    summary="authorization_servers is an array with at least one https issuer",
    why="RFC 9728 lets it out; MCP does not: without an issuer nobody knows where to get a token.",
    example='"authorization_servers": []',
    fix="List the issuer of the authorization server.",
)
@of_resource
def as_list(case: ServerCase) -> Outcome:
    named = case.meta.texts("authorization_servers")
    if named is None:
        said = case.meta.faults.get("authorization_servers", "missing")
        return bad(said, "an array of issuers")
    return judged(
        [f"{show(i)} is not an https issuer" for i in named if form_faults(i)] or ([] if named else ["empty"])
    )


@rule(
    "PRM008 as-declared",
    "E C G",
    "RFC 9728 section 7.6",
    summary="The issuers in the manifest are in the metadata; further ones are a warning",
    why="A missing issuer means that tokens of a reviewed authorization server are not what the server asks for; a "
    "further one was reviewed by nobody.",
    example="the manifest names https://idp.example.com, the metadata https://login.example.net",
    fix="Align the manifest and the metadata.",
)
@of_resource
def as_declared(case: ServerCase) -> Outcome:
    declared = {each.issuer for each in case.target.servers if each.issuer and not each.absent}
    if not declared:
        return skip("no issuer is declared")
    named = case.meta.texts("authorization_servers") or ()
    missing = tuple(sorted(declared - set(named)))
    if missing:
        return bad(f"not named: {listed(missing)}", listed(named))
    further = tuple(issuer for issuer in named if issuer not in declared)
    return bad(f"not declared: {listed(further)}", weight=Weight.WARNING) if further else good()


@rule(
    "PRM009 as-order",
    "W C G",
    "RFC 9728 section 7.6",
    summary="Of several issuers the first is the one that agents should use",
    why="Claude and the Python SDK take the first, whatever follows.",
    example="a legacy issuer in front of the one that offers XAA",
    fix="Put the primary issuer first.",
)
@of_resource
def as_order(case: ServerCase) -> Outcome:
    named = case.meta.texts("authorization_servers") or ()
    declared = [each.issuer for each in case.target.servers if each.issuer and not each.absent]
    if not named[1:] or not declared:
        return skip("there is nothing to choose")
    return good() if named[0] == declared[0] else bad(f"first: {show(named[0])}", f"first: {show(declared[0])}")


@rule(
    "PRM018 cross-list",
    "W XS G",
    "RFC 9728 sections 4 and 7.6",
    summary="Where the authorization server lists the resources that it protects, this one is among them",
    why="It is the other half of the claim: a server may name any issuer, only the issuer can confirm it.",
    example='"protected_resources": ["https://other.example.com/mcp"]',
    fix="Add the resource at the authorization server.",
)
def cross_list(case: IssuerCase) -> Outcome:
    protected = case.meta.texts("protected_resources")
    if protected is None:
        return skip("it lists no resources")
    resource = case.resource.text("resource") or case.target.url
    return good() if resource in protected else bad(listed(protected), show(resource))


@rule(
    "PRM019 root-path-agree",
    "W G G",
    "RFC 9728 section 3",
    summary="The documents at the root and at the path name the same issuers",
    why="Clients use either, so each set of clients would trust another authorization server.",
    example="the root still names the issuer of last year",
    fix="Make both from one source.",
)
def root_path_agree(case: ServerCase) -> Outcome:
    root = case.at(Variant.ROOT)
    path = next((doc for doc in case.docs if doc.variant in {Variant.PATH, Variant.PATH_BARE} and doc.usable), None)
    if root is None or path is None or not root.usable:
        return skip("there are not two documents")
    one, two = ((doc.parsed.value or {}).get("authorization_servers") for doc in (root, path))
    return good() if one == two else bad("two different lists", "one list")


SERVER = (
    found,
    path_form,
    direct_200,
    resource_string,
    resource_identity,
    resource_form,
    as_list,
    as_declared,
    as_order,
    root_path_agree,
)
ISSUER = (cross_list,)
