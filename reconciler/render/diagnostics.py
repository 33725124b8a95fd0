"""Diagnostics and rule pages, for a person."""

from collections.abc import Iterator, Sequence

from reconciler.core.diagnostic import Diagnostic, Rule, Severity
from reconciler.core.quantity import counted
from reconciler.render.palette import PLAIN, Palette, Tone
from reconciler.render.words import plain


def render(diagnostics: Sequence[Diagnostic], palette: Palette = PLAIN) -> str:
    """Give every diagnostic with its place and its fix, and a last line with the counts."""
    return "\n".join(_lines(diagnostics, palette)) + "\n"


def _lines(diagnostics: Sequence[Diagnostic], palette: Palette) -> Iterator[str]:
    for diagnostic in diagnostics:
        yield from render_one(diagnostic, palette)
        yield ""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    files = len({diagnostic.source.file for diagnostic in diagnostics if diagnostic.source})
    place = f" in {counted(files, 'file')}" if files else ""
    yield f"{counted(errors, 'error')}, {counted(len(diagnostics) - errors, 'warning')}{place}."


def render_one(diagnostic: Diagnostic, palette: Palette = PLAIN) -> Iterator[str]:
    """Give one diagnostic as its lines."""
    tone = Tone.TROUBLE if diagnostic.is_error else Tone.CAUTION
    head = palette.paint(f"{diagnostic.severity}[{diagnostic.code}]", tone)
    yield f"{head} {palette.paint(diagnostic.summary, Tone.STRONG)}"
    place = " ".join(str(part) for part in (diagnostic.source, diagnostic.subject) if part)
    if place:
        yield f"  {palette.pointer} {plain(place)}"
    yield f"  {plain(diagnostic.detail)}"
    if diagnostic.fix:
        yield f"  {palette.paint('fix:', Tone.MOVE)} {plain(diagnostic.fix)}"


def render_rule(rule: Rule, palette: Palette = PLAIN) -> str:
    """Give the page of a rule: what, why, example, fix."""
    kind = "warning" if rule.severity is Severity.WARNING else "error"
    example = "\n".join(f"    {line}" for line in rule.example.splitlines())
    return (
        f"{palette.paint(f'{rule.code} ({kind})', Tone.STRONG)}\n\n"
        f"What     {rule.summary}.\n"
        f"Why      {rule.why}\n"
        f"Example\n{example}\n"
        f"Fix      {rule.fix}\n"
    )
