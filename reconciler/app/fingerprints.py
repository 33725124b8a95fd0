"""Keyed fingerprints of the secrets that were sent: memory tells whether a secret is another one, and never which.

The key stands outside of the ledger: in `.reconciler/key` beside a ledger that is a file, else where the settings say
so. Without a key nothing is noticed and nothing else changes.
"""

import hashlib
import hmac
import os
import secrets as random
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler import ledger
from reconciler.app.secret import resolve_secret, revealer
from reconciler.app.workspace import STATE_FOLDER, Workspace, desired
from reconciler.core.address import Address
from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.document import Document
from reconciler.core.errors import SecretUnavailable
from reconciler.core.noun import dataclass
from reconciler.core.plan import Change, Create, Plan, Update
from reconciler.core.remembered import Applied
from reconciler.core.secret import Reveal, SecretRef, secrets_in
from reconciler.core.veil import VEIL
from reconciler.kinds import KINDS

NOT_COUNTED = Rule(
    code="RUN023",
    summary="A secret is another one, and is not sent",
    why="Organisations do not give secrets back, so one is sent when its document counts a new `generation`. The value "
    "that was found is not the one that was last sent; only its keyed fingerprint is known here.",
    example="a CI variable that was renewed, with `generation: 1` as before",
    fix="Raise `generation` to send it, or restore the value.",
    severity=Severity.WARNING,
)
NOT_RENEWED = Rule(
    code="RUN024",
    summary="A secret is counted as new and is the old one",
    why="`generation` was raised, so the secret is sent again, and the value that was found is the one that was last "
    "sent.",
    example="`generation: 2`, while the CI variable was not renewed",
    fix="Put the new value where the document says that it is, before the plan is applied.",
    severity=Severity.WARNING,
)
RULES = (NOT_COUNTED, NOT_RENEWED)

_KEY = "key"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """What fingerprints are made with. `name` tells it from others without telling what it is."""

    value: bytes

    @property
    def name(self) -> str:
        return hmac.new(self.value, b"name", hashlib.sha256).hexdigest()[:16]

    def mark(self, secret: str, salt: str) -> str:
        """The fingerprint: HMAC-SHA256 (RFC 2104). The salt keeps equal secrets of two objects from looking equal."""
        return hmac.new(self.value, f"{salt}\n{secret}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Marks:
    """What a run remembers of the secrets that it sends, as `ledger.notes` asks for it."""

    key: Key | None
    reveal: Reveal
    before: Mapping[Address, Applied]
    unsure: frozenset[str] = frozenset()
    """Steps that an earlier part of the run has begun: which value that one found is not known."""

    def __call__(self, change: Change, record: str) -> Mapping[str, Document]:
        """Give what is to be remembered of each secret of an address: its generation and its fingerprint."""
        kept = self._kept(change, record)
        return {
            member: self._of(secret) if member in self._sent(change) else kept.get(member, _counted(secret))
            for member, secret in secrets_in(change.document or {}).items()
        }

    def _sent(self, change: Change) -> frozenset[str]:
        writes = (step for step in change.steps if isinstance(step, Create | Update) and step.id not in self.unsure)
        return frozenset(member for step in writes for member in secrets_in(step.document))

    def _kept(self, change: Change, record: str) -> Mapping[str, Document]:
        """What is known of the secrets of the same object, and stays true unless they are sent."""
        if any(step.id in self.unsure for step in change.steps):
            return {}
        known = self.before.get(change.previous or change.address)
        return known.secrets if known is not None and known.record == record else {}

    def _of(self, secret: SecretRef) -> Document:
        if self.key is None:
            return _counted(secret)
        salt = random.token_hex(8)
        mark = self.key.mark(self.reveal(secret), salt)
        return {**_counted(secret), "key": self.key.name, "salt": salt, "fingerprint": mark}


def _counted(secret: SecretRef) -> Document:
    return {"generation": secret.generation}


def marks(workspace: Workspace, chosen: Plan, unsure: frozenset[str] = frozenset()) -> Marks:
    """Give what the run of a plan remembers of secrets, with a key that is made where one is needed first."""
    known = ledger.read(workspace.ledger, workspace.target.organisation).applied
    writes = (step for step in chosen.steps if isinstance(step, Create | Update))
    sends = any(secrets_in(step.document) for step in writes)
    return Marks(_key(workspace, make=True) if sends else None, revealer(workspace.root), known, unsure)


def noticed(workspace: Workspace) -> Iterator[Diagnostic]:
    """Warn of every secret that was renewed and not counted, or counted and not renewed. Only an apply asks this."""
    applied = ledger.read(workspace.ledger, workspace.target.organisation).applied
    marked = {
        address: each for address, each in applied.items() if any("key" in said for said in each.secrets.values())
    }
    key = _key(workspace, make=False) if marked else None
    if key is None:
        return
    wished = desired(workspace).desired
    reveal = revealer(workspace.root)
    for address in sorted(marked.keys() & wished.keys()):
        resource = wished[address]
        if not resource.absent:
            held = secrets_in(KINDS[address.kind].document(resource, wished, KINDS))
            for member in sorted(held.keys() & marked[address].secrets.keys()):
                yield from _compared(
                    f"{address}.{member}", held[member], marked[address].secrets[member], (key, reveal)
                )


def _compared(subject: str, secret: SecretRef, before: Document, means: tuple[Key, Reveal]) -> Iterator[Diagnostic]:
    key, reveal = means
    if before.get("key") != key.name:
        return
    try:
        found = key.mark(reveal(secret), before["salt"])
    except SecretUnavailable:
        return  # whoever sends it will say so; for the others it is not needed
    same, counted = hmac.compare_digest(found, before["fingerprint"]), before["generation"] != secret.generation
    if same and counted:
        yield NOT_RENEWED.found(f"The {secret} holds what was last sent.", subject=subject)
    if not (same or counted):
        yield NOT_COUNTED.found(f"The {secret} does not hold what was last sent.", subject=subject)


def _key(workspace: Workspace, *, make: bool) -> Key | None:
    """The key, which passes the veil as every secret; None where there is none, or none can be kept."""
    settings = workspace.config.ledger
    if settings is None:
        text = _beside(workspace.root / STATE_FOLDER / _KEY, make=make)
    elif settings.fingerprint_key is not None:
        text = resolve_secret(settings.fingerprint_key, workspace.root)
    else:
        text = ""
    if not text:
        return None
    VEIL.add(text)
    return Key(text.encode())


def _beside(file: Path, *, make: bool) -> str:
    """The content of the file, made for its owner alone where there is none; empty where that cannot be."""
    try:
        if make and not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as new:
                new.write(random.token_hex(_BYTES))
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
