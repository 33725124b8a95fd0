import re

import pytest

from reconciler.core import errors


@pytest.mark.parametrize("error", errors.error_classes(), ids=lambda error: error.__name__)
def test_every_error_class_has_a_page_and_an_exit_code_of_the_table(error):
    rule = error.rule
    assert re.fullmatch(r"RUN\d{3}", rule.code)
    assert all((rule.summary, rule.why, rule.example, rule.fix))
    assert error.exit_code in {1, 3, 4, 5, 6, 7, 8, 9, 64, 130}


def test_no_two_error_classes_share_a_code():
    codes = [error.rule.code for error in errors.error_classes()]
    assert len(codes) == len(set(codes))


def test_an_error_shows_as_a_diagnostic_with_the_better_fix():
    found = errors.RemoteError("It is away.", fix="wait", subject="host").diagnostic
    assert (found.code, found.detail, found.fix, found.subject) == ("RUN008", "It is away.", "wait", "host")
    assert errors.RemoteError("It is away.").diagnostic.fix == errors.RemoteError.rule.fix


def test_an_invalid_configuration_carries_every_fault():
    faults = [errors.ReconcilerError("x").diagnostic] * 2
    caught = errors.ConfigurationInvalid(faults)
    assert caught.diagnostics == tuple(faults)
    assert caught.detail == "2 faults in the configuration."


def test_a_refusal_keeps_what_the_organisation_said():
    refused = errors.CallRefused("no", status=400, error_code="E0000001", reasons=("UNIQUE_CONSTRAINT",))
    assert (refused.status, refused.error_code, refused.reasons) == (400, "E0000001", ("UNIQUE_CONSTRAINT",))


def test_what_is_not_found_is_a_refusal_with_its_own_page():
    gone = errors.NotFound("gone")
    assert isinstance(gone, errors.CallRefused)
    assert (gone.status, gone.rule.code) == (404, "RUN090")


def test_an_import_that_cannot_be_carries_all_that_stands_in_the_way():
    faults = [errors.ReconcilerError("x").diagnostic] * 3
    caught = errors.NotAdopted(faults)
    assert (caught.diagnostics, caught.exit_code) == (tuple(faults), 64)
