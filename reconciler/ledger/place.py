"""Where a ledger is: a SQLite file, or a PostgreSQL database. The password of a database is in no text of it."""

from dataclasses import field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reconciler.core.errors import LedgerError, LedgerNewer
from reconciler.core.noun import dataclass

_NO_ROOM = ("full", "readonly", "read-only", "Read-only", "disk I/O", "Permission", "unable to open", "No space")
"""Words in what a database says when the disk is the trouble, and the file is not."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of both: a file, or the URL of a database, which may hold a password."""

    file: Path | None = None
    url: str = field(default="", repr=False)

    def __str__(self) -> str:
        """How people are told of it: the file's name, or host and database."""
        if self.file is not None:
            return self.file.name
        parts = urlsplit(self.url)
        return f"postgresql://{(parts.hostname or 'localhost')}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @property
    def subject(self) -> str:
        return str(self.file) if self.file is not None else str(self)

    def unusable(self, error: Exception) -> LedgerError:
        """The error that says that the ledger cannot be opened, read or written; without the URL's password."""
        reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        fix = "Check the database, its address and its rights."
        if self.file is not None:
            fix = "Move the file away; every object is found again by its natural key."
        if self.file is not None and "locked" in reason:
            fix = "Another process is writing to it and does not get on: let it finish, or end it, then repeat."
        elif self.file is not None and any(word in reason for word in _NO_ROOM):
            fix = "Make room, or make it writable, for the file and its folder; then go on: reconciler apply --resume."
        return LedgerError(
            f"The ledger {self} cannot be used: {self._without_password(reason)}.", fix=fix, subject=self.subject
        )

    def newer(self, revision: str) -> LedgerNewer:
        """The error that says that the ledger is of a revision that this version does not know."""
        return LedgerNewer(
            f"The ledger {self} is of revision {revision!r}, which this version does not know.", subject=self.subject
        )

    def _without_password(self, text: str) -> str:
        password = urlsplit(self.url).password if self.url else None
        for secret in filter(None, (password, password and unquote(password))):
            text = text.replace(secret, "***")
        return text


def at(where: "Place | Path") -> Place:
    """Give a place; a path means a SQLite file."""
    return where if isinstance(where, Place) else Place(where)
