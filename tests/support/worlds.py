"""Generated worlds and wishes: what an author wrote, what an organisation holds, and what earlier runs remember.

Documents are plain mappings as a manifest has them; live objects are plain facts that each harness turns into its own
form. Names come from small pools, so that documents and objects meet, miss and cross each other often.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from reconciler.core.resources import Desired
from tests.support.build import JWT_BEARER, resource

SCOPES = ("read", "write", "__private", "$ref", "source")
POLICIES = ("agents", "scopes", "rules")
RULES = ("jwt", "all", "notes")
GRANTS = (JWT_BEARER, "client_credentials", "password")
ISSUERS = ("https://idp.example.com", "https://login.example.org/tenant/")
STATES = ("PENDING", "INACTIVE", "ACTIVE", "INVALID")
TEXTS = ("Tickets", "Wiki pages", "ü → 日本", "\u202e\x1b[31m", "a\nb")
LABELS = ("Jira", "Wiki", "ü")


@dataclass(frozen=True)
class Document:
    """One document as an author wrote it."""

    kind: str
    name: str
    spec: Mapping[str, Any]
    absent: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.name

    @property
    def identity(self) -> str:
        """What the organisation knows the object by; empty for what is no object of its own."""
        return bare(self.spec.get("resourceUrl", "")) or self.spec.get("displayName", "")


@dataclass(frozen=True)
class Story:
    """A wish, a world, and a memory. Ids of live objects are only names; harnesses map them to real ones."""

    documents: tuple[Document, ...]
    custom: tuple[Mapping[str, Any], ...]
    servers: tuple[Mapping[str, Any], ...]
    bindings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def desired(self) -> Desired:
        made = [
            resource(each.kind, each.name, each.spec, absent=each.absent, line=number)
            for number, each in enumerate(self.documents, 1)
        ]
        return {each.address: each for each in sorted(made, key=lambda each: each.address)}


# Structure (which documents and objects there are, in which states, what is bound) is drawn piece by piece, so that
# a failing world shrinks. Details come in numbered variants: drawing each of them would take most of the time.


def variant(make: Callable[[Random], Any]) -> st.SearchStrategy[Any]:
    """One of many fixed variants, the first being the plainest that chance made."""
    return st.integers(0, 999).map(lambda number: make(Random(number)))


def some(random: Random, pool: tuple[str, ...], least: int = 0) -> list[str]:
    """A few different members, in any order."""
    return random.sample(pool, random.randint(min(least, len(pool)), len(pool)))


def maybe(random: Random, pool: tuple[Any, ...]) -> Any:
    return random.choice((None, *pool))


def written(**members: Any) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}


# -- custom authorization servers ----------------------------------------------------------------------------------


def scope(random: Random, name: str) -> dict[str, Any]:
    return written(
        name=name,
        description=maybe(random, TEXTS),
        displayName=maybe(random, LABELS),
        consent=maybe(random, ("IMPLICIT", "REQUIRED")),
        metadataPublish=maybe(random, ("NO_CLIENTS", "ALL_CLIENTS")),
        default=maybe(random, (True, False)),
    )


def policy(random: Random, name: str, scopes: list[str]) -> dict[str, Any]:
    rules = [
        written(
            name=rule,
            grantTypes=some(random, GRANTS, 1),
            scopes=some(random, tuple(scopes), 1) if scopes and random.random() < 0.5 else None,
            accessTokenLifetimeMinutes=maybe(random, (5, 60, 1440)),
        )
        for rule in some(random, RULES)
    ]
    return written(
        name=name,
        description=maybe(random, LABELS),
        clients=some(random, ("wlpA", "wlpB", "ALL_CLIENTS"), 1) if random.random() < 0.5 else None,
        rules=rules,
    )


def children(random: Random) -> dict[str, Any]:
    """Scopes and policies that fit each other; either may be left out."""
    names = some(random, SCOPES) if random.random() < 0.7 else None
    policies = some(random, POLICIES) if random.random() < 0.5 else None
    return written(
        scopes=None if names is None else [scope(random, name) for name in names],
        accessPolicies=None if policies is None else [policy(random, name, names or []) for name in policies],
    )


def custom_details(random: Random) -> dict[str, Any]:
    return written(audience=random.choice(("api://a", "api://b")), description=maybe(random, TEXTS)) | children(random)


WISHES = st.sampled_from(["present", "none", "absent"])


@st.composite
def custom(draw: st.DrawFn, slot: int) -> tuple[Document | None, dict[str, Any] | None, bool]:
    """A document, a live object, and whether an earlier run bound them (then the live name may be an older one)."""
    wish = draw(WISHES)
    spec = {"type": "okta", "displayName": f"Agents {slot}"} | draw(variant(custom_details))
    document = Document("AuthorizationServer", f"agents-{slot}", spec, wish == "absent") if wish != "none" else None
    there = draw(st.sampled_from(["absent", "there", "bound", "renamed"]))
    if there == "absent":
        return document, None, False
    live = {
        "id": f"aus-{slot}",
        "name": f"Legacy {slot}" if there == "renamed" else f"Agents {slot}",
        "status": draw(st.sampled_from(["ACTIVE", "INACTIVE"])),
        "description": None,
        "scopes": [],
        "accessPolicies": [],
        **draw(variant(custom_details)),
    }
    return document, live, there != "there"


# -- MCP servers ---------------------------------------------------------------------------------------------------


def external(slot: int, random: Random) -> Document:
    oauth = {**endpoints(random), "grantTypes": ["authorization_code", *random.choice(([], ["refresh_token"]))]}
    spec = {"type": "external", "issuer": ISSUERS[slot], "discovery": "static", "oauth": oauth}
    return Document("AuthorizationServer", f"idp-{slot}", spec)


def endpoints(random: Random) -> dict[str, str]:
    bases = ("https://idp.example.com", "https://idp.example.com/v2")
    return {f"{word}Endpoint": f"{random.choice(bases)}/{word}" for word in ("authorization", "token")}


def rows(random: Random, ids: list[str]) -> list[dict[str, Any]]:
    """Rows of a live server: external ones by hand, custom ones by the ids that live."""
    found: list[dict[str, Any]] = [
        {
            "issuer": random.choice((issuer, bare(issuer))),
            **endpoints(random),
            "grantTypes": ["authorization_code", "refresh_token"],
        }
        for issuer in some(random, (*ISSUERS, "https://third.example.net"))
    ]
    return found + [{"custom": server} for server in some(random, tuple(ids))]


def server_spec(random: Random, slot: int, names: list[str]) -> dict[str, Any]:
    return {
        "resourceUrl": f"https://mcp{slot}.example.com/mcp" + random.choice(("", "/")),
        "authorizationServers": some(random, tuple(names), 1),
        "revalidate": random.choice(("nudge", "reregister")),
    } | written(displayName=maybe(random, LABELS), description=maybe(random, TEXTS))


def server_live(random: Random, url: str, ids: list[str]) -> dict[str, Any]:
    return {
        "resourceUrl": url + random.choice(("", "/")),
        "displayName": maybe(random, LABELS),
        "description": maybe(random, TEXTS),
        "manual": True,
        "rows": rows(random, ids),
    }


@st.composite
def server(
    draw: st.DrawFn, slot: int, names: list[str], ids: list[str]
) -> tuple[Document | None, list[dict[str, Any]], str | None]:
    """A document, live objects under its URL and under an older one, and which of them an earlier run bound."""
    wish = draw(WISHES)
    spec = draw(variant(lambda random: server_spec(random, slot, names)))
    spec["state"] = draw(st.sampled_from(["active", "inactive"]))
    document = Document("McpServer", f"mcp-{slot}", spec, wish == "absent") if wish != "none" else None
    lives = []
    for age, host in (("now", f"mcp{slot}"), ("old", f"old{slot}")):
        status = draw(st.sampled_from((None, *STATES)))
        if status:
            url = f"https://{host}.example.com/mcp"
            details = draw(variant(lambda random, url=url: server_live(random, url, ids)))
            lives.append({"id": f"ems-{slot}-{age}", "status": status, **details})
    bound = draw(st.sampled_from([None, *(live["id"] for live in lives)]))
    return document, lives, bound


@st.composite
def stories(draw: st.DrawFn, most: int = 4) -> Story:
    """A wish, a world and a memory that a sound apply can bring together."""
    externals = [draw(variant(lambda random, slot=slot: external(slot, random))) for slot in range(len(ISSUERS))]
    customs = [draw(custom(slot)) for slot in range(draw(st.integers(0, (most + 1) // 2)))]
    here = [document for document, _, _ in customs if document and not document.absent]
    names = [each.name for each in (*externals, *here)]
    ids = [live["id"] for _, live, _ in customs if live]
    servers = [draw(server(slot, names, ids)) for slot in range(draw(st.integers(1, most)))]
    bound = {("AuthorizationServer", f"agents-{slot}"): each[1]["id"] for slot, each in enumerate(customs) if each[2]}
    bound |= {("McpServer", f"mcp-{slot}"): each[2] for slot, each in enumerate(servers) if each[2]}
    documents = [*externals, *(each[0] for each in customs), *(each[0] for each in servers)]
    lives = tuple(live for each in servers for live in each[1])
    story = Story(
        tuple(each for each in documents if each),
        tuple(live for _, live, _ in customs if live),
        lives,
        bound,
    )
    return replace(story, servers=tuple(_released(story)))


def _released(story: Story) -> Iterator[Mapping[str, Any]]:
    """What nobody describes keeps no hold on an authorization server that is to be deleted: that would be refused."""
    mine, old = owners(story), predecessors(story)
    going = {mine[each.key] for each in story.documents if each.absent and each.key in mine}
    for live in story.servers:
        held = live["id"] in {*mine.values(), *old.values()}
        yield live if held else {**live, "rows": [row for row in live["rows"] if row.get("custom") not in going]}


def owners(story: Story) -> dict[tuple[str, str], str]:
    """Which live object each document is about: the one it names, else the one it was bound to and nobody names."""
    found: dict[tuple[str, str], str] = {}
    lives = [*(("AuthorizationServer", each["name"], each["id"]) for each in story.custom)]
    lives += [("McpServer", bare(each["resourceUrl"]), each["id"]) for each in story.servers]
    for document in story.documents:
        for kind, key, record in lives:
            if kind == document.kind and key == document.identity:
                found[document.key] = record
    ids = {record for _, _, record in lives}
    for document in story.documents:
        bound = story.bindings.get(document.key)
        if document.key not in found and bound in ids and bound not in found.values():
            found[document.key] = str(bound)
    return found


def predecessors(story: Story) -> dict[tuple[str, str], str]:
    """What documents with an object were bound to besides: left behind by a replace, and nobody else's."""
    mine = owners(story)
    ids = {live["id"] for live in (*story.custom, *story.servers)} - set(mine.values())
    return {key: bound for key, bound in story.bindings.items() if key in mine and bound in ids}


def bare(url: str) -> str:
    """A URL without its one trailing slash."""
    return url.removesuffix("/")
