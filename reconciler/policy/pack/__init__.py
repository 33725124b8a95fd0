"""The policies that come with this program; `policies.builtin` in reconciler.yaml says which of them are asked."""

from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent


def pack() -> Mapping[str, str]:
    """Give the text of each policy by the name of its file, as messages show it."""
    return {f"builtin:{file.name}": file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.yaml"))}
