"""`reconciler.yaml`: which folders, which environments, and where each environment's target is. One module a part."""

from reconciler.core.spec import SecretSource
from reconciler.manifests.config.config import Config, Environment, choose_environment, read_config
from reconciler.manifests.config.ledger import LedgerSettings, ledger_url_faults
from reconciler.manifests.config.probe import ProbeSettings
from reconciler.manifests.config.rules import ADDRESS, BUDGET_KIND, RULES
from reconciler.manifests.config.target import EmbeddedTarget, OktaAuth, OktaTarget, ServiceApp

__all__ = [
    "ADDRESS",
    "BUDGET_KIND",
    "RULES",
    "Config",
    "EmbeddedTarget",
    "Environment",
    "LedgerSettings",
    "OktaAuth",
    "OktaTarget",
    "ProbeSettings",
    "SecretSource",
    "ServiceApp",
    "choose_environment",
    "ledger_url_faults",
    "read_config",
]
