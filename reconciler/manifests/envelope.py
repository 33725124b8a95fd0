"""What stands around every spec: apiVersion, kind, metadata. The typed form of a whole document of a kind."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model

from reconciler.core.kind import Kind
from reconciler.core.spec import Name, Strict

API_VERSION = "reconciler/v1"

LabelKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?$", max_length=63)]
LabelValue = Annotated[str, StringConstraints(max_length=255)]


class Metadata(Strict):
    """How a document is called and sorted; never sent to the organisation, except that names connect documents."""

    name: Name = Field(examples=["jira"])
    """The name, unique among the documents of its kind. References use it."""
    labels: dict[LabelKey, LabelValue] = Field(default={}, examples=[{"team": "collab"}])
    """Words to select documents by, for example `--select team=collab`."""
    state: Literal["present", "absent"] = "present"
    """absent: a tombstone; the object is to be deleted."""


class Manifest(Strict):
    """One document of a registry."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: str
    """What the document describes."""
    metadata: Metadata
    """How the document is called."""
    spec: Any
    """What is wished for."""


class Unknown(Manifest):
    """A document of a kind that does not exist; its other mistakes are still found."""

    spec: dict[str, Any]


def manifest_model(kind: Kind[Any]) -> type[Manifest]:
    """Give the model of a whole document of one kind."""
    return _made(kind.name, kind.spec)


@cache
def _made(name: str, spec: type[Any]) -> type[Manifest]:
    """Make it, once in a process: that takes longer than to read a file of a hundred documents."""
    return create_model(
        name,
        __base__=Manifest,
        __doc__=f"A document of kind {name}.",
        kind=(_literal(name), Field(description=f"`{name}`.")),
        spec=(spec, Field(description="What is wished for.")),
    )


def _literal(word: str) -> Any:
    """The type that has one word as its only value; made at run time, so type checkers cannot follow."""
    return Literal[word]
