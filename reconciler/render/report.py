"""A plan as one HTML file for a browser: it asks nobody for anything, and runs nothing but its own few lines.

The content security policy names the hashes of the one style and the one script; everything from outside is text that
the template escapes.
"""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.render.drawing import draw
from reconciler.render.review import Review, walk_words
from reconciler.render.words import SYMBOLS, plain


def render(review: Review) -> str:
    """Give the file's text; the same for the same review."""
    style, script = _source("report.css"), _source("report.js")
    return (
        _environment()
        .get_template("report.html")
        .render(
            review=review,
            policy=_policy(style, script),
            # Both are files of this package, not text from outside.
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            filters=_filters(review),
            symbols=SYMBOLS,
            walks=lambda row: ", then ".join(walk_words(walk) for walk in row.walks),
            drawing=draw(review.rows),
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


def _filters(review: Review) -> list[tuple[str, list[str]]]:
    return [
        ("action", sorted({str(row.action) for row in review.rows})),
        ("risk", [str(risk) for risk in ("high", "medium", "low") if any(row.risk == risk for row in review.rows)]),
        ("kind", sorted({row.kind for row in review.rows})),
    ]
