"""The checks, one module a family: each a small pure function beside the row that explains it."""

from collections.abc import Mapping

from reconciler.core.evidence import Check

CHECKS: Mapping[str, Check] = {}
