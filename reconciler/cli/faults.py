"""What was found wrong, and what stopped a run: to stderr for people, to stdout for machines."""

from collections.abc import Sequence

from reconciler.cli.output import aside, chosen, palette, remark, say, say_json, say_json_text
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.errors import ConfigurationInvalid, NotAdopted, PlanDiffers, ReconcilerError
from reconciler.core.quantity import counted
from reconciler.core.resources import Recalled


def report(found: Sequence[Diagnostic]) -> None:
    """Write diagnostics: to stderr for people, to stdout for machines."""
    match chosen().output:
        case "json":
            from reconciler.render import machine

            say_json(machine.diagnostics(found))
        case "github":
            say(_scanned(found))
        case "sarif":
            say_json_text(_scanned(found))
        case _:
            report_aside(found)


def _scanned(found: Sequence[Diagnostic]) -> str:
    """Give diagnostics for a platform that shows them at their lines: GitHub annotations, or SARIF."""
    from reconciler import __version__, app
    from reconciler.render import annotations, machine, sarif

    below = app.below(chosen().root)
    if chosen().output == "github":
        return annotations.diagnostics(found, below)
    return machine.dump(sarif.diagnostics(found, app.rules(), sarif.Scan(__version__, below)))


def report_aside(found: Sequence[Diagnostic]) -> None:
    """Write diagnostics that are not the result to stderr, as a person reads them, whatever the format."""
    if found:
        from reconciler.render import diagnostics as human

        aside(human.render(found, palette(err=True)), end=False)


def report_recalled(recalled: Recalled) -> None:
    """Say what of the organisation was not read now, to stderr."""
    if recalled.remark:
        remark(recalled.remark)
    if recalled.objects:
        remark(
            f"Objects whose children are as an earlier run read them: {len(recalled.objects)}, the oldest "
            f"{_span(recalled.oldest)} ago; --refresh=full reads all again."
        )


def _span(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size), _UNITS[-1])
    return counted(round(seconds / size), unit)


_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def report_error(error: ReconcilerError) -> int:
    """Write what stopped the run, and give its exit code."""
    if isinstance(error, ConfigurationInvalid | NotAdopted):
        report(error.diagnostics)
    elif chosen().json:
        from reconciler.render import machine

        say_json(machine.error(error))
    elif chosen().output in {"github", "sarif"}:
        report((error.diagnostic,))
    else:
        from reconciler.render import diagnostics as human

        aside("\n".join(human.render_one(error.diagnostic, palette(err=True))))
        if isinstance(error, PlanDiffers):
            from reconciler.render import contrast

            aside(contrast.render(error.differences, palette(err=True)), end=False)
    return error.exit_code
