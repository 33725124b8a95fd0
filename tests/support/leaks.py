"""Looking for secrets in whatever a run has left behind; written without the program's own list of forms."""

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote


def forms(secret: str) -> set[str]:
    """The ways in which a secret could stand in a text; written without the program's own list of them."""
    found = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")[4 if shift else 0 : -2]
        found |= {coded, coded.replace("+", "-").replace("/", "_")}
    return found


def leaks(artefacts: dict[str, bytes], secrets: dict[str, str]) -> list[tuple[str, str]]:
    """Which secret stands in which artefact."""
    return [
        (where, name)
        for where, content in artefacts.items()
        for name, secret in secrets.items()
        if any(form.encode() in content for form in forms(secret))
    ]


def files(*folders: Path, but: set[str]) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file() and p.name not in but}
