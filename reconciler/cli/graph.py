"""`reconciler graph`: what refers to what."""

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import say, say_answer


@click.command("graph")
@click.option(
    "--as", "language", type=click.Choice(["mermaid", "dot"]), default="mermaid", help="Language of the drawing."
)
@common
def command(chosen: Common, language: str) -> int:
    """Draw what refers to what: Mermaid for Markdown, DOT for Graphviz."""
    from reconciler import app
    from reconciler.render import graph

    edges = app.graph(app.open_workspace(chosen.root, chosen.environment))
    if chosen.json:
        from reconciler.render.answers import References

        say_answer(References({str(address): [str(other) for other in others] for address, others in edges.items()}))
    else:
        say(graph.dot(edges) if language == "dot" else graph.mermaid(edges))
    return 0
