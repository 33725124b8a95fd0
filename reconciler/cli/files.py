"""Files that the command line reads and writes for its user."""

import os
from pathlib import Path

from reconciler.core.errors import ReconcilerError, UsageError

_LARGEST_PLAN = 512 * 1024 * 1024


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only: plans name what an organisation trusts."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ReconcilerError(f"{path} cannot be written: {error.strerror}.", subject=str(path)) from error


def read_text(path: Path) -> str:
    """Read a file that the user named."""
    try:
        if path.stat().st_size > _LARGEST_PLAN:
            raise UsageError(f"{path} is larger than any plan.", subject=str(path))
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text.", subject=str(path)) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", subject=str(path)) from error
