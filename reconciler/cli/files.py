"""Files that the command line reads and writes for its user."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.errors import PlanUnusable, ReconcilerError, SecretInOutput, UsageError
from reconciler.core.veil import VEIL

if TYPE_CHECKING:
    from reconciler.core.plan import Plan

_LARGEST_PLAN = 512 * 1024 * 1024


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole or not at all, readable by its owner only: plans name what an organisation trusts.

    A text that holds a secret is refused: a file with holes would be worse than none.
    """
    if not VEIL.covers(text):
        raise SecretInOutput(f"{path} was not written.", subject=str(path))
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe, for example /dev/stdout: it takes the text, and must never be replaced by a file.
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path, text, mode)
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be written: {error.strerror}.", subject=str(path)) from error


def _replace(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_plan(path: Path) -> "Plan":
    """Read a saved plan that the user named."""
    from reconciler.core import plan_file

    try:
        return plan_file.load(_read(path, PlanUnusable))
    except UnicodeDecodeError as error:
        raise PlanUnusable("The file is not text.", subject=str(path)) from error
    except RecursionError as error:
        raise PlanUnusable("The file is nested too deeply.", subject=str(path)) from error


def read_text(path: Path) -> str:
    """Read a file that the user named."""
    try:
        return _read(path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text.", subject=str(path)) from error


def _read(path: Path, too_large: type[ReconcilerError] = UsageError) -> str:
    try:
        if path.stat().st_size > _LARGEST_PLAN:
            raise too_large(f"{path} is larger than any plan.", subject=str(path))
        return path.read_bytes().decode("utf-8")  # as it is: a plan is checked byte by byte
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", subject=str(path)) from error
