"""What the engine must know about a kind of object, as data and small pure functions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Generic

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Document, Json, Ref
from reconciler.core.lifecycle import Lifecycle, State
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired, Outline, Record, Resource, S
from reconciler.core.wire import Inside, Wire


class Offer(StrEnum):
    """What an object can do for those that refer to it: the two authorization capabilities of the concept page."""

    XAA = "xaa"
    STS = "sts"


class Risk(StrEnum):
    """How carefully a reviewer should look; the order of the members is the order of danger, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Aspect(StrEnum):
    """What stands at a path of a document, as far as the rules of risk go by it."""

    RESOURCE = "resource"
    """The URL of what is protected."""
    ISSUER = "issuer"
    ENDPOINT = "endpoint"
    """Where codes, secrets and tokens are sent."""
    TRUST = "trust"
    """An authorization server whose tokens are accepted."""
    AUDIENCE = "audience"
    SCOPES = "scopes"
    """The scopes that may be had; a list."""
    SCOPE_CONDITION = "scope-condition"
    CONSENT = "consent"
    GRANTS = "grants"
    CLIENTS = "clients"
    """Who may have tokens; a list."""
    CLIENT_AUTH = "client-auth"
    BINDING = "binding"
    """Whether a code or token is bound to who asked for it: PKCE, DPoP."""
    REDIRECT = "redirect"
    LIFETIME = "lifetime"
    """Minutes; 0 for no end."""
    SECRET = "secret"  # noqa: S105 - a word, not a password
    KEY = "key"
    """A public key by which a client shows who it is: an object with its `state`, and what is below."""
    RULES = "rules"
    """Anything else that decides which tokens there are."""


LookUp = Callable[[Ref], Json]
"""What a reference stands for: the value, or the reference's own JSON while the object is still to be made."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A part of a live object that stands for another object, as the other's document would lend it.

    `key` is the other's id or natural key, `value` what would be lent. `alias` is another id under which third objects
    may speak of it, like that of a row.
    """

    kind: str
    key: str
    value: Document
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """One kind of object. Everything that is special about it is reached from here; nothing asks for its name."""

    name: str
    spec: Any
    """The pydantic type of `spec:`, a model or a discriminated union of models."""
    lifecycle: Lifecycle
    wire: Wire
    goal: Callable[[S], State]
    """The state that the author wants."""
    stands_alone: Callable[[S], bool]
    """Whether the document describes an object that this tool creates, changes and deletes by itself."""
    borrowed: Callable[[S], bool]
    """Whether it names an object that somebody else owns: it has to exist, and is never written."""
    natural_key: Callable[[S], str]
    """The key under which a live object is recognised; equal to `Record.key` or `Record.id` of the same object.

    Where `live_key` is given, this one only tells documents apart.
    """
    references: Callable[[S], tuple[Address, ...]]
    """The documents it needs; they come first when creating, last when deleting."""
    offers: Callable[[S], frozenset[Offer]]
    """The capabilities it gives to those that refer to it, as far as the document alone can tell."""
    lends: Callable[[Resource[S]], Document]
    """What becomes part of the documents of those that refer to it."""
    document: Callable[[Resource[S], Desired, "Kinds"], Document]
    """The desired document: only what the author wrote, references as `Ref`."""
    check: Callable[[Resource[S], Desired, "Kinds"], Iterator[Diagnostic]]
    """What an author can fix, seen from the documents alone; they carry a `path`, the loader adds the position.

    It looks at the document and at what that refers to, directly or by way of others, and at nothing else.
    """
    fixed: frozenset[str]
    """Top-level members that cannot change after creation: a difference is a replace."""
    owned: frozenset[str]
    """Members that hold named children, all of which are the document's: an undeclared one is to be removed."""
    hints: frozenset[str]
    """Members that guide creation and activation, and are never compared."""
    observe: Callable[[Record, Document], Document]
    """The live document in the words of the desired one: keyed alike, without what nobody manages."""
    ready: Callable[[Record, Document], Iterator[Diagnostic]]
    """What stands in the way of activating the live object; nothing when it can be activated."""
    aspects: Mapping[str, Aspect]
    """What a change of a path means for risk, for paths where it means something: dotted, `*` for the name of a child.
    A path stands for everything below it that has no entry of its own."""
    rules: tuple[Rule, ...]
    """What `check` and `ready` can find, for `reconciler explain`."""
    check_all: Callable[[Sequence[Resource[S]]], Iterator[tuple[Resource[S], Diagnostic]]] | None = None
    """The same for what documents of this kind must not have in common: which of them is at fault, and by what."""
    uses: Callable[[S], frozenset[Offer]] = lambda _spec: frozenset()
    """The capability that it uses of what it refers to, where it uses one."""
    protected: Callable[[S], bool] = lambda _spec: False
    """Whether the author forbids deleting, replacing or deactivating it."""
    reregisters: Callable[[S], bool] = lambda _spec: False
    """Whether an INVALID object is to be deleted and made again, where no other call revalidates it."""
    live_key: Callable[[S, LookUp], str] | None = None
    """The key of an object that only its references identify; empty while something of these is still to be made."""
    prepares: bool = False
    """Whether what it refers to is activated only after it is there."""
    holds: Callable[[Record], frozenset[str]] | None = None
    """The ids of live objects that the organisation does not delete while this one uses them."""
    doubles: bool = False
    """Whether the organisation would take a second object with the same key."""
    on_demand: bool = False
    """Whether it is read only where a document or the memory of an earlier run speaks of it."""
    inventoried: bool = True
    """Whether live objects that nobody describes are worth a report; not where most of them concern others."""
    to_spec: Callable[[Record, Mapping[str, str]], Document] | None = None
    """What an author would write for a live object: no more than tells it from a default. The inverse of `document`.

    The mapping gives, for each key of `loans`, the name of the document that lends. None: nobody can write it down.
    """
    loans: Callable[[Record], Mapping[str, Loan]] = lambda _record: {}
    """What a live object holds of others."""
    lender: Callable[[Loan], Document | None] = lambda _loan: None
    """What an author would write for an object of this kind of which only a loan is known; None: it has to be live."""
    stands_for: Callable[[S, Loan], bool] = lambda _spec, _loan: False
    """Whether a document of this kind lends what is there already."""
    removable: frozenset[str] = frozenset()
    """Paths that the organisation lets be removed, dotted, `*` for the name of a child: a document that has None there
    removes what we had set. What is not listed stays as it is when a manifest no longer speaks of it."""
    scopes: tuple[str, ...] = ()
    """The areas of Okta's OAuth scopes that its calls are about, such as `okta.apps`, without `.read` or `.manage`."""
    version: int = 1
    """Version of the normaliser (`document` and `observe`): raised when the same manifest gives another document."""

    def outline(self, spec: S) -> Outline:
        """What others go by of a document with this spec: asked once, and kept with the resource."""
        return Outline(
            key=self.natural_key(spec),
            references=self.references(spec),
            stands_alone=self.stands_alone(spec),
            borrowed=self.borrowed(spec),
            goal=self.goal(spec),
            protected=self.protected(spec),
        )

    @property
    def inside(self) -> str:
        """The kind inside whose objects those of this kind live; empty where they stand by themselves."""
        return self.wire.listing.kind if isinstance(self.wire.listing, Inside) else ""


Kinds = Mapping[str, Kind[Any]]
"""All kinds by name, in dependency order: a kind refers only to kinds above it, which makes ordering acyclic."""


def with_homes(names: Collection[str], kinds: Kinds) -> Kinds:
    """Give these kinds, and those inside whose objects theirs live, in dependency order."""
    chosen = {name for name in names if name in kinds}
    for name in reversed(tuple(kinds)):
        if name in chosen:
            chosen.add(kinds[name].inside)
    return {name: kind for name, kind in kinds.items() if name in chosen}
