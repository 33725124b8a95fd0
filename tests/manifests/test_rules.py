"""Every wrong file gives exactly its diagnostics, at exactly their places; every rule has such a file."""

import pytest

from reconciler.core.diagnostic import Diagnostic
from tests.manifests.faults import FAULTS, Fault


def brief(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    assert source is not None
    return f"{source.line}:{source.column} {diagnostic.code}"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.reason)
def test_a_wrong_file_gives_its_diagnostics_at_their_places(fault: Fault, loaded):
    diagnostics = [d for d in loaded(fault.text).diagnostics if d.is_error]
    assert tuple(map(brief, diagnostics)) == fault.expected
