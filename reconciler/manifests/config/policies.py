"""By which policies plans are judged."""

from typing import Literal

from pydantic import Field

from reconciler.core.spec import Name, Strict
from reconciler.manifests.config.values import InsidePath


class PolicySettings(Strict):
    """Policies as code, see docs/policies.md."""

    folder: InsidePath = "policies"
    """Folder with policies and waivers, relative to reconciler.yaml; there need not be one."""
    builtin: Literal["all"] | tuple[Name, ...] = Field(default=(), examples=["all", ["https-only"]])
    """The policies of this program that are asked too: `all`, or their names."""
