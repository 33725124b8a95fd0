"""What several pages share."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def defects():
    """The program that makes the page; it imports the quickstart's servers, which takes as long as ten tests."""
    spec = importlib.util.spec_from_file_location("defects", ROOT / "docs" / "defects.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["defects"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
