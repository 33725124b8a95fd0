"""A plan, a look for drift or a probe as one HTML file for a browser: it asks nobody for anything.

It runs nothing but its own few lines: the content security policy names the hashes of the one style and the one script.
Everything from outside is text that the templates escape.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.core.diagnostic import Diagnostic
from reconciler.core.drift import Drift
from reconciler.core.quantity import counted
from reconciler.render import drift
from reconciler.render.drawing import draw
from reconciler.render.letter import Checks, Letter, summary
from reconciler.render.probe import ability_words, issue_words, unknown_words, verdict_words
from reconciler.render.review import Review, walk_words
from reconciler.render.words import SYMBOLS, plain

_VERDICTS = {True: "ready", False: "not ready", None: "unknown"}


def render(review: Review) -> str:
    """Give the file's text of a plan; the same for the same review."""
    gates: dict[str, list[Diagnostic]] = {}
    for problem in review.problems:
        gates.setdefault(problem.subject, []).append(problem)
    return _page(
        "report.html",
        review=review,
        gates=gates,
        filters=_filters(
            ("action", (str(row.action) for row in review.rows)),
            ("risk", (str(row.risk) for row in review.rows)),
            ("kind", (row.kind for row in review.rows)),
        ),
        symbols=SYMBOLS,
        walks=lambda row: ", then ".join(walk_words(walk) for walk in row.walks),
        drawing=draw(review.rows),
    )


def of_drift(found: Drift) -> str:
    """Give the file's text of a look for drift, what alarms first."""
    return _page(
        "drift.html",
        found=found,
        verdict=drift.verdict(found),
        ordered=sorted(found.found, key=lambda each: not each.alarms),
        filters=_filters(
            ("standing", (str(each.standing) for each in found.found)),
            ("category", (str(each.difference.category) for each in found.found)),
            ("kind", (each.difference.kind for each in found.found)),
        ),
        directions=drift.DIRECTIONS,
        value=drift.value,
    )


def of_probe(letters: Sequence[Letter], checks: Checks) -> str:
    """Give the file's text of a probe, the worst servers first."""
    ordered = sorted(letters, key=lambda letter: {False: 0, None: 1, True: 2}[letter.ready])
    servers = [_server(letter, checks) for letter in ordered]
    return _page(
        "probe.html",
        summary=summary(letters),
        servers=servers,
        filters=_filters(("verdict", (server["verdict"] for server in servers))),
        words=ability_words,
        seen=issue_words,
    )


def _server(letter: Letter, checks: Checks) -> dict[str, Any]:
    issues = [issue for issue in letter.failures(checks) if not letter.repeats(issue)]
    return {
        "letter": letter,
        "verdict": "not judged" if letter.fault else _VERDICTS[letter.ready],
        "words": verdict_words(letter),
        "issues": issues,
        "unknown": list(unknown_words(letter)),
    }


def _page(template: str, **values: Any) -> str:
    style, script = _source("report.css"), _source("report.js")
    return (
        _environment()
        .get_template(template)
        .render(
            policy=_policy(style, script),
            # Both are files of this package, not text from outside.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            **values,
        )
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reconciler.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = plain
    made.globals["counted"] = counted
    return made


def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0].strip()


def _policy(style: str, script: str) -> str:
    """Nothing may be fetched, framed or sent; only these two texts are a style and a script."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'; img-src 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_DEGREES = ("high", "medium", "low", "new", "changed", "expired", "not ready", "unknown", "ready")
"""Words that have an order of their own, worst first."""


def _filters(*found: tuple[str, Iterable[str]]) -> list[tuple[str, list[str]]]:
    return [(name, sorted(set(values), key=_order)) for name, values in found]


def _order(word: str) -> tuple[int, str]:
    return (_DEGREES.index(word) if word in _DEGREES else len(_DEGREES), word)
