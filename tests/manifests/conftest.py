from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from reconciler.kinds import KINDS
from reconciler.manifests import Loaded, load
from tests.manifests.faults import VARIABLES


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Writes files into a project folder: `project({"registry.d/a.yaml": text})`."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def loaded(project) -> Callable[..., Loaded]:
    """Loads one file's text, or several by name, the way the program does."""

    def load_texts(texts: str | bytes | Mapping[str, str | bytes], folders: Sequence[str] = ("registry.d",)) -> Loaded:
        files = texts if isinstance(texts, Mapping) else {"registry.d/a.yaml": texts}
        return load(project(files), folders, VARIABLES, KINDS)

    return load_texts
