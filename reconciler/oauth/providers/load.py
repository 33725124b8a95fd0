"""Opens the files of this folder; the one place of the pure rooms of `oauth` that reads anything."""

from functools import cache
from importlib import resources

from reconciler.oauth.providers import Providers, read


@cache
def load() -> Providers:
    """The table that comes with the package."""
    folder = resources.files(__package__)
    return read({f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".json")})
