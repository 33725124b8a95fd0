"""`reconciler explain CODE`: what a diagnostic means."""

import difflib
from typing import TYPE_CHECKING

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import palette, say, say_answer

if TYPE_CHECKING:
    from reconciler.core.diagnostic import Rule


@click.command("explain")
@click.argument("code", required=False)
@common
def command(chosen: Common, code: str | None) -> int:
    """Explain a diagnostic code: what, why, an example, the fix. Without CODE, list them all."""
    from reconciler import app
    from reconciler.render.answers import Codes
    from reconciler.render.diagnostics import render_rule

    rules = dict(sorted({**_checks(), **app.rules()}.items()))
    if code is None:
        if chosen.json:
            say_answer(Codes(list(rules.values())))
        else:
            say("\n".join(f"{rule.code:<8} {rule.summary}" for rule in rules.values()))
        return 0
    rule = rules.get(code.upper())
    if rule is None:
        close = difflib.get_close_matches(code.upper(), rules, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(close)}?" if close else " `reconciler explain` lists them all."
        raise click.UsageError(f"There is no code {code!r}.{hint}")
    if chosen.json:
        say_answer(Codes([rule]))
    else:
        say(render_rule(rule, palette()))
    return 0


def _checks() -> "dict[str, Rule]":
    """The readiness checks of `probe`, as pages like any other."""
    from reconciler.core.diagnostic import Rule, Severity
    from reconciler.core.evidence import Weight
    from reconciler.oauth import CHECKS

    return {
        check.id: Rule(
            code=check.id,
            summary=check.summary,
            why=f"{check.why} ({check.reference})",
            example=check.example,
            fix=check.fix,
            severity=Severity.ERROR if check.weight is Weight.ERROR else Severity.WARNING,
        )
        for check in CHECKS.values()
    }
