"""NET: form of the answers, whoever gave them: size, type, strict JSON, caching, and whether they mean anything."""

import re
from http import HTTPStatus

from reconciler.core.evidence import Reply, Unanswered, Weight
from reconciler.oauth.case import Doc, ServerCase, Site, answered, is_shielded
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, show, skip, unknown
from reconciler.oauth.strict_json import CHALLENGE_MOST, METADATA_MOST

_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})")
_DAY = 86400
_JSON = re.compile(r"application/(json|jwk-set\+json)\s*(;.*)?", re.IGNORECASE)


@rule(
    "NET010 size",
    "E G G",
    "RFC 9728 section 7.7 (clients limit what they read)",
    summary="Metadata and key sets have at most 256 KiB, the body of a refusal at most 64 KiB",
    why="Clients stop reading at some point, and a document without bound is a way to exhaust them.",
    example="a key set of 2 MiB with every key of ten years",
    fix="Trim the document.",
)
def size(site: Site) -> Outcome:
    if not site.asked:
        return unknown("nothing was asked")
    large = [doc.reply.url for doc in site.docs if len(doc.reply.body) > METADATA_MOST]
    cut = [reply.url for reply in site.replies if reply.unanswered is Unanswered.TOO_LARGE]
    faults = [f"{show(url)} is too large" for url in dict.fromkeys((*large, *cut))]
    if site.refusal is not None and len(site.refusal.body) > CHALLENGE_MOST:
        faults.append("the body of the refusal is too large")
    return judged(faults)


@rule(
    "NET011 json-type",
    "E C G",
    "RFC 9728 section 3.2; RFC 8414 section 3.2",
    summary="A document that is served with 200 is application/json",
    why="An application that answers every path with its start page hides that there is no metadata: clients take the "
    "page for the document, and stop looking.",
    example="/.well-known/oauth-protected-resource answers 200 with text/html",
    fix="Route the well-known paths before the catch-all page, or answer 404.",
)
def json_type(site: Site) -> Outcome:
    served = [doc for doc in site.docs if doc.served]
    if not served:
        return skip("no document is served") if site.answers else unknown("no document was seen")
    wrong = [doc for doc in served if not _JSON.fullmatch(_type(doc.reply))]
    usable = next((index for index, doc in enumerate(served) if doc.usable and doc not in wrong), None)
    late = all(usable is not None and served.index(doc) > usable for doc in wrong)
    return judged([_page(doc) for doc in wrong], "application/json", weight=Weight.WARNING if late else None)


@rule(
    "NET012 json-strict",
    "E G G",
    "RFC 8259 sections 4, 6 and 8.1",
    summary="A document is one UTF-8 JSON object with each member once, no NaN and at most 16 levels",
    why="Readers disagree on what a doubled member means: one of them sees another issuer than the one that was "
    "reviewed.",
    example='{"issuer": "https://a.example.com", "issuer": "https://b.example.com"}',
    fix="Emit each member once, in UTF-8, with JSON numbers only.",
)
def json_strict(site: Site) -> Outcome:
    served = [doc for doc in site.docs if doc.served and _JSON.fullmatch(_type(doc.reply))]
    if not served:
        return skip("no JSON document is served") if site.answers else unknown("no document was seen")
    return judged([f"{show(d.reply.url)}: {show(fault)}" for d in served for fault in d.parsed.faults])


@rule(
    "NET013 caching",
    "I G G",
    "RFC 9728 section 7.10",
    summary="Documents may be cached, between a minute and a day",
    why="With no-store each sign-in fetches everything anew; with more than a day nobody notices that keys or "
    "endpoints moved.",
    example="Cache-Control: no-store on the metadata",
    fix="Set max-age between 300 and 3600, with an ETag.",
)
def caching(site: Site) -> Outcome:
    served = [doc.reply for doc in site.docs if doc.served]
    if not served:
        return skip("no document is served") if site.answers else unknown("no document was seen")
    return judged([f"{show(reply.url)}: {fault}" for reply in served if (fault := _cache_fault(reply))])


@rule(
    "NET014 cors",
    "I G G",
    "Fetch standard, CORS protocol; MCP clients in browsers",
    summary="Documents may be read from any origin, and a refusal exposes its challenge",
    why="A client in a browser sees neither metadata nor challenge without these headers, and reports an unreachable "
    "server.",
    example="metadata without Access-Control-Allow-Origin",
    fix="Send Access-Control-Allow-Origin: * on metadata, and expose WWW-Authenticate on the endpoint.",
)
def cors(site: Site) -> Outcome:
    served = [doc.reply for doc in site.docs if doc.usable]
    if not served:
        return skip("no document is served") if site.answers else unknown("no document was seen")
    faults = [f"{show(r.url)} is closed to browsers" for r in served if r.header("access-control-allow-origin") != "*"]
    exposed = (site.refusal.header("access-control-expose-headers") or "").lower() if site.refusal else "*"
    if "*" not in exposed and "www-authenticate" not in exposed:
        faults.append("the challenge is hidden from browsers")
    return judged(faults)


@rule(
    "NET015 blocked",
    "I G G",
    "RFC 9110 section 10.2.3; RFC 6585 section 4",
    summary="No bot filter or rate limit stands in front of what has to be read",
    why="Such an answer says nothing about the server, so everything that leans on it is unknown, not wrong.",
    example="403 with an HTML page that asks for a browser",
    fix="Let the probe's user agent pass, or wait as long as Retry-After says.",
)
def blocked(site: Site) -> Outcome:
    shielded = [reply for reply in site.answers if is_shielded(reply)]
    if shielded:
        wait = shielded[0].header("retry-after")
        patience = f", retry after {show(wait)}" if wait else ""
        return unknown(f"{len(shielded)} answers came from a filter or a limit ({shielded[0].status}){patience}")
    return good() if site.answers else unknown("nothing answered")


@rule(
    "NET016 neg-control",
    "W G G",
    "RFC 9728 section 7.3",
    summary="A well-known path that cannot exist is not answered with metadata",
    why="A host that makes up a document for every path says yes to any question, so its documents prove nothing.",
    example="/.well-known/oauth-protected-resource/9f3a… answers 200 with a resource of that path",
    fix="Answer 404 for resources that do not exist.",
)
def neg_control(case: ServerCase) -> Outcome:
    reply = case.evidence.sibling if case.evidence else None
    if reply is None:
        return skip("the path was not asked")
    if not answered(reply):
        return unknown("no answer")
    token = reply.url.rpartition("/")[2].encode()
    made_up = reply.status == HTTPStatus.OK and token in reply.body and _JSON.fullmatch(_type(reply))
    return bad("any path is answered with metadata", "404") if made_up else good()


def _type(reply: Reply) -> str:
    return (reply.header("content-type") or "").strip()


def _page(doc: Doc) -> str:
    kind = "a catch-all page" if "html" in _type(doc.reply).lower() else show(_type(doc.reply)) or "no type"
    return f"{show(doc.reply.url)} is {kind}"


def _cache_fault(reply: Reply) -> str:
    said = (reply.header("cache-control") or "").lower()
    if "no-store" in said:
        return "no-store"
    found = _MAX_AGE.search(said)
    if found is not None and int(found[1]) > _DAY:
        return "more than a day"
    return "" if said or reply.header("etag") else "neither Cache-Control nor ETag"


SITE = (size, json_type, json_strict, caching, cors, blocked)
SERVER = (neg_control,)
