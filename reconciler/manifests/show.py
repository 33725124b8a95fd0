"""What a message may show of what an author wrote: short, harmless on a terminal, and never a secret."""

import re
from unicodedata import category

from reconciler.core.document import Json

_WIDTH = 60
_LOOKED_AT = 256
_TELLTALE = (
    "(?:secret|password|passwd|passphrase|passcode|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key"
    "|credential|bearer|jwt)s?"
)
_SECRET_KEY = re.compile(rf"{_TELLTALE}$", re.IGNORECASE | re.ASCII)
_CREDENTIAL = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
    r"|\bgh[opsur]_[A-Za-z0-9]{20}|\bgithub_pat_\w{20}|\bglpat-[\w-]{20}"
    r"|\bxox[abeoprs]-[\w-]{10}|\bsk[-_][\w-]{20}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}"
    r"|\bSSWS [\w-]{20}|\beyJ[\w-]{20}|^00[\w-]{40}$"
)
_CARE = (
    re.compile(rb'\$\{|null|gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|sk[-_]|akia|aiza|ssws |eyj|private key-|"00'),
    re.compile(rf'{_TELLTALE}":'.encode()),  # two, since together they would be five times slower
)
_RANDOM = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[A-Za-z0-9+/_=~.-]{24,}")
_WORDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}


def needs_care(document: bytes) -> bool:
    """A quick first look at a document in JSON, since most are clean: may it hold an empty value, a variable, a secret?

    Never false for a document that does; a harmless word may make it true.
    """
    document = document.lower()
    return any(form.search(document) for form in _CARE)


def is_secret_key(key: str) -> bool:
    """Whether a key says that its value is a secret: `clientSecret`, `api_token`, `PASSWORD`; not `tokenEndpoint`."""
    return _SECRET_KEY.search(key) is not None


def is_credential(text: str) -> bool:
    """Whether a text has the form of a well-known kind of credential."""
    return _CREDENTIAL.search(text) is not None


def kind_of(value: Json) -> str:
    """Name the type of a value as a person who writes YAML would."""
    return _WORDS.get(type(value), "something else")


def escaped(text: str) -> str:
    """The text on one line, with what a terminal would act upon (controls, direction marks) written as escapes."""
    return "".join(c if category(c)[0] != "C" and c not in "\u2028\u2029" else ascii(c)[1:-1] for c in text)


def shown(text: str) -> str:
    """A text in backticks, shortened; something that could be a credential is not shown."""
    head = text[:_LOOKED_AT]
    if is_credential(head) or _RANDOM.search(head):
        return "a value that is not shown here"
    return f"`{escaped(text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…')}`"


def found(value: Json, path: tuple[str | int, ...]) -> str:
    """Say what stands at a path: the value where it may be seen, otherwise only its type."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict | list) or value is None:
        return kind_of(value)
    if any(isinstance(step, str) and is_secret_key(step) for step in path):
        return "a value that is not shown here"
    return shown(str(value))


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as people write it: `spec.scopes[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in path)
    return text.removeprefix(".")


def _key(key: str) -> str:
    return "…" if is_credential(key[:_LOOKED_AT]) else escaped(key[:_WIDTH])
