"""Forms of identifiers that several families judge."""

from reconciler.core.url import is_loopback
from reconciler.oauth.outcome import show
from reconciler.oauth.parts import split


def form_faults(url: str) -> list[str]:
    """What is wrong with an identifier: no URL at all, not https (this machine apart), or a fragment."""
    parts = split(url)
    if parts is None:
        return ["not an absolute URL"]
    local = parts.key[0] == "http" and is_loopback(parts.host.strip("[]"))
    faults = [] if parts.key[0] == "https" or local else [f"{show(parts.scheme)} instead of https"]
    return faults + (["a fragment"] if parts.fragment else [])
