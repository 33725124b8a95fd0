"""MCP: what the endpoint answers to an opening request without a token."""

from http import HTTPStatus

from reconciler.core.evidence import Reply, Unanswered
from reconciler.core.quantity import counted
from reconciler.oauth import rpc
from reconciler.oauth.case import ServerCase, answered, observed
from reconciler.oauth.observation import ServerEvidence
from reconciler.oauth.outcome import Outcome, bad, good, judged, rule, skip, unknown
from reconciler.oauth.rpc import Era

_UNSENT = "no opening request was sent"
_ERROR_WORDS = (b"unauthori", b"unauthenti", b"log in", b"login", b"sign in", b"access token", b"forbidden")
_LOGIN = frozenset({301, 302, 303, 307, 308})


@rule(
    "MCP001 reachable",
    "E C P",
    "MCP 2026-07-28 transports, Streamable HTTP",
    summary="The endpoint answers a POST below 500, and not with a 404 that knows no JSON-RPC",
    why="A URL that is not the endpoint itself answers like any web server: clients connect to nothing.",
    example="resourceUrl: https://example.com/docs/mcp, the page about the server",
    fix="Use the URL of the MCP endpoint itself.",
)
def reachable(case: ServerCase) -> Outcome:
    if case.evidence is None or case.evidence.discover is None:
        return unknown(_UNSENT)
    replies = [reply for reply in rpc.openings(case.evidence) if reply is not None]
    if any(_lives(reply) for reply in replies):
        return good()
    if any(reply.unanswered is Unanswered.UNREACHABLE for reply in replies):
        return unknown("nobody answers from here, which does not say that Okta gets no answer")
    seen = [str(reply.status) for reply in replies if observed(reply)]
    return bad(f"answers {', '.join(seen)}", "below 500, not 404") if seen else unknown("no answer to judge")


@rule(
    "MCP002 era",
    "I G P",
    "MCP 2026-07-28 versioning",
    summary="The generation of the protocol that the server speaks is known",
    why="2026-07-28 has no initialize any more. Which request opens a conversation decides what else can be expected.",
    example="an answer to neither server/discover nor initialize",
    fix="Answer server/discover, or initialize where clients are older.",
)
def era(case: ServerCase) -> Outcome:
    if case.evidence is None or case.evidence.discover is None:
        return unknown(_UNSENT)
    found = rpc.era(case.evidence)
    if found is Era.REFUSED:
        return skip("it demands a token before it says anything")
    if found is not Era.UNKNOWN:
        return good(found.value)
    asked = any(observed(reply) for reply in rpc.openings(case.evidence))
    return bad("neither server/discover nor initialize is answered") if asked else unknown("no answer to judge")


@rule(
    "MCP003 401-status",
    "E C P",
    "MCP 2026-07-28 authorization, error handling; RFC 6750 section 3.1",
    summary="A server that requires a token answers 401 to a request without one",
    why="401 is what makes a client look for the authorization server. After 403, a redirect to a login page or 200 "
    "it gives up, or goes on without a token.",
    example="auth: required, and the endpoint answers 403",
    fix="Answer 401 with a challenge before doing any work.",
)
def status_401(case: ServerCase) -> Outcome:
    if case.target.auth != "required":
        return skip(f"declared auth: {case.target.auth}")
    if case.refusal is not None:
        return good("401")
    reply = _last(case.evidence)
    if reply is None:
        return unknown(_UNSENT)
    if not observed(reply) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unknown("no answer to judge")
    return bad(f"{reply.status}, to a login page" if reply.status in _LOGIN else str(reply.status), "401")


@rule(
    "MCP004 no-200-login",
    "W C P",
    "RFC 9110 section 15.5.2",
    summary="A missing token is not reported as a successful answer",
    why="A client that reads 200 passes the text on to the model; nobody ever signs in.",
    example='200 with {"error": "please log in"}',
    fix="Answer 401 with WWW-Authenticate.",
)
def no_200_login(case: ServerCase) -> Outcome:
    replies = [r for r in rpc.openings(case.evidence) if r is not None and answered(r)] if case.evidence else []
    if not replies:
        return unknown(_UNSENT)
    talks = [r for r in replies if r.status == HTTPStatus.OK and rpc.result(r) is None and not rpc.is_stream(r)]
    return judged(["200 with a text about signing in" for r in talks if _speaks_of_login(r)][:1])


@rule(
    "MCP005 lazy-auth",
    "W C P",
    "RFC 9728 section 3; MCP 2026-07-28 authorization",
    summary="A server that opens without a token and still publishes metadata is declared lazy",
    why="It demands a token only at a tool call: not unprotected, but clients that wait for a 401 never sign in.",
    example="initialize answers 200, and /.well-known/oauth-protected-resource exists",
    fix="Declare auth: lazy, or challenge at the first request.",
)
def lazy_auth(case: ServerCase) -> Outcome:
    if case.evidence is None or case.evidence.discover is None:
        return unknown(_UNSENT)
    is_open = rpc.era(case.evidence) in {Era.MODERN, Era.DUAL, Era.LEGACY}
    if not is_open:
        return good("not open")
    if not case.found:
        return skip("open, and without metadata")
    return good("lazy") if case.target.auth == "lazy" else bad(f"lazy, declared {case.target.auth}", "auth: lazy")


@rule(
    "MCP006 open-catalog",
    "W G P",
    "MCP security best practices",
    summary="The list of tools is not given without a token",
    why="Names and descriptions of tools tell what a company runs, and how to attack it. A tool itself is never "
    "called to find out.",
    example="tools/list without a token answers 40 tools",
    fix="Require a token for listing.",
)
def open_catalog(case: ServerCase) -> Outcome:
    if case.refusal is not None:
        return good("refused before any list")
    reply = case.evidence.tools if case.evidence else None
    if reply is None:
        return skip("the list was not asked for")
    if not observed(reply):
        return unknown("no answer to judge")
    listing = (rpc.result(reply) or {}).get("tools")
    if not isinstance(listing, list):
        return good()
    return good("declared open") if case.target.auth == "open" else bad(counted(len(listing), "tool"), "401")


@rule(
    "MCP007 origin-403",
    "W G P",
    "MCP 2025-11-25 and 2026-07-28 transports, security warning",
    summary="A request with a foreign Origin is refused",
    why="Otherwise any web page that somebody opens can talk to the server from his browser (DNS rebinding).",
    example="Origin: https://origin.invalid is answered like any other request",
    fix="Check Origin against a list, and answer 403.",
)
def origin_403(case: ServerCase) -> Outcome:
    reply = case.evidence.hostile if case.evidence else None
    if reply is None:
        return skip("not asked")
    if not observed(reply):
        return unknown("no answer to judge")
    return good(str(reply.status)) if reply.status >= HTTPStatus.BAD_REQUEST else bad(f"{reply.status}", "403")


@rule(
    "MCP008 no-state",
    "I G P",
    "MCP security best practices, session hijacking",
    summary="A refusal makes no session and sets no cookie",
    why="State that exists before anybody signed in can be fixed by an attacker and inherited by a user.",
    example="401 with Mcp-Session-Id",
    fix="Make state after authentication.",
)
def no_state(case: ServerCase) -> Outcome:
    if case.refusal is None:
        return skip("no token was demanded")
    return judged([f"401 sets {name}" for name in ("mcp-session-id", "set-cookie") if case.refusal.header(name)])


@rule(
    "MCP009 legacy-sse",
    "W G P",
    "MCP 2026-07-28 transports, deprecated HTTP+SSE",
    summary="The endpoint speaks Streamable HTTP",
    why="HTTP+SSE is deprecated since 2025-03-26; new clients do not speak it.",
    example="POST answers 405, GET opens an event stream",
    fix="Move to Streamable HTTP.",
)
def legacy_sse(case: ServerCase) -> Outcome:
    if case.evidence is None or case.evidence.discover is None:
        return unknown(_UNSENT)
    return bad("only HTTP+SSE", "Streamable HTTP") if rpc.era(case.evidence) is Era.STREAM else good()


@rule(
    "MCP010 ext-ema",
    "I X P",
    "MCP enterprise-managed authorization; MCP extensions",
    summary="An open server/discover lists the enterprise-managed authorization extension",
    why="It tells clients that the organisation's identity provider may sign them in, without asking each person.",
    example="capabilities without io.modelcontextprotocol/enterprise-managed-authorization",
    fix="List the extension where it is supported.",
)
def ext_ema(case: ServerCase) -> Outcome:
    if case.evidence is None or rpc.result(case.evidence.discover) is None:
        return skip("no open server/discover")
    listed = rpc.EMA_EXTENSION in rpc.extensions(case.evidence)
    return good() if listed else bad("not listed", rpc.EMA_EXTENSION)


def _lives(reply: Reply) -> bool:
    if not observed(reply) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    return reply.status != HTTPStatus.NOT_FOUND or rpc.message(reply) is not None


def _last(evidence: ServerEvidence | None) -> Reply | None:
    """The answer that counts: initialize where it was needed, else server/discover."""
    return (evidence.initialize or evidence.discover) if evidence else None


def _speaks_of_login(reply: Reply) -> bool:
    body = reply.body.lower()
    return any(word in body for word in _ERROR_WORDS)


SERVER = (
    reachable,
    era,
    status_401,
    no_200_login,
    lazy_auth,
    open_catalog,
    origin_403,
    no_state,
    legacy_sse,
    ext_ema,
)
