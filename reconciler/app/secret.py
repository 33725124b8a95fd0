"""Secrets: where the configuration or a manifest says that they are, read at the moment of use."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import manifests
from reconciler.core import errors
from reconciler.core.secret import Reveal, SecretRef, secrets_in
from reconciler.core.veil import VEIL

if TYPE_CHECKING:
    from reconciler.core.plan import Plan

_LARGEST = 1024 * 1024
_LONG = 16
_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "k")
_REASONS: Mapping[type[Exception], str] = {
    FileNotFoundError: "there is no such file",
    IsADirectoryError: "it is a directory",
    NotADirectoryError: "there is no such file",
    PermissionError: "this user may not read it",
    UnicodeDecodeError: "it is not text",
}


def resolve_secret(reference: manifests.SecretSource, root: Path) -> str:
    """Resolve a secret; a trailing newline of a file is not part of it. The value is in no error."""
    return revealer(root)(_place(reference))


def resolve_key(reference: manifests.SecretSource, root: Path) -> str:
    """Resolve a secret that may have several lines, such as a key in PEM. The value is in no error."""
    value = _found(_place(reference), root)
    VEIL.add(value, *(text for text in _members(value) if len(text) >= _LONG))
    return value


def _members(text: str) -> Iterator[str]:
    """The texts inside of a key that is JSON, each of which is as secret as the whole."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return
    keys = held.get("keys", [held]) if isinstance(held, dict) else []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict):
            yield from (key[name] for name in _PRIVATE_MEMBERS if isinstance(key.get(name), str))


def _place(reference: manifests.SecretSource) -> SecretRef:
    if reference.from_env is not None:
        return SecretRef("env", reference.from_env)
    return SecretRef("file", str(reference.from_file))


def revealer(root: Path) -> Reveal:
    """Give the port that finds secrets: in the environment, and in files relative to the project."""

    def reveal(secret: SecretRef) -> str:
        value = _found(secret, root)
        if not value.isprintable() or not value.isascii():
            raise errors.SecretUnavailable(f"The {secret} holds no token: it has several lines or odd characters.")
        if not value.strip("*"):
            raise errors.SecretUnavailable(f"The {secret} holds asterisks: a masked value, not the secret.")
        VEIL.add(value)
        return value

    return reveal


def demand_secrets(chosen: "Plan", reveal: Reveal) -> None:
    """Raise SecretUnavailable unless every secret that the plan would send can be found; nothing is sent yet."""
    from reconciler.core.plan import Create, Update

    for step in chosen.steps:
        if isinstance(step, Create | Update):
            for secret in secrets_in(step.document).values():
                reveal(secret)


def _found(secret: SecretRef, root: Path) -> str:
    """The value less the blanks around it, or SecretUnavailable, which names the place and never the value."""
    value = os.environ.get(secret.name) if secret.place == "env" else _content(secret, root)
    if value is None:
        raise errors.SecretUnavailable(f"The {secret} is not set.")
    if not value.strip():
        raise errors.SecretUnavailable(f"The {secret} is empty.")
    return value.strip()


def _content(secret: SecretRef, root: Path) -> str:
    path = root / secret.name
    try:
        if path.stat().st_size > _LARGEST:
            raise errors.SecretUnavailable(f"The {secret} cannot be read: it is larger than any secret.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        reason = _REASONS.get(type(error), said or type(error).__name__)
        raise errors.SecretUnavailable(f"The {secret} cannot be read: {reason}.") from error
