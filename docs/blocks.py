"""Which commands of README and documentation no test runs, counted; and what the index lacks."""

import re
from collections.abc import Iterator
from pathlib import Path

STORIES = (
    "docs/adoption.md",
    "docs/drift.md",
    "docs/howto/everyday.md",
    "docs/policies.md",
    "docs/promotion.md",
)
"""Pages of which tests/docs/test_stories.py runs everything."""
ELSEWHERE = {
    "docs/probe.md": "tests/docs/test_probe_page.py compares its letters",
    "examples/quickstart/README.md": "tests/e2e/test_quickstart.py runs the example",
    "examples/multi-environment/README.md": "tests/e2e/test_multi_environment.py runs the example",
}
NOT_RUN = {
    "README.md": 7,  # demo, test and benches take minutes; sections 6 to 10 name organisations that are not here
    "docs/emulator.md": 3,  # its first line is a port of that day, the others are for a shell with curl
    "docs/okta.md": 1,  # a plan of an organisation with 120 requests
    "docs/reference/formats.md": 1,  # a list of what can be asked for
    "examples/agents/README.md": 1,  # a plan of an invented vendor
    "examples/not-connectable/README.md": 1,  # a plan that tests/e2e loads
}
"""How many blocks of a page are not run."""
_BLOCK = re.compile(r"^```console[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages(root: Path) -> Iterator[str]:
    """README and documentation, decisions and news left out."""
    for page in sorted((root / "README.md", *root.glob("docs/**/*.md"), *root.glob("examples/*/README.md"))):
        name = page.relative_to(root).as_posix()
        if not name.startswith(("docs/adr/", "docs/changes/")):
            yield name


def blocks(root: Path, page: str) -> list[str]:
    """The blocks of commands that a page shows; of the README those that tests/docs/test_readme.py leaves."""
    text = (root / page).read_text(encoding="utf-8")
    if page == "README.md":
        before, _, rest = text.partition("## Ten minutes")
        text = before + "\n### 6." + rest.partition("### 6.")[2]
    return _BLOCK.findall(text)


def faults(root: Path) -> Iterator[str]:
    """What is neither run nor counted, and the pages to which the index does not lead."""
    for page in pages(root):
        found = len(blocks(root, page))
        if page not in STORIES and page not in ELSEWHERE and found != NOT_RUN.get(page, 0):
            yield f"{page} shows {found} blocks of commands that no test runs: run or count them (docs/blocks.py)"
    index = (root / "docs" / "README.md").read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", index)}
    for page in pages(root):
        name = page.removeprefix("docs/")
        if page.startswith("docs/") and name != "README.md" and name not in links:
            yield f"docs/README.md does not lead to {page}"
    for link in sorted(links):
        if not (root / "docs" / link).exists():
            yield f"docs/README.md leads to {link}, which is not there"
