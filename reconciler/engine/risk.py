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
    if action is not Action.UPDATE:
        return _OF_ACTION.get(action, Risk.LOW)
    return max((kind.risks.get(field.path[0], Risk.LOW) for field in fields), key=list(Risk).index, default=Risk.LOW)
