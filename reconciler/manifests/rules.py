"""Everything that this package can find wrong, in one table."""

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
