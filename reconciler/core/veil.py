"""The veil over secrets: it knows every secret that this process has resolved, in each form in which it might get out.

Whatever is written (to the terminal, to files, into the ledger) passes it. Values come in, texts go out; no I/O here.
"""

import base64
import html
import json
import re
from threading import Lock
from urllib.parse import quote, quote_plus

MASK = "***"
_LEAST = 6
"""Shorter texts are words that occur by chance."""
_LINE = 32
"""A line of a key in several lines is recognised by itself from this length on."""


class Veil:
    """Knows secrets and hides them. Thread-safe; a secret is never forgotten but by `clear`."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()
        self._lock = Lock()

    def add(self, *secrets: str) -> None:
        """Know these secrets from now on, the long lines of those that have several, too."""
        forms = {form for secret in secrets for part in _parts(secret) for form in _forms_of(part)}
        with self._lock:
            # The longest first, so that a part of a secret never hides the rest of it from being found.
            self._forms = tuple(sorted(forms | set(self._forms), key=len, reverse=True))

    def covers(self, text: str) -> bool:
        """Whether a text holds no secret that is known here."""
        return not any(form in text for form in self._forms)

    def over(self, text: str) -> str:
        """Give the text with every secret in it masked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def clear(self) -> None:
        """Forget everything; for tests, which share a process."""
        with self._lock:
            self._forms = ()


VEIL = Veil()
"""The one of this process."""


def _parts(secret: str) -> set[str]:
    lines = {line.strip() for line in secret.splitlines()} if "\n" in secret else set[str]()
    body = {line for line in lines if len(line) >= _LINE and not line.startswith("-----")}
    return {part for part in {secret.strip(), *body} if len(part) >= _LEAST}


def _in_markup(secret: str) -> set[str]:
    """The secret as HTML, XML, Markdown and the commands of a runner write it (`render/`)."""
    marked = html.escape(secret)
    message = secret.replace("%", "%25")
    return {
        marked,
        marked.replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        html.escape(secret, quote=False),
        re.sub(r"[\\`*_\[\]<>|~&#@$]", lambda found: f"&#{ord(found[0])};", secret),
        message,
        message.replace(":", "%3A").replace(",", "%2C"),
    }


def _forms_of(secret: str) -> set[str]:
    """The secret as it is, in JSON, in URLs, in markup, and in base64 wherever it begins within three bytes."""
    forms = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    forms |= _in_markup(secret)
    raw = secret.encode()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        # The first and the last character also depend on what stands beside the secret.
        inner = coded[-(-before * 4 // 3) :][: -1 if (before + len(raw)) % 3 else None]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= _LEAST}
