"""Secrets: where the configuration or a manifest says that they are, read at the moment of use."""

import os
from pathlib import Path

from reconciler import manifests
from reconciler.core import errors
from reconciler.core.plan import Create, Plan, Update
from reconciler.core.secret import Reveal, SecretRef, secrets_in


def resolve_secret(reference: manifests.SecretSource, root: Path) -> str:
    """Resolve a secret; a trailing newline of a file is not part of it. The value is in no error."""
    if reference.from_env is not None:
        return revealer(root)(SecretRef("env", reference.from_env))
    return revealer(root)(SecretRef("file", str(reference.from_file)))


def revealer(root: Path) -> Reveal:
    """Give the port that finds secrets: in the environment, and in files relative to the project."""

    def reveal(secret: SecretRef) -> str:
        value = (os.environ.get(secret.name, "") if secret.place == "env" else _content(secret, root)).strip()
        if not value or not value.isprintable() or not value.isascii():
            raise errors.SecretUnavailable(f"The {secret} is unset, empty, or holds no token.")
        if not value.strip("*"):
            raise errors.SecretUnavailable(f"The {secret} holds asterisks: a masked value, not the secret.")
        return value

    return reveal


def demand_secrets(chosen: Plan, reveal: Reveal) -> None:
    """Raise SecretUnavailable unless every secret that the plan would send can be found; nothing is sent yet."""
    for step in chosen.steps:
        if isinstance(step, Create | Update):
            for secret in secrets_in(step.document).values():
                reveal(secret)


def _content(secret: SecretRef, root: Path) -> str:
    try:
        return (root / secret.name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.SecretUnavailable(f"The {secret} cannot be read: {type(error).__name__}.") from error
