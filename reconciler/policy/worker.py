"""A process of its own in which expressions run: what they may take of time and memory is bounded by the system.

Started as a script, so that nothing of this program is imported. JSON comes in, one line a program goes out; when the
process is stopped, the first program without a line is the one that took too much.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

EXTENSIONS = (ext_strings.ExtStrings,)

MEMORY_MOST = 512 << 20
"""Bytes of address space."""
SECONDS_MOST = 30
"""Seconds of CPU."""

HOLDS, BROKEN, FAILED, COSTLY = "holds", "broken", "failed", "costly"
_BUDGET = "budget"


def _bounded() -> None:
    with suppress(ImportError):  # not on Windows, where the caller's clock is the only bound
        import resource  # noqa: PLC0415 - only this process may be bounded

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MOST, SECONDS_MOST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Failed(Exception):
    """An expression that gave no value."""


def _value(expression: Any, data: dict[str, Any]) -> Any:
    try:
        found = expression.eval(data=data)
    except RuntimeError as error:
        raise _Failed(str(error)) from error
    if str(found.type()) == "ERROR":
        raise _Failed(str(found.value()))
    return found.plain_value()


def _truth(expression: Any, data: dict[str, Any]) -> bool:
    found = _value(expression, data)
    if not isinstance(found, bool):
        raise _Failed(f"It gives {found!r}, not true or false.")
    return found


def _judged(program: dict[str, Any], data: dict[str, Any]) -> list[str]:
    """What one program says about one input: a word, and a sentence where it does not hold."""
    try:
        if program["when"] is not None and not _truth(program["when"], data):
            return [HOLDS, ""]
        if _truth(program["require"], data):
            return [HOLDS, ""]
        said = (text if kind == "text" else _shown(_value(text, data)) for kind, text in program["message"])
        return [BROKEN, "".join(said)]
    except _Failed as error:
        return [COSTLY if _BUDGET in str(error) else FAILED, str(error)]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _compiled(environment: Any, program: dict[str, Any]) -> dict[str, Any]:
    return {
        "when": environment.compile(program["when"]) if program["when"] else None,
        "require": environment.compile(program["require"]),
        "message": [(kind, environment.compile(text) if kind == "cel" else text) for kind, text in program["message"]],
    }


def main() -> None:
    """Read the programs and their inputs from stdin, and write what each says of each."""
    request = json.load(sys.stdin)
    _bounded()
    inputs = request["inputs"]
    for program in request["programs"]:
        names = dict.fromkeys(program["variables"], cel.Type.DYN)
        compiled = _compiled(cel.NewEnv(variables=names, extensions=[each() for each in EXTENSIONS]), program)
        results = [_judged(compiled, inputs[number]) for number in program["inputs"]]
        sys.stdout.write(json.dumps(results) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
