"""`reconciler validate`: everything that can be known without an organisation."""

import click

from reconciler.cli.common import Common
from reconciler.cli.faults import report
from reconciler.cli.options import common_and
from reconciler.cli.output import say, say_json


@click.command("validate")
@common_and("github", "sarif")
def command(chosen: Common) -> int:
    """Check the manifests, the policies and reconciler.yaml, without any organisation.

    All mistakes of all files come at once, each with its place and what to do. Exit code 3 when there are any.
    """
    from reconciler import app
    from reconciler.app import policing
    from reconciler.core.diagnostic import in_order
    from reconciler.core.errors import ConfigurationInvalid
    from reconciler.core.quantity import counted

    workspace = app.open_workspace(chosen.root, chosen.environment)
    loaded = app.validate(workspace)
    diagnostics = in_order((*loaded.diagnostics, *policing.read(workspace).faults))
    faulty = any(found.is_error for found in diagnostics)
    match chosen.output:
        case "json":
            from reconciler.render import machine

            say_json(machine.diagnostics(diagnostics, loaded.files, loaded.documents))
        case form:
            report(diagnostics)
            if form == "human" and not faulty:
                say(f"{counted(loaded.documents, 'document')} in {counted(loaded.files, 'file')}: valid.")
    return ConfigurationInvalid.exit_code if faulty else 0
