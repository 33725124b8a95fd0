"""Where this project's ledger is, when it is not the file in `.reconciler/`."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag

from reconciler.core.spec import SecretSource, Strict, fault
from reconciler.manifests.config.rules import LEDGER_URL

_SCHEMES = frozenset({"postgresql", "postgres"})


def ledger_url_faults(url: str) -> str:
    """What is wrong with the URL of a ledger; empty when nothing is."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "It is no URL."
    if parts.scheme not in _SCHEMES:
        return "It does not begin with postgresql://."
    return "" if len(parts.path) > 1 and not parts.fragment else "It names no database."


def _without_password(url: str) -> str:
    fault_ = ledger_url_faults(url)
    if not fault_ and (urlsplit(url).password or "password=" in url):
        fault_ = "It carries a password."
    if fault_:
        raise fault(LEDGER_URL, fault_)
    return url


def _form(value: Any) -> str:
    return "text" if isinstance(value, str) else "reference"


LedgerUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1024),
    AfterValidator(_without_password),
    # An editor shall say it too: a scheme, no password before the host, a database after it.
    Field(json_schema_extra={"pattern": r"^postgres(ql)?://([^/@:?#]*@)?[^/@?#]*/[^#]+$"}),
]


class LedgerSettings(Strict):
    """Where what is remembered between runs is kept, when several machines share it."""

    url: Annotated[Annotated[LedgerUrl, Tag("text")] | Annotated[SecretSource, Tag("reference")], Discriminator(_form)]
    """A PostgreSQL database: `postgresql://host/database` without a password, or a reference to the whole URL."""
    fingerprint_key: SecretSource | None = None
    """A long random text, the same for all machines: with it, fingerprints tell that a secret was renewed. It is never
    kept in the ledger. Without it, nobody is told."""
