"""Risk: rules, not feelings. What makes a reviewer look twice."""

from reconciler.core.kind import Kind, Risk
from reconciler.core.plan import Action, FieldChange
from reconciler.core.resources import S

_OF_ACTION = {
    Action.REPLACE: Risk.HIGH,
    Action.DELETE: Risk.HIGH,
    Action.CREATE: Risk.MEDIUM,
    Action.DEACTIVATE: Risk.MEDIUM,
}


def risk_of(action: Action, fields: tuple[FieldChange, ...], kind: Kind[S]) -> Risk:
    """The greatest risk among the action and, for an update, the members that it changes."""
    order = list(Risk)
    found = [_OF_ACTION.get(action, Risk.LOW)]
    if action is Action.UPDATE:
        found += [kind.risks.get(field.path[0], Risk.LOW) for field in fields]
    return max(found, key=order.index)
