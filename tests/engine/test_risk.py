import pytest

from reconciler.core.kind import Risk
from reconciler.core.plan import Action, FieldChange
from reconciler.engine.risk import risk_of
from reconciler.kinds import KINDS


def fields(*names):
    return tuple(FieldChange((name,), "change") for name in names)


@pytest.mark.parametrize(
    ("action", "names", "risk"),
    [
        (Action.DELETE, (), Risk.HIGH),
        (Action.REPLACE, (), Risk.HIGH),
        (Action.CREATE, ("authorizationServers",), Risk.MEDIUM),
        (Action.DEACTIVATE, (), Risk.MEDIUM),
        (Action.ACTIVATE, (), Risk.LOW),
        (Action.UPDATE, ("description",), Risk.LOW),
        (Action.UPDATE, ("description", "authorizationServers"), Risk.HIGH),
        (Action.NOOP, ("authorizationServers",), Risk.LOW),
    ],
)
def test_the_greatest_risk_decides(action, names, risk):
    assert risk_of(action, fields(*names), KINDS["McpServer"]) is risk
