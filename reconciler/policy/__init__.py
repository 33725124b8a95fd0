"""Policies as code: CEL expressions over what is wished for and over what a plan would do.

What may live here: checking expressions before they run, running them where they can do no harm, and the tests of
policies. Where policies come from is not known here, nor what becomes of what they say.
"""

from reconciler.policy import expression
from reconciler.policy.court import Bench, Tried, judge, try_cases
from reconciler.policy.expression import check
from reconciler.policy.pack import pack
from reconciler.policy.shape import Shape, shape_of

RULES = expression.RULES

__all__ = ["RULES", "Bench", "Shape", "Tried", "check", "judge", "pack", "shape_of", "try_cases"]
"""The functions that `app` calls."""
