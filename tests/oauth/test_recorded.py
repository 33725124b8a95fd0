"""What providers publish, replayed: the findings are pinned, and each row of the table explains its provider.

The answers are those of the files in `recorded`: `recorded` ones as they were served and abridged, `reported` ones put
together from what is reported of the provider. ACCEPT=1 writes the findings of today into the files.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.evidence import Ask, Flow, Reply, Verdict, Weight
from reconciler.oauth import (
    NO_QUIRKS,
    Conclusion,
    Declared,
    Limits,
    Observation,
    Provider,
    Providers,
    Registration,
    Static,
    Target,
    conclude,
    probe_issuer,
    probe_server,
    providers,
    weight_of,
)
from reconciler.oauth.providers.load import load
from tests.support.readiness import NOW, signing_key

FOLDER = Path(__file__).parent / "recorded"
FILES = sorted(FOLDER.glob("*.json"))
TABLE = load()
SOUND = {"authorization_endpoint": 400, "token_endpoint": 405, "jwks_uri": {"keys": [signing_key()]}}


def drive(flow: Flow[Any], answers: dict[str, Any]) -> Any:
    try:
        ask = next(flow)
        while True:
            ask = flow.send(answer(ask, answers))
    except StopIteration as end:
        return end.value


def answer(ask: Ask, answers: dict[str, Any]) -> Reply:
    """What a file says, and around it what any sound server says."""
    documents = [said for said in answers.values() if isinstance(said, dict)]
    named = {said.get(name): name for said in documents for name in SOUND}
    headers = (("content-type", "application/json"), ("cache-control", "max-age=600"))
    if ask.url.startswith("http:"):
        return Reply(ask.url, 301, (("location", f"https{ask.url[4:]}"),))
    said = answers.get(ask.url) or SOUND.get(named.get(ask.url, ""), 404)
    if isinstance(said, int):
        return Reply(ask.url, said, headers)
    return Reply(ask.url, 200, headers, json.dumps(said).encode())


def examine(recorded: dict[str, Any], table: Providers, static: Static | None = None) -> Conclusion:
    limits, answers = Limits(), recorded["answers"]
    registration = Registration(client_id="ours", secret=True, all_scopes=True)
    kind = "okta" if "/oauth2/aus" in recorded["issuer"] else "external"
    issuer = Declared("AuthorizationServer.it", kind, recorded["issuer"], registration=registration, static=static)
    target = Target("McpServer.it", recorded["server"], (issuer,), auth=recorded.get("auth", "required"))
    server = drive(probe_server(target, limits), answers)
    issuers = {recorded["issuer"]: drive(probe_issuer(issuer, limits), answers)}
    return conclude(Observation(target, NOW, server, issuers, providers=table))


def told(found: Conclusion) -> dict[str, Any]:
    failing = [each for each in found.findings if each.verdict is Verdict.FAIL]
    by_weight = {
        word: list(dict.fromkeys(each.id for each in failing if weight_of(each) is weight))
        for word, weight in (("errors", Weight.ERROR), ("warnings", Weight.WARNING))
    }
    standing = {c.offer.value: str(c.standing) for server in found.verdicts.servers for c in server.capabilities}
    return {**by_weight, **standing}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_provider_is_found_as_it_is_known(file: Path) -> None:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    found = {"with_row": told(examine(recorded, TABLE)), "without": told(examine(recorded, NO_QUIRKS))}
    if os.environ.get("ACCEPT"):
        file.write_text(json.dumps({**recorded, "found": found}, indent=2) + "\n", encoding="utf-8")
    else:
        assert found == recorded["found"]


def row(file: Path) -> Provider | None:
    return TABLE.of(json.loads(file.read_text(encoding="utf-8"))["issuer"])


def test_every_row_has_an_example_and_every_example_its_row() -> None:
    files = {path.stem for path in FILES}
    assert files == {path.stem for path in Path(providers.__file__).parent.glob("*.json")}
    unrecognised = {file.stem for file in FILES if row(file) is None}
    assert unrecognised == {"keycloak"}


@pytest.mark.parametrize(
    ("name", "softened"),
    [("entra", "ASM007"), ("google", "ASM005"), ("cloudflare", "ASM015")],
)
def test_what_a_row_expects_is_no_fault(name: str, softened: str) -> None:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["found"]
    before = found["without"]["errors"] + found["without"]["warnings"]
    after = found["with_row"]["errors"] + found["with_row"]["warnings"]
    assert softened in before
    assert softened not in after


@pytest.mark.parametrize("name", ["atlassian", "slack", "context7", "expo", "indeed"])
def test_an_issuer_of_another_host_is_an_error_until_it_is_pinned(name: str) -> None:
    recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert "ASD004" in recorded["found"]["with_row"]["errors"]
    documents = [said for said in recorded["answers"].values() if isinstance(said, dict) and "issuer" in said]
    pinned = Static(issuer_match=f"pinned:{documents[0]['issuer']}", source="x", review_by=NOW.date())
    assert "ASD004" not in told(examine(recorded, TABLE, pinned))["errors"]
