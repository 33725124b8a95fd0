import pytest

from reconciler.kinds.client_app import checks
from tests.support.build import app


@pytest.mark.parametrize(
    ("each", "faults"),
    [
        (app(), []),
        (app(grantTypes=["client_credentials"], redirectUris=[]), []),
        (app(redirectUris=[]), [("APP001", ("spec",))]),
        (app(redirectUris=["https://X.example.com/cb"]), [("CFG003", ("spec", "redirectUris", 0))]),
    ],
)
def test_every_fault_is_found_at_its_path(each, faults):
    assert [(found.code, found.path) for found in checks.check(each, {}, {})] == faults
