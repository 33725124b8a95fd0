"""`python -m reconciler` and the `reconciler` command."""

import gc
import os
import sys
from types import ModuleType

_NEW_OBJECTS = 1_000_000
"""How many objects come into being before one looks for cycles among them. Nearly all that a command makes stays to the
end: looking at every 700th, as is usual, takes a quarter of the time of a large plan, at every 200,000th a twelfth of
it (benchmarks/). What reference counting does not free is so little that no command needs more memory for it.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_NEW_OBJECTS)
    sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))  # its command line takes as long as all else of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is wanted here, and looking for some takes time
    from reconciler.cli import run  # noqa: PLC0415 - keeps `import reconciler.__main__` free of effects

    code = run(sys.argv[1:])
    gc.freeze()  # nobody is to look for cycles once more, only because the process ends
    sys.exit(code)


if __name__ == "__main__":
    main()
