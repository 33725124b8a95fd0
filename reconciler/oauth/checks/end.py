"""END: whether the endpoints of an authorization server are alive, and speak OAuth."""

from http import HTTPStatus
from urllib.parse import parse_qs

from reconciler.core.evidence import Reply, Weight
from reconciler.core.url import host_of
from reconciler.oauth import strict_json
from reconciler.oauth.case import IssuerCase, answered, observed
from reconciler.oauth.outcome import Outcome, bad, good, rule, show, skip, unknown
from reconciler.oauth.script_issuer import FOREIGN_CALLBACK

REGISTERED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "invalid_dpop_proof",
        "use_dpop_nonce",
        "invalid_client_metadata",
        "temporarily_unavailable",
        "access_denied",
        "interaction_required",
    }
)
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.METHOD_NOT_ALLOWED})
_REDIRECTS = range(300, 400)
_UNASKED = "it was not asked"


@rule(
    "END001 token-error",
    "E XS P",
    "RFC 6749 section 5.2",
    summary="A meaningless request for a token is refused with 400 or 401 and a registered error in JSON",
    why="That is how a token endpoint proves that it is one. A page, 404 or 5xx means that tokens will not come from "
    "there.",
    example="POST to the token endpoint answers 404",
    fix="Return OAuth errors as JSON, and correct the URL of the endpoint.",
)
def token_error(case: IssuerCase) -> Outcome:
    replies = _posts(case)
    if not replies:
        return unknown(_UNASKED)
    usable = [reply for reply in replies if observed(reply)]
    if not usable:
        return unknown("no answer to judge")
    reply = next((each for each in usable if _json_error(each)), usable[0])
    error = oauth_error(reply)
    if error is None:
        return bad(f"{reply.status} without an OAuth error", "400 or 401", reply=reply)
    if reply.status in _REFUSALS and error in REGISTERED and _json_error(reply):
        return good(error, reply=reply)
    return bad(f"{reply.status} {show(error)}", "400 or 401 in JSON", weight=Weight.WARNING, reply=reply)


@rule(
    "END002 token-nostore",
    "W G P",
    "RFC 6749 section 5.1",
    summary="The token endpoint answers with Cache-Control: no-store",
    why="A cache on the way would keep tokens.",
    example="an answer of the token endpoint without Cache-Control",
    fix="Add the header.",
)
def token_no_store(case: IssuerCase) -> Outcome:
    usable = [reply for reply in _posts(case) if observed(reply)]
    if not usable:
        return unknown(_UNASKED)
    kept = [reply for reply in usable if "no-store" not in (reply.header("cache-control") or "").lower()]
    return bad("no-store is missing", "Cache-Control: no-store", reply=kept[0]) if kept else good()


@rule(
    "END003 token-get",
    "I G G",
    "RFC 6749 section 3.2",
    summary="The token endpoint refuses GET",
    why="A request for a token in a URL would leave its secret in every log.",
    example="GET on the token endpoint answers 200",
    fix="Allow POST only.",
)
def token_get(case: IssuerCase) -> Outcome:
    reply = case.evidence.token_get if case.evidence else None
    if reply is None or not answered(reply):
        return unknown(_UNASKED)
    return bad("200", "405") if reply.status == HTTPStatus.OK else good(str(reply.status))


@rule(
    "END004 authz-alive",
    "E S G",
    "RFC 6749 section 3.1",
    summary="The authorization endpoint answers a bare GET: a page, a redirect on the same site, or 400",
    why="People are sent there to consent. A dead link ends every connection.",
    example="the authorization endpoint answers 404",
    fix="Correct the URL.",
)
def authorize_alive(case: IssuerCase) -> Outcome:
    reply = case.evidence.authorize if case.evidence else None
    if reply is None:
        return unknown(_UNASKED)
    if not observed(reply):
        return unknown("no answer to judge")
    if reply.status in _GONE or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return bad(str(reply.status), "a page, a redirect or 400", reply=reply)
    if reply.status in _REDIRECTS and not _same_site(reply):
        return bad("redirects to another site", weight=Weight.WARNING, reply=reply)
    return good(str(reply.status), reply=reply)


@rule(
    "END005 no-open-redirect",
    "W G P",
    "RFC 6749 section 4.1.2.1; RFC 9700 section 4.11",
    summary="An unknown client with a foreign redirect URI is not redirected there",
    why="An authorization server that redirects to any address lends its good name to every phishing page.",
    example="302 to https://client.invalid/callback",
    fix="Show an error page instead.",
)
def no_open_redirect(case: IssuerCase) -> Outcome:
    reply = case.evidence.foreign if case.evidence else None
    if reply is None:
        return skip(_UNASKED)
    places = (*reply.redirects, reply.header("location") or "")
    if any(host_of(place) == host_of(FOREIGN_CALLBACK) for place in places):
        return bad("redirects to the foreign address", "an error page")
    return good() if observed(reply) else unknown("no answer to judge")


@rule(
    "END006 probe-jwt-bearer",
    "W X P",
    "RFC 7523 section 2.1; RFC 6749 section 5.2",
    summary="A jwt-bearer request without assertion is not refused as an unsupported grant",
    why="The error tells whether the grant is known: invalid_request or invalid_grant prove it, "
    "unsupported_grant_type disproves it.",
    example="unsupported_grant_type for jwt-bearer",
    fix="Enable the grant for the client.",
)
def probe_jwt_bearer(case: IssuerCase) -> Outcome:
    return _probe(case.evidence.token_jwt if case.evidence else None)


@rule(
    "END007 probe-exchange",
    "I X P",
    "RFC 8693 sections 2.1 and 2.2.2",
    summary="A token-exchange request without a token is not refused as an unsupported grant",
    why="It is for information only: Okta exchanges tokens at its own server, not at an external one.",
    example="unsupported_grant_type for token-exchange",
    fix="Nothing has to be done.",
)
def probe_exchange(case: IssuerCase) -> Outcome:
    return _probe(case.evidence.token_exchange if case.evidence else None)


@rule(
    "END008 negotiate",
    "W S P",
    "RFC 6749 section 5.1",
    summary="The token endpoint answers in JSON also to those who do not ask for it",
    why="Some providers answer form-encoded without Accept: application/json; a client that expects JSON breaks.",
    example="error=bad_verification_code&error_description=…",
    fix="Send Accept: application/json, and write oauth.acceptJson: true.",
)
def negotiate(case: IssuerCase) -> Outcome:
    reply = case.evidence.token_code if case.evidence else None
    if reply is None or not observed(reply):
        return unknown(_UNASKED)
    static = case.declared.static
    formed = oauth_error(reply) is not None and not _json_error(reply)
    if not formed:
        return good()
    known = (static is not None and static.accept_json) or (case.quirk is not None and case.quirk.accept_json)
    return good("form-encoded, known") if known else bad("form-encoded", "application/json")


@rule(
    "END009 dcr-untouched",
    "I G 0",
    "RFC 7591 section 3",
    summary="Nothing was sent to the registration endpoint",
    why="A registration leaves a client behind in somebody else's system. That the endpoint is there does not mean "
    "that it may be used.",
    example="a probe that registers a client each night",
    fix="Register once, by hand.",
)
def registration_untouched(case: IssuerCase) -> Outcome:
    endpoint = case.meta.text("registration_endpoint")
    touched = endpoint is not None and any(reply.url == endpoint for reply in case.site.replies)
    return bad("the registration endpoint was asked") if touched else good()


def oauth_error(reply: Reply) -> str | None:
    """The error of a token endpoint, out of JSON or a form; None when there is none."""
    found = _json_error(reply)
    if found is not None or reply.body.lstrip()[:1] in {b"<", b"{", b"["}:
        return found
    return next(iter(parse_qs(reply.body.decode("ascii", "replace")).get("error", [])), None)


def _json_error(reply: Reply) -> str | None:
    error = (strict_json.parse(reply.body).value or {}).get("error")
    return error if isinstance(error, str) else None


def _posts(case: IssuerCase) -> list[Reply]:
    found = (case.evidence.token_code, case.evidence.token_jwt) if case.evidence else ()
    return [reply for reply in found if reply is not None]


def _probe(reply: Reply | None) -> Outcome:
    if reply is None:
        return skip(_UNASKED)
    error = oauth_error(reply) if observed(reply) else None
    if error == "unsupported_grant_type":
        return bad(error, "invalid_request or invalid_grant")
    return good(error) if error in {"invalid_request", "invalid_grant"} else unknown(f"inconclusive: {show(error)}")


def _same_site(reply: Reply) -> bool:
    there = reply.header("location") or ""
    return not host_of(there) or host_of(there).split(".")[-2:] == host_of(reply.url).split(".")[-2:]


ISSUER = (
    token_error,
    token_no_store,
    token_get,
    authorize_alive,
    no_open_redirect,
    probe_jwt_bearer,
    probe_exchange,
    negotiate,
    registration_untouched,
)
