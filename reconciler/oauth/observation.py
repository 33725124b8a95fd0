"""What is known about an MCP server and its authorization servers before anybody judges: values, nothing computed.

Identities (resource, issuer, endpoint) are raw text everywhere: two of them are compared letter by letter.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from reconciler.core.diagnostic import Diagnostic, Source
from reconciler.core.evidence import Reply, Tier
from reconciler.core.kind import Offer
from reconciler.core.noun import dataclass
from reconciler.oauth.lock import Lock
from reconciler.oauth.providers import NO_QUIRKS, Providers


class Revision(StrEnum):
    """The four authorization dialects of MCP; their order as text is their order in time."""

    M03 = "2025-03-26"
    M06 = "2025-06-18"
    M25 = "2025-11-25"
    M26 = "2026-07-28"


# -- what the manifests say ----------------------------------------------------------------------------------------


ServerType = Literal["okta", "external"]
"""A custom authorization server of the organisation, or one of somebody else."""


@dataclass(frozen=True, slots=True)
class Static:
    """An `oauth:` block: facts about an authorization server that somebody looked up by hand. None: not written."""

    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    grants: tuple[str, ...] | None = None
    auth_methods: tuple[str, ...] | None = None
    scopes: tuple[str, ...] | None = None
    pkce: Literal["advertised", "asserted", "none"] | None = None
    resource_parameter: str | None = None
    """`send`, `omit`, or the value to send."""
    issuer_match: str | None = None
    """`exact`, `root_slash`, or `pinned:` and the issuer that the document is known to carry."""
    accept_json: bool | None = None
    source: str | None = None
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A client registration at an authorization server: what it says, never the secret itself."""

    client_id: str | None = None
    secret: bool = False
    """Whether a secret is referred to (environment, file, vault)."""
    scopes: tuple[str, ...] = ()
    all_scopes: bool = False
    dynamic: bool = False
    issuer: str | None = None
    """The issuer that the credentials were made for, where that is known; they are worth nothing at another one."""
    redirect_uris: tuple[str, ...] = ()
    callback_registered: bool | None = None
    """Whether somebody attests that Okta's callback is registered at the provider. None: nobody said."""
    elsewhere: bool = False
    """Whether it is kept outside of the manifests, so that nothing of it can be judged from here."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An authorization server as a manifest declares it, or as metadata named it when nothing was declared.

    `subject` is how findings call it (an address, or the issuer); `id` is `aus…`, `eas…` or None.
    """

    subject: str
    type: ServerType
    issuer: str | None = None
    id: str | None = None
    discovery: Literal["auto", "static"] = "auto"
    static: Static | None = None
    registration: Registration | None = None
    written: bool = True
    """False: no manifest names it, metadata does."""
    absent: bool = False
    """True: it is to be deleted, or no document describes it."""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One MCP server to look at, and everything that the manifests say about it.

    `subject` is an address (`McpServer.jira`) or, without a manifest, the URL. An empty `servers` means that nothing
    is declared: then `issuers_of` takes what the server's metadata names.
    """

    subject: str
    url: str
    servers: tuple[Declared, ...] = ()
    requires: frozenset[Offer] = frozenset(Offer)
    auth: Literal["required", "lazy", "open"] = "required"
    revision: Revision | None = None
    """The MCP revision to judge by; None: the one that the server shows, else the newest."""
    written: bool = True
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What only the loader knows about the documents.

    `faults`: what it found wrong with the YAML; `secrets`: places where a secret stands literally; `previous_url`: the
    URL of the live object that goes by the same name; `hosts`: the allow-list of the base branch, None without one.
    """

    faults: tuple[Diagnostic, ...] = ()
    secrets: tuple[str, ...] = ()
    previous_url: str | None = None
    hosts: frozenset[str] | None = None


# -- what the network says -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a probe may go.

    `tier` OFFLINE asks nothing, GET only GETs, POST and CONTROL also posts without a credential. The request limits
    hold for one flow each, so a server with one authorization server costs at most 20. `token` is random text, fresh
    for each run, of letters and digits. `follow_hints` also fetches metadata that a challenge places on another host.
    """

    tier: Tier = Tier.GET
    token: str = "unlikely"  # noqa: S105 - part of a URL that should not exist
    server_requests: int = 10
    issuer_requests: int = 10
    token_posts: int = 2
    follow_hints: bool = False
    intrusive: bool = True
    """Whether to send `tools/list` without a token, and a request with a foreign Origin (tier POST)."""
    client: str = "mcp-reconciler"
    version: str = "0"


class Variant(StrEnum):
    """Where a metadata document was looked for."""

    CHALLENGE = "challenge"
    PATH = "path"
    PATH_BARE = "path-bare"
    ROOT = "root"
    OAUTH_INSERT = "oauth-insert"
    OIDC_INSERT = "oidc-insert"
    OIDC_APPEND = "oidc-append"
    OAUTH_APPEND = "oauth-append"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A place that was asked for a document, and the answer."""

    variant: Variant
    reply: Reply


@dataclass(frozen=True, slots=True)
class ServerEvidence:
    """Answers of an MCP server; None where nothing was asked."""

    url: str
    documents: tuple[Fetched, ...] = ()
    sibling: Reply | None = None
    """The well-known path that should not exist."""
    plain: Reply | None = None
    """The same host over http."""
    legacy: Reply | None = None
    """Authorization-server metadata at the root of the MCP host itself (the 2025-03-26 way)."""
    discover: Reply | None = None
    initialize: Reply | None = None
    stream: Reply | None = None
    tools: Reply | None = None
    hostile: Reply | None = None
    """The opening request with a foreign Origin."""


@dataclass(frozen=True, slots=True)
class IssuerEvidence:
    """Answers of an authorization server; None where nothing was asked. The same for all servers that use it."""

    issuer: str
    documents: tuple[Fetched, ...] = ()
    jwks: Reply | None = None
    client: Reply | None = None
    """The client id metadata document, where the client id is a URL."""
    authorize: Reply | None = None
    foreign: Reply | None = None
    """The authorization endpoint, asked with an unknown client and a foreign redirect URI."""
    token_get: Reply | None = None
    token_code: Reply | None = None
    token_jwt: Reply | None = None
    token_exchange: Reply | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """How a name resolved, in counts: how many addresses are public, how many the safety rules refuse.

    `second` is the same for a later resolution. Addresses themselves never leave the transport.
    """

    host: str
    public: int = 0
    refused: int = 0
    second: tuple[int, int] | None = None


# -- what the control plane says -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OktaFacts:
    """What Okta itself says about an authorization server of the target. None: could not be read."""

    status: str | None = None
    issuer: str | None = None
    grants: frozenset[str] | None = None
    """Grants that its access rules allow the agent."""
    scopes: tuple[str, ...] | None = None
    credentials: bool | None = None
    """Whether client credentials for it are stored."""
    credentials_issuer: str | None = None
    connection_issuer: str | None = None
    """The issuer URL of the resource connection."""
    resource: str | None = None
    """The resource indicator of the connection."""
    interaction: bool | None = None
    """Whether the last exchange asked for a person's consent."""
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    """The endpoints that Okta detected, or was told."""


@dataclass(frozen=True, slots=True)
class Control:
    """Control-plane facts by the subject of the authorization server, and one step-up answer of the MCP server.

    `status` is what Okta calls the MCP server, `issuers` are those of its authorization servers as Okta lists them.
    None: not read, or there is no such server.
    """

    servers: Mapping[str, OktaFacts] = field(default_factory=dict)
    step_up: Reply | None = None
    status: str | None = None
    issuers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that is judged at once. What is missing is unknown, never wrong.

    `issuers` is keyed by issuer, letter by letter; `organisation` is the Okta org authorization server that signs
    identity assertions; `hosts` by host name in lower case. `trusted` false marks a run over somebody else's YAML:
    then nothing tells a refused host from a silent one.
    """

    target: Target
    now: datetime
    server: ServerEvidence | None = None
    issuers: Mapping[str, IssuerEvidence] = field(default_factory=dict)
    organisation: IssuerEvidence | None = None
    hosts: Mapping[str, HostFacts] = field(default_factory=dict)
    control: Control | None = None
    written: Written = field(default_factory=Written)
    lock: Lock | None = None
    providers: Providers = NO_QUIRKS
    trusted: bool = True
