"""Secrets: where the configuration says that they are, read at the moment of use."""

import os
from pathlib import Path

from reconciler import manifests
from reconciler.core import errors


def resolve_secret(reference: manifests.SecretSource, root: Path) -> str:
    """Resolve a secret; a trailing newline of a file is not part of it. The value is in no error."""
    if reference.from_env is not None:
        where = f"environment variable {reference.from_env}"
        value = os.environ.get(reference.from_env, "")
    else:
        where = f"file {reference.from_file}"
        try:
            value = (root / str(reference.from_file)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise errors.SecretUnavailable(f"The {where} cannot be read: {type(error).__name__}.") from error
    value = value.strip()
    if not value or not value.isprintable() or not value.isascii():
        raise errors.SecretUnavailable(f"The {where} is unset, empty, or holds no token.")
    return value
