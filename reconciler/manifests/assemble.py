"""Resources to Desired: what is wrong between documents, and the fixed order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.document import Json
from reconciler.core.kind import Kinds
from reconciler.core.noun import dataclass
from reconciler.core.resources import Desired, Resource
from reconciler.core.url import url_key
from reconciler.manifests.checks import check, placed
from reconciler.manifests.nearest import nearest
from reconciler.manifests.shape import Shaped

Path = tuple[str | int, ...]

SAME_NAME = Rule(
    code="MAN040",
    summary="Two documents have one name",
    why="References and the plan know a document by kind and name; which of the two is meant would be chance.",
    example="two documents of kind McpServer with metadata.name: jira",
    fix="Rename or remove one of them.",
)
SAME_OBJECT = Rule(
    code="MAN041",
    summary="Two documents describe one object",
    why="The organisation knows an object by its natural key (the URL, issuer or name); two documents would undo each "
    "other's changes in every run. URLs that differ by one trailing slash are the same.",
    example="resourceUrl: https://mcp.example.com/mcp\nresourceUrl: https://mcp.example.com/mcp/",
    fix="Keep one of the two documents, or correct the key.",
)
NO_SUCH = Rule(
    code="MAN042",
    summary="Reference to a document that does not exist",
    why="An object is created after those that it refers to; this one would wait for ever.",
    example="authorizationServers: [corp-sso]   # no AuthorizationServer of that name",
    fix="Correct the name, or add the document.",
)
GOING = Rule(
    code="MAN043",
    summary="Reference to a document that is to be deleted",
    why="The object would lose what it needs while it stays.",
    example="authorizationServers: [old]   # old has metadata.state: absent",
    fix="Remove the reference, or make this document a tombstone too, or keep the other one.",
)
NO_DOCUMENTS = Rule(
    code="MAN044",
    summary="Registry holds no documents",
    why="An empty registry is most often a wrong folder or a bad checkout; read as a wish, it would make every object "
    "an orphan.",
    example="registry: [registri.d]",
    fix="Check `registry` in reconciler.yaml; to remove objects write tombstones (`metadata.state: absent`).",
)
RULES = (SAME_NAME, SAME_OBJECT, NO_SUCH, GOING, NO_DOCUMENTS)

_HINTS_MOST = 100
"""Missing names for which a similar one is looked for; more would take long and help nobody."""


class Assembled(NamedTuple):
    """All resources by address, in order, and everything that is wrong between documents."""

    desired: Desired
    faults: tuple[Diagnostic, ...]
    silent: Mapping[str, str]
    """By their marks, the documents about which their kinds have nothing to say, with what that went by."""


def assemble(
    shaped: Sequence[Shaped], unread: Sequence[str | None], kinds: Kinds, silent: Mapping[str, str]
) -> Assembled:
    """Put everything together. `silent` is what an earlier run found so: whoever is asked again would say nothing.

    `unread` are the texts of files that could not be parsed to the end, None for what is wholly unknown. A reference
    to a document that is at fault itself, or that may stand in an unread text, is not called broken.
    """
    rank = {name: number for number, name in enumerate(kinds)}
    unique: dict[Address, Resource[Any]] = {}
    for resource in (each.resource for each in shaped if each.resource is not None):
        unique.setdefault(resource.address, resource)
    desired = {address: unique[address] for address in sorted(unique, key=lambda a: (rank[a.kind], a.name))}
    hidden = Hidden(frozenset(each.claims for each in shaped if each.claims is not None), unread)
    checked = check(desired, kinds, silent)
    faults = (*_same_names(shaped), *_same_objects(unique.values()), *_references(desired, hidden), *checked.faults)
    return Assembled(desired, faults, checked.silent)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not among the resources and may exist all the same."""

    claims: Collection[Address]
    texts: Sequence[str | None]

    def may_hold(self, address: Address) -> bool:
        return address in self.claims or any(text is None or address.name in text for text in self.texts)


def _same_names(shaped: Iterable[Shaped]) -> Iterator[Diagnostic]:
    first: dict[Address, Shaped] = {}
    for each in shaped:
        if each.claims is not None and first.setdefault(each.claims, each) is not each:
            detail = f"{each.claims} is already defined at {first[each.claims].source}."
            fault = SAME_NAME.found(detail, path=("metadata", "name"), subject=str(each.claims))
            yield fault.at(each.source)


def _same_objects(resources: Iterable[Resource[Any]]) -> Iterator[Diagnostic]:
    owners: dict[tuple[str, str], Resource[Any]] = {}
    for resource in resources:
        key = resource.outline.key
        if not key or not resource.outline.stands_alone:
            continue
        first = owners.setdefault((resource.address.kind, key), resource)
        if first is not resource:
            detail = f"{first.address} at {first.source} describes the same object."
            path = _path(resource, key, like="")
            yield placed(SAME_OBJECT.found(detail, path=path), resource)


def _references(desired: Desired, hidden: Hidden) -> Iterator[Diagnostic]:
    missing: dict[Address, list[Resource[Any]]] = defaultdict(list)
    for resource in desired.values():
        references = () if resource.absent else resource.outline.references
        for address in dict.fromkeys(references):
            if address not in desired:
                missing[address].append(resource)
            elif desired[address].absent:
                detail = f"It refers to {address}, a tombstone at {desired[address].source}."
                path = _path(resource, address.name, like=address.kind)
                yield placed(GOING.found(detail, path=path), resource)
    for rank, (address, resources) in enumerate(missing.items()):
        if not hidden.may_hold(address):
            yield from _no_such(address, resources, desired if rank < _HINTS_MOST else {})


def _no_such(address: Address, resources: Iterable[Resource[Any]], known: Desired) -> Iterator[Diagnostic]:
    close = nearest(address.name, [a.name for a in known if a.kind == address.kind])
    fix = f"Did you mean `{close}`?" if close else ""
    for resource in resources:
        path = _path(resource, address.name, like=address.kind)
        yield placed(NO_SUCH.found(f"There is no {address}.", path=path, fix=fix), resource)


def _path(resource: Resource[Any], text: str, *, like: str) -> Path:
    """Where a text stands in a spec (modulo one trailing slash), preferably under a key that is called like a kind."""
    spec = resource.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    paths = [path for path, leaf in _leaves(spec, ("spec",)) if url_key(leaf) == text]
    named = [p for p in paths if any(isinstance(s, str) and s.lower().startswith(like.lower()) for s in p[1:])]
    return (named or paths or [("spec",)])[0]


def _leaves(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
