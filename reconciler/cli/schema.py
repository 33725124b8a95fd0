"""`reconciler schema`: the JSON Schemas for editors and CI."""

import json
from pathlib import Path

import click

from reconciler.cli.common import Common
from reconciler.cli.options import common
from reconciler.cli.output import remark, say, say_answer, say_json_text


@click.command("schema")
@click.argument("name", required=False)
@click.option("--write", type=click.Path(file_okay=False, path_type=Path), help="Write all schemas into this folder.")
@common
def command(chosen: Common, name: str | None, write: Path | None) -> int:
    """Print a JSON Schema by name, write all of them, or list their names."""
    from reconciler import app
    from reconciler.cli.files import write_text
    from reconciler.render.answers import Schemas

    schemas = app.schemas()
    names = [file.removesuffix(".schema.json") for file in schemas]
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for file, body in schemas.items():
            write_text(write / file, json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        if chosen.json:
            say_answer(Schemas(names, [str(write / file) for file in schemas]))
        remark(f"Wrote {len(schemas)} schemas to {write}.")
    elif name is None:
        say_answer(Schemas(names)) if chosen.json else say("\n".join(names))
    else:
        if f"{name}.schema.json" not in schemas:
            raise click.UsageError(f"There is no schema {name!r}; `reconciler schema` lists them.")
        say_json_text(json.dumps(schemas[f"{name}.schema.json"], indent=2, ensure_ascii=False))
    return 0
