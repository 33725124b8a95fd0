"""The YAML side: files to typed resources with every mistake at its line and column, and the published schemas.

What may live here: reading, parsing, judging and writing of manifests and of `reconciler.yaml`. What a kind allows is
not known here; every function takes the table of kinds. Nothing here knows an organisation or a plan.

What most runs have no use for (policies, a baseline, schemas) is imported when it is asked for.
"""

from typing import TYPE_CHECKING

from reconciler.core import late
from reconciler.manifests.assemble import NO_DOCUMENTS
from reconciler.manifests.config import (
    ADDRESS,
    BUDGET_KIND,
    Config,
    EmbeddedTarget,
    Environment,
    LedgerSettings,
    OktaAuth,
    OktaTarget,
    ProbeSettings,
    SecretSource,
    ServiceApp,
    choose_environment,
    ledger_url_faults,
    read_config,
)
from reconciler.manifests.nearest import nearest
from reconciler.manifests.read import BASELINE_FILE, SUFFIXES, is_there, leaves_root
from reconciler.manifests.registry import Loaded, load
from reconciler.manifests.shelf import shelf_of

if TYPE_CHECKING:
    from reconciler.manifests.baseline import Accepted, read_baseline
    from reconciler.manifests.policies import PolicyFiles, policy_faults, read_policies, unused
    from reconciler.manifests.rules import RULES
    from reconciler.manifests.schema import schemas, spec_schema
    from reconciler.manifests.templates import varied

__all__ = [
    "ADDRESS",
    "BASELINE_FILE",
    "BUDGET_KIND",
    "NO_DOCUMENTS",
    "RULES",
    "SUFFIXES",
    "Accepted",
    "Config",
    "EmbeddedTarget",
    "Environment",
    "LedgerSettings",
    "Loaded",
    "OktaAuth",
    "OktaTarget",
    "PolicyFiles",
    "ProbeSettings",
    "SecretSource",
    "ServiceApp",
    "choose_environment",
    "is_there",
    "leaves_root",
    "ledger_url_faults",
    "load",
    "nearest",
    "policy_faults",
    "read_baseline",
    "read_config",
    "read_policies",
    "schemas",
    "shelf_of",
    "spec_schema",
    "unused",
    "varied",
]

if not TYPE_CHECKING:
    __getattr__ = late.names(
        __name__,
        {
            "baseline": ("Accepted", "read_baseline"),
            "policies": ("PolicyFiles", "policy_faults", "read_policies", "unused"),
            "rules": ("RULES",),
            "schema": ("schemas", "spec_schema"),
            "templates": ("varied",),
        },
    )
