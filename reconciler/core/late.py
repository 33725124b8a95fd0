"""Names of a package that lead to its modules, imported when somebody asks for them (PEP 562)."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def names(package: str, owners: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Give the `__getattr__` of a package whose modules own these names; nothing else may be called like a module."""
    homes = {name: module for module, own in owners.items() for name in own}

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    return get
