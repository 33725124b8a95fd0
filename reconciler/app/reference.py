"""What the program knows about itself: rules, schemas, and how the documents of a repository hang together."""

from collections.abc import Mapping
from functools import cache

from reconciler import manifests, policy
from reconciler.app import adopting, drifting, fingerprints, policing
from reconciler.app.workspace import Workspace, desired
from reconciler.core import drift_file, errors, event, plan_file, risk
from reconciler.core import policy as core_policy
from reconciler.core.address import Address
from reconciler.core.diagnostic import Rule
from reconciler.core.document import Document
from reconciler.engine import choose, drift, guards
from reconciler.kinds import KINDS
from reconciler.render import answers, shapes


def rules() -> Mapping[str, Rule]:
    """Give every rule of the program by code."""
    found = [
        *manifests.RULES,
        *(rule for kind in KINDS.values() for rule in kind.rules),
        *guards.RULES,
        *choose.RULES,
        *risk.RULES,
        *core_policy.RULES,
        *policy.RULES,
        *policing.RULES,
        *adopting.RULES,
        *drift.RULES,
        *drifting.RULES,
        *fingerprints.RULES,
        *(error.rule for error in errors.error_classes()),
    ]
    return {rule.code: rule for rule in sorted(found, key=lambda rule: rule.code)}


@cache
def schemas() -> Mapping[str, Document]:
    """Give every published JSON Schema by file name; all are made from models, once in a process."""
    return {
        **manifests.schemas(KINDS),
        "plan.schema.json": plan_file.schema(),
        "drift.schema.json": drift_file.schema(),
        "event.schema.json": event.schema(),
        **shapes.schemas(),
        **answers.schemas(),
    }


def graph(workspace: Workspace) -> Mapping[Address, tuple[Address, ...]]:
    """Give every document with those it refers to."""
    documents = desired(workspace).desired
    return {address: resource.outline.references for address, resource in documents.items()}
