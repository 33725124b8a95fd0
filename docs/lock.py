"""The lock of what the action installs: the part of requirements/dev.txt that the program itself needs to run."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_BUILDS = ("hatchling",)
"""What pip needs besides, where the program is installed from its source."""


def text(root: Path) -> str:
    """Give the lines of the lock, with their hashes, in its order."""
    locked = dict(_blocks((root / "requirements" / "dev.txt").read_text(encoding="utf-8")))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = _closure([*project["dependencies"], *_BUILDS])
    missing = sorted(canonicalize_name(Requirement(line).name) for line in project["dependencies"])
    missing = [name for name in missing if name not in locked]
    if missing:
        raise SystemExit(f"requirements/dev.txt does not lock {', '.join(missing)}: see .github/CONTRIBUTING.md.")
    return "".join(block for name, block in locked.items() if name in needed)


def _blocks(lock: str) -> Iterator[tuple[str, str]]:
    """Each requirement with its hashes, by its name."""
    for block in re.findall(r"^[a-zA-Z0-9].*(?:\n    .*)*\n", lock, re.MULTILINE):
        yield canonicalize_name(re.split(r"[=\[ ;]", block, maxsplit=1)[0]), block


def _closure(lines: list[str]) -> set[str]:
    """Everything that the requirements need, on whatever platform: a marker other than of an extra is taken as true."""
    seen: set[str] = set()
    todo = [Requirement(line) for line in lines]
    while todo:
        each = todo.pop()
        key = f"{canonicalize_name(each.name)}[{','.join(sorted(each.extras))}]"
        if key in seen:
            continue
        seen.add(key)
        try:
            found = [Requirement(line) for line in requires(each.name) or ()]
        except PackageNotFoundError:  # for another platform; the lock has it, and nothing below it is known here
            continue
        todo += [more for more in found if _applies(more, each.extras)]
    return {key.partition("[")[0] for key in seen}


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    if requirement.marker is None or "extra" not in str(requirement.marker):
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in extras)
