"""What makes a reviewer look twice: the one table of risk rules, as values. `engine.risk` applies it.

A rule looks at one aspect of a document (`core.kind.Aspect`: each kind says which of its paths are what) or at what
happens to the whole object. No rule knows a kind.
"""

from reconciler.core.diagnostic import Rule, Severity
from reconciler.core.kind import Risk
from reconciler.core.noun import dataclass


@dataclass(frozen=True, slots=True)
class Hazard:
    """One thing about a change that a reviewer should look at: the rule's code, where, and what in a sentence."""

    code: str
    risk: Risk
    path: str
    """Dotted, inside the document; empty where it is about the whole object."""
    detail: str


@dataclass(frozen=True, slots=True)
class RiskRule:
    """A row of the table: its code and page, and how carefully to look."""

    rule: Rule
    risk: Risk

    def at(self, path: str, detail: str) -> Hazard:
        """The hazard at a path."""
        return Hazard(self.rule.code, self.risk, path, detail)


def _row(code: str, risk: Risk, summary: str, why: str, example_and_fix: tuple[str, str]) -> RiskRule:
    example, fix = example_and_fix
    return RiskRule(Rule(f"RSK{code}", summary, why, example, fix, Severity.WARNING), risk)


RESOURCE_HOST = _row(
    "001",
    Risk.HIGH,
    "Resource moves to another host",
    "Agents and their tokens go to whoever answers at the new host.",
    ("resourceUrl: https://mcp.example.com/mcp → https://mcp.example.net/mcp", "Make sure who runs the new host."),
)
ISSUER = _row(
    "002",
    Risk.HIGH,
    "Issuer changes",
    "Whoever runs the issuer decides who gets tokens.",
    ("issuer: https://auth.example.com → https://login.example.net", "Make sure that the owner moved there."),
)
ENDPOINT_HOST = _row(
    "003",
    Risk.HIGH,
    "Endpoint moves to another host",
    "Codes, client secrets and tokens are sent there.",
    (
        "tokenEndpoint: https://auth.example.com/token → https://t.example.net/token",
        "Compare with the owner's metadata.",
    ),
)
ENDPOINT_PATH = _row(
    "004",
    Risk.MEDIUM,
    "Endpoint moves on its host",
    "On a host that several share, another path may be somebody else's.",
    ("tokenEndpoint: https://auth.example.com/token → …/t2/token", "Compare with the owner's metadata."),
)
NEW_EXTERNAL = _row(
    "005",
    Risk.HIGH,
    "A live object trusts another external authorization server",
    "Its tokens open the server from now on, and nobody here runs it.",
    (
        "authorizationServers: [corp, partner]   # partner is new",
        "Ask the owner of the MCP server whether it accepts it.",
    ),
)
NEW_OWN = _row(
    "006",
    Risk.MEDIUM,
    "A live object trusts another authorization server of the organisation",
    "Who may have its tokens is decided by that server's policies.",
    ("authorizationServers: [corp, agents]   # agents is new", "Read the policies of the server that is new."),
)
TRUST_ENDS = _row(
    "007",
    Risk.HIGH,
    "An authorization server is no longer trusted",
    "Agents that get their tokens there are cut off.",
    ("authorizationServers: [corp]   # legacy is gone", "Make sure that nobody uses it any more."),
)
SCOPES_WIDENED = _row(
    "008",
    Risk.HIGH,
    "Scopes are widened",
    "What agents may do grows.",
    ("scopes: [issues:read] → [issues:read, issues:write]", "Ask whether each scope that comes is needed."),
)
SCOPES_ALL = _row(
    "009",
    Risk.HIGH,
    "All scopes are allowed",
    "A scope that somebody adds later is allowed too, without any review here.",
    ("scopes: ['*'], or scopeCondition: ALL_SCOPES", "Name the scopes."),
)
CONSENT_WEAKER = _row(
    "010",
    Risk.HIGH,
    "Users are asked for consent less often",
    "Agents get the scope without anybody having said yes.",
    ("consent: REQUIRED → IMPLICIT", "Keep REQUIRED for scopes that write."),
)
WEAK_GRANT = _row(
    "011",
    Risk.HIGH,
    "A grant that OAuth 2.1 has given up is allowed",
    "`implicit` puts tokens into URLs, `password` hands the user's password to the client (RFC 9700 section 2.4).",
    ("grantTypes: [authorization_code, password]", "Use the code grant, or jwt-bearer for XAA."),
)
GRANT_ADDED = _row(
    "012",
    Risk.MEDIUM,
    "Another grant is allowed",
    "It is one more way to tokens.",
    ("grantTypes: [authorization_code] → [authorization_code, client_credentials]", "Ask who needs it."),
)
EVERY_CLIENT = _row(
    "013",
    Risk.HIGH,
    "Every client may have tokens",
    "A client that somebody registers later may too, without any review here.",
    ("clients: [ALL_CLIENTS]", "Name the clients."),
)
CLIENT_ADDED = _row(
    "014",
    Risk.MEDIUM,
    "Another client may have tokens",
    "It is one more program to trust.",
    ("clients: [0oa1] → [0oa1, 0oa2]", "Make sure whose client it is."),
)
WEAKER_CLIENT_AUTH = _row(
    "015",
    Risk.MEDIUM,
    "The client shows itself in a weaker way",
    "From private_key_jwt over client secrets to `none`, it gets easier to act as the client (RFC 9700 section 2.5).",
    ("tokenEndpointAuthMethod: client_secret_basic → client_secret_post", "Keep the stronger method."),
)
UNBOUND = _row(
    "016",
    Risk.HIGH,
    "Codes or tokens are no longer bound to who asked for them",
    "What is stolen can be used: PKCE (RFC 7636) binds codes, DPoP (RFC 9449) tokens.",
    ("pkceRequired: true → false", "Keep it on."),
)
REDIRECT_ADDED = _row(
    "017",
    Risk.HIGH,
    "Codes may be sent to another address",
    "A redirect URI decides where authorization codes go (RFC 9700 section 4.1).",
    ("redirectUris: [a] → [a, b]", "Make sure who answers there."),
)
LIVES_LONGER = _row(
    "018",
    Risk.MEDIUM,
    "Tokens live longer",
    "A stolen token works until it ends.",
    ("accessTokenLifetimeMinutes: 60 → 1440", "Keep access tokens short, refresh them instead."),
)
AUDIENCE = _row(
    "019",
    Risk.HIGH,
    "Audience changes",
    "Tokens open something else from now on, and no longer what they opened.",
    ("audience: api://agents → api://payroll", "Ask the owners of both."),
)
HTTP = _row(
    "020",
    Risk.HIGH,
    "Address without TLS",
    "Anybody on the way reads tokens, and answers instead of the server.",
    ("resourceUrl: http://localhost:8080/mcp", "Use https; http is for a laptop only."),
)
UNPROTECTED = _row(
    "021",
    Risk.HIGH,
    "Protection is taken away",
    "From the next apply on, one slip is enough to delete, replace or deactivate the object.",
    ("protect: true → false", "Merge it only with the change that needs it, and put it back."),
)
CUT = _row(
    "022",
    Risk.HIGH,
    "Connections are cut",
    "What leans on the object stops working when it goes.",
    ("an MCP server is replaced, and three connections lead to it", "Tell the owners of the agents."),
)
CONSENT_INSTEAD = _row(
    "023",
    Risk.MEDIUM,
    "Users' consent is brokered where an identity assertion was possible",
    "With STS, Okta keeps each user's tokens of the other side; XAA needs none, and is governed in one place.",
    ("type: STS_ACCESS_TOKEN for a server that also trusts a custom authorization server", "Use XAA where you can."),
)
DELETE = _row(
    "030",
    Risk.HIGH,
    "Object is deleted",
    "What agents use is hard to bring back: a new object has another id.",
    ("metadata: {state: absent}", "Make sure that nobody uses it."),
)
REPLACE = _row(
    "031",
    Risk.HIGH,
    "Object is deleted and made anew",
    "The new object has another id; what pointed at the old one ends with it.",
    ("resourceUrl changes", "Tell the owners of the agents."),
)
DEACTIVATE = _row(
    "032",
    Risk.MEDIUM,
    "Object is deactivated",
    "Agents cannot use it until it is activated again.",
    ("state: inactive", "Tell the owners of the agents."),
)
CREATE = _row(
    "033",
    Risk.MEDIUM,
    "Object is new",
    "Agents may reach what they could not reach before.",
    ("a new McpServer", "Read the whole document once."),
)
SECRET = _row(
    "034",
    Risk.MEDIUM,
    "Secret is written",
    "Until the other side knows the same secret, agents get no tokens.",
    ("clientSecret: {generation: 1 → 2}", "Make sure that the new secret works already."),
)
TOKEN_RULES = _row(
    "035",
    Risk.MEDIUM,
    "What tokens there are changes",
    "Scopes and policies together decide who gets which token; the first rule that fits decides.",
    ("accessPolicies: a rule is gone", "Read the rules in their order."),
)
KEY_TRUSTED = _row(
    "036",
    Risk.HIGH,
    "Another key speaks for the client",
    "Whoever holds its private half can sign in as the client, and exchange tokens as it.",
    (
        "keys: a key is new, or its state: inactive → active",
        "Make sure who made the key, and where its private half is.",
    ),
)
KEY_ENDS = _row(
    "037",
    Risk.MEDIUM,
    "A key speaks for the client no longer",
    "Whatever still signs with it is turned away from now on.",
    ("keys: a key is gone, or its state: active → inactive", "Make sure that all instances sign with another key."),
)

TABLE = (
    RESOURCE_HOST,
    ISSUER,
    ENDPOINT_HOST,
    ENDPOINT_PATH,
    NEW_EXTERNAL,
    NEW_OWN,
    TRUST_ENDS,
    SCOPES_WIDENED,
    SCOPES_ALL,
    CONSENT_WEAKER,
    WEAK_GRANT,
    GRANT_ADDED,
    EVERY_CLIENT,
    CLIENT_ADDED,
    WEAKER_CLIENT_AUTH,
    UNBOUND,
    REDIRECT_ADDED,
    LIVES_LONGER,
    AUDIENCE,
    HTTP,
    UNPROTECTED,
    CUT,
    CONSENT_INSTEAD,
    DELETE,
    REPLACE,
    DEACTIVATE,
    CREATE,
    SECRET,
    TOKEN_RULES,
    KEY_TRUSTED,
    KEY_ENDS,
)
RULES = tuple(row.rule for row in TABLE)
