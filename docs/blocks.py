"""What is wrong with the documentation as a whole: commands that no test runs, pages and links that lead nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

STORIES = {
    "docs/adoption.md": 12,
    "docs/drift.md": 12,
    "docs/emulator.md": 8,
    "docs/howto/everyday.md": 12,
    "docs/okta.md": 2,
    "docs/policies.md": 14,
    "docs/promotion.md": 5,
    "docs/reference/formats.md": 5,
    "docs/tutorial.md": 30,
    "examples/agents/README.md": 5,
    "examples/multi-environment/README.md": 7,
    "examples/not-connectable/README.md": 4,
}
"""Pages of which tests/docs/test_stories.py runs everything, and how many commands each has at least."""
ELSEWHERE = {
    "docs/probe.md": "tests/docs/test_probe_page.py compares its letters",
    "examples/quickstart/README.md": "tests/e2e/test_quickstart.py runs the example",
}
NOT_RUN = {
    "README.md": 2,  # `make demo` takes a minute, `make test` is the suite itself
}
"""How many blocks of a page are not run."""
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^ *```console[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def pages(root: Path) -> Iterator[str]:
    """README and documentation, decisions and news left out."""
    for page in sorted((root / "README.md", *root.glob("docs/**/*.md"), *root.glob("examples/*/README.md"))):
        name = page.relative_to(root).as_posix()
        if not name.startswith(("docs/adr/", "docs/changes/")):
            yield name


def blocks(root: Path, page: str) -> list[str]:
    """The blocks of commands that a page shows; of the README those that tests/docs/test_readme.py leaves."""
    found: list[str] = _BLOCK.findall((root / page).read_text(encoding="utf-8"))
    return [block for block in found if block.startswith("$ make ")] if page == "README.md" else found


def faults(root: Path) -> Iterator[str]:
    """Everything that is wrong, each in a sentence."""
    yield from _not_run(root)
    yield from _not_led_to(root)
    yield from _dead_links(root)
    yield from _decisions(root)


def anchor(heading: str) -> str:
    """The name under which GitHub links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _not_run(root: Path) -> Iterator[str]:
    for page in pages(root):
        if page in ELSEWHERE:
            continue
        found = sum(page not in STORIES or block.startswith(" ") for block in blocks(root, page))
        if found != NOT_RUN.get(page, 0):
            yield f"{page} shows {found} blocks of commands that no test runs: run or count them (docs/blocks.py)"


def _not_led_to(root: Path) -> Iterator[str]:
    index = (root / "docs" / "README.md").read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", index)}
    for page in pages(root):
        name = page.removeprefix("docs/")
        if page.startswith("docs/") and name != "README.md" and name not in links:
            yield f"docs/README.md does not lead to {page}"


def _dead_links(root: Path) -> Iterator[str]:
    for path in sorted((root / "README.md", *root.glob("docs/**/*.md"), *root.glob("examples/*/README.md"))):
        for link in _LINK.findall(_FENCED.sub("", path.read_text(encoding="utf-8"))):
            target, _, heading = link.partition("#")
            if target.startswith(("http:", "https:")):
                continue
            found = (path.parent / target) if target else path
            if not found.exists() or (heading and heading not in _headings(found)):
                yield f"{path.relative_to(root).as_posix()} leads to {link}, which is not there"


def _headings(page: Path) -> set[str]:
    """The names of a page's headings; where one comes again, the later ones have a number."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        name = anchor(heading)
        found[name] = found.get(name, -1) + 1
        if found[name]:
            found[f"{name}-{found[name]}"] = 0
    return set(found)


def _decisions(root: Path) -> Iterator[str]:
    numbers: dict[str, str] = {}
    for path in sorted((root / "docs" / "adr").glob("[0-9]*.md")):
        number = path.name[:4]
        if number in numbers:
            yield f"docs/adr/{path.name} has the number of {numbers[number]}"
        if not path.read_text(encoding="utf-8").startswith(f"# {number} "):
            yield f"docs/adr/{path.name} does not begin with its number"
        numbers[number] = path.name
