"""Files of the project in their layout: which they are, what they would be, and writing them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from reconciler import manifests
from reconciler.core.diagnostic import Diagnostic, in_order
from reconciler.core.errors import UsageError
from reconciler.core.noun import dataclass
from reconciler.manifests import layout
from reconciler.manifests.read import CONFIG_FILE, find, read_inside
from reconciler.manifests.write import NewText, present, write


@dataclass(frozen=True, slots=True)
class Formatted:
    """The files that are laid out otherwise than they should be, as they would be; and what stood in the way."""

    files: int
    changed: tuple[NewText, ...]
    faults: tuple[Diagnostic, ...]


def formatted(root: Path, names: Sequence[str]) -> Formatted:
    """Lay out the named files, or all manifests and the configuration. Writes nothing.

    Raises UsageError for a name that leads out of the project, FileRefused for what is no ordinary file.
    """
    config, _ = manifests.read_config(root)
    found = find(root, config.registry)
    chosen = tuple(_named(names)) or (CONFIG_FILE, *(file.name for file in found.files))
    faults = [] if names else list(found.faults)
    changed, files = [], 0
    for name in dict.fromkeys(chosen):
        content = read_inside(root, name)
        if content is None:
            if names:
                raise UsageError(f"There is no file {name}.", subject=name)
            continue
        files += 1
        faults += content.faults
        if content.text is None:
            continue
        after, problems = layout.laid_out(content.text, name)
        faults += problems
        before = present(root, name)
        if after is not None and after != before:
            changed.append(NewText(name, before, after))
    return Formatted(files, tuple(changed), in_order(faults))


def _named(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if manifests.leaves_root(name):
            raise UsageError(f"{name} leads out of the project.", fix="Name files below the project's folder.")
        yield name


def put(root: Path, found: Formatted) -> None:
    """Write the files that change, each whole or not at all."""
    for file in found.changed:
        write(root, file)
