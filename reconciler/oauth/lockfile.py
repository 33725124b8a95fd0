"""Reads and writes `reconciler.lock.json`, the checked-in memory of what was approved."""

import os
from pathlib import Path

from reconciler.core.errors import LockUnusable, ReconcilerError
from reconciler.oauth import lock as model
from reconciler.oauth.lock import Lock, LockFault

LOCK_FILE = "reconciler.lock.json"
_LARGEST = 64 * 1024 * 1024


def load(root: Path) -> Lock | None:
    """The lock of a project, None when it has none yet; raise LockUnusable rather than forget what was approved."""
    file = root / LOCK_FILE
    try:
        if not file.exists() and not file.is_symlink():
            return None
        if file.is_symlink() or not file.is_file():
            raise LockUnusable(f"{LOCK_FILE} is not a regular file.", subject=LOCK_FILE)
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise LockUnusable(f"{LOCK_FILE} cannot be read: {error.strerror}.", subject=LOCK_FILE) from error
    if len(content) > _LARGEST:
        raise LockUnusable(f"{LOCK_FILE} is larger than any lock.", subject=LOCK_FILE)
    try:
        return model.read(content)
    except LockFault as fault:
        raise LockUnusable(f"{LOCK_FILE}: {fault}.", subject=LOCK_FILE) from fault


def save(root: Path, lock: Lock) -> bool:
    """Write the lock whole or not at all; say whether it changed. An equal lock leaves the file untouched."""
    file = root / LOCK_FILE
    text = model.text(lock)
    beside = file.with_name(f".{LOCK_FILE}.{os.getpid()}.tmp")
    try:
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            return False
        with beside.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ReconcilerError(f"{LOCK_FILE} cannot be written: {error.strerror}.", subject=LOCK_FILE) from error
    return True
