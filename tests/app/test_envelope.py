"""What a plan is bound to: the digest of the configuration outlives versions, as saved plans do."""

import hashlib
from pathlib import Path

import pytest

from reconciler.app.envelope import config_digest
from reconciler.app.workspace import desired, open_workspace

EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/reconciler.yaml"))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_the_digest_is_made_of_what_the_models_write_of_themselves(folder: Path):
    workspace = open_workspace(folder, None)
    wished = desired(workspace).desired
    lines = [workspace.config.model_dump_json(include={"guards", "moved"})]
    lines += [f"{a} {wished[a].absent} {sha256(wished[a].spec.model_dump_json(by_alias=True))}" for a in sorted(wished)]
    text = "".join(f"{line}\n" for line in lines)
    assert config_digest(workspace, wished) == f"sha256:{sha256(text)}"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
