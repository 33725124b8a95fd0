"""The verbs: compare, plan, order, guard, perform. Pure, but for `apply`, which is handed its ports."""
