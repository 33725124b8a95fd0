import pytest

from reconciler import app, manifests
from reconciler.core import late


@pytest.mark.parametrize("package", [app, manifests], ids=lambda package: package.__name__)
def test_every_name_that_a_package_promises_leads_to_something(package):
    assert [name for name in package.__all__ if getattr(package, name, None) is None] == []


def test_a_module_is_imported_when_the_first_of_its_names_is_asked_for():
    get = late.names("xml", {"sax.saxutils": ("escape",)})
    assert get("escape")("<") == "&lt;"


def test_a_name_that_a_package_does_not_have_is_an_error_as_of_any_module():
    with pytest.raises(AttributeError, match=r"module 'reconciler\.app' has no attribute 'nothing'"):
        app.nothing  # noqa: B018 - asking is the point
