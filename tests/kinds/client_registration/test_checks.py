import pytest

from reconciler.kinds import KINDS
from reconciler.kinds.client_registration import checks
from tests.support.build import app, external, mcp, okta, registration, wish

SECRET = {"fromEnv": "X"}


@pytest.mark.parametrize(
    ("each", "faults"),
    [
        (registration(), []),
        (registration(app="client", clientSecret=SECRET), []),
        (registration(registration="dynamic"), []),
        (registration(mcpServer="missing", authorizationServer="missing"), []),
        (registration(clientSecret=None), [("CRG001", ("spec",))]),
        (registration(clientId=None), [("CRG001", ("spec",))]),
        (registration(app="client", clientId="x"), [("CRG001", ("spec",))]),
        (registration(registration="dynamic", clientId="x"), [("CRG001", ("spec", "clientId"))]),
        (registration(registration="dynamic", clientSecret=SECRET), [("CRG001", ("spec", "clientSecret"))]),
        (registration(authorizationServer="other"), [("CRG002", ("spec", "authorizationServer"))]),
        (
            registration(authorizationServer="agents"),
            [("CRG002", ("spec", "authorizationServer")), ("CRG003", ("spec", "authorizationServer"))],
        ),
    ],
)
def test_every_fault_is_found_at_its_path(each, faults):
    others = wish(external(), external("other"), okta(), mcp(), app())
    assert [(found.code, found.path) for found in checks.check(each, others, KINDS)] == faults


def test_one_app_serves_one_registration_and_the_second_is_told():
    first, second = registration("a", app="client"), registration("b", app="client")
    gone, other = registration("c", app="client", absent=True), registration("d", app="another")
    found = list(checks.check_all([other, second, gone, registration("e"), first]))
    assert [(resource, fault.code) for resource, fault in found] == [(second, "CRG004")]
    assert found[0][1].detail == "ClientRegistration.a uses it as well."
