"""Secrets as documents hold them: where each is found and how often it was renewed; never the secret itself.

A plan's document holds one as plain JSON, `{"$secret": "env:NAME", "generation": 2}`. In the body of a request it is a
`SecretRef` until the moment of sending. Only what is a `SecretRef` is ever filled in: an organisation's answer is JSON,
so text that only looks like a reference cannot make a secret travel.
"""

from collections.abc import Callable

from reconciler.core.document import Document, Json
from reconciler.core.noun import dataclass

_SECRET, _GENERATION = "$secret", "generation"
_PLACES = ("env", "file")


@dataclass(frozen=True, slots=True, order=True)
class SecretRef:
    """A secret by its place: the name of an environment variable (`env`), or the path of a file (`file`).

    `generation` is the author's count of renewals: a higher one says that the value behind the place is a new one.
    """

    place: str
    name: str
    generation: int = 1

    def __str__(self) -> str:
        return f"environment variable {self.name}" if self.place == "env" else f"file {self.name}"

    def to_json(self) -> Document:
        return {_SECRET: f"{self.place}:{self.name}", _GENERATION: self.generation}

    @staticmethod
    def read(value: Json) -> "SecretRef | None":
        """Give the secret that a JSON value stands for, or None when it is an ordinary value."""
        if not isinstance(value, dict) or value.keys() != {_SECRET, _GENERATION}:
            return None
        written, generation = value[_SECRET], value[_GENERATION]
        if not isinstance(written, str) or not isinstance(generation, int):
            return None
        place, _, name = written.partition(":")
        return SecretRef(place, name, generation) if place in _PLACES and name else None


Reveal = Callable[[SecretRef], str]
"""The port behind which secrets are: gives the value, or raises SecretUnavailable, which names the place alone."""


def secrets_in(document: Document) -> dict[str, SecretRef]:
    """The secrets of a document by member; they stand at its top."""
    return {
        member: secret
        for member, value in document.items()
        if isinstance(value, dict) and _SECRET in value and (secret := SecretRef.read(value)) is not None
    }


def reveal(body: Json, look_up: Reveal) -> Json:
    """The body with each `SecretRef` in it replaced by its value; the body that was given stays as it is."""
    if isinstance(body, SecretRef):
        return look_up(body)
    if isinstance(body, dict):
        return {key: reveal(item, look_up) for key, item in body.items()}
    if isinstance(body, list):
        return [reveal(item, look_up) for item in body]
    return body
