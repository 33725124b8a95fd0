"""The YAML side: files to typed resources with every mistake at its line and column, and the published schemas.

What may live here: reading, parsing, judging and writing of manifests and of `reconciler.yaml`. What a kind allows is
not known here; every function takes the table of kinds. Nothing here knows an organisation or a plan.
"""

from reconciler.manifests import (
    assemble,
    baseline,
    draft,
    judge,
    locate,
    parse,
    policies,
    read,
    sentence,
    shape,
    strict,
    variables,
)
from reconciler.manifests import config as _config
from reconciler.manifests.assemble import NO_DOCUMENTS
from reconciler.manifests.baseline import BASELINE_FILE, Accepted, read_baseline
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
from reconciler.manifests.policies import PolicyFiles, policy_faults, read_policies, unused
from reconciler.manifests.read import SUFFIXES, leaves_root
from reconciler.manifests.registry import Loaded, load
from reconciler.manifests.schema import schemas, spec_schema
from reconciler.manifests.shelf import shelf_of
from reconciler.manifests.templates import varied

RULES = (
    *read.RULES,
    *parse.RULES,
    *strict.RULES,
    *locate.RULES,
    *shape.RULES,
    *sentence.RULES,
    *judge.RULES,
    *variables.RULES,
    *assemble.RULES,
    *draft.RULES,
    *baseline.RULES,
    *policies.RULES,
    *_config.RULES,
)
"""Everything that this package can find wrong."""

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
