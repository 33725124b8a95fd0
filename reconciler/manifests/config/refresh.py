"""How much of the organisation a plan reads again."""

from pydantic import Field

from reconciler.core.refresh import Refresh
from reconciler.core.spec import Strict
from reconciler.manifests.config.values import Duration, seconds


class RefreshSettings(Strict):
    """What is read again of what an earlier run has read. `--refresh` overrides it for one run."""

    mode: Refresh = Refresh.AUTO
    """auto: children of an object (its authorization servers, scopes, policies) where its list, or the System Log,
    shows that something moved, or they were read too long ago. log: the same, and everything where the log cannot
    tell. full: everything.
    """
    max_age: Duration = Field(default="24h", examples=["6h"])
    """How long what was read may be relied upon, for example `90m`, `24h` or `7d`; a change that nothing shows stays
    hidden no longer.
    """

    @property
    def max_age_seconds(self) -> float:
        return seconds(self.max_age)
