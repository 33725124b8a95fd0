"""A URL taken apart as raw text (RFC 3986 appendix B): nothing is decoded, resolved or normalised."""

import re

from reconciler.core.noun import dataclass

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/?#]*)@)?(?P<host>\[[^\]/?#@]*\]|[^/?#@:\[\]]+)"
    r"(?::(?P<port>[0-9]{0,5}))?(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_DEFAULT_PORT = {"https": 443, "http": 80}
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces as they were written; `query` keeps its `?` and `fragment` its `#`. `authority` has no user."""

    scheme: str
    host: str
    port: str
    path: str
    query: str
    fragment: str
    user: str | None

    @property
    def authority(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def root(self) -> str:
        """Scheme and authority as they were written."""
        return f"{self.scheme}://{self.authority}"

    @property
    def key(self) -> tuple[str, str, int]:
        """Scheme, host and port as a browser would compare them."""
        scheme = self.scheme.lower()
        return scheme, self.host.lower(), int(self.port or _DEFAULT_PORT.get(scheme, 0))


def split(url: str) -> Parts | None:
    """Take a URL apart, or give None when it is not an absolute one with a host."""
    found = _URL.fullmatch(url)
    if found is None or any(sign <= " " or sign in "\\\x7f" for sign in url):
        return None
    if int(found["port"] or 0) > _HIGHEST_PORT:
        return None
    return Parts(
        scheme=found["scheme"],
        host=found["host"],
        port=found["port"] or "",
        path=found["path"],
        query=found["query"] or "",
        fragment=found["fragment"] or "",
        user=found["user"],
    )


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common; false when either cannot be read."""
    first, second = split(one), split(other)
    return first is not None and second is not None and first.key == second.key
