"""The pictures of the documentation are those that `make pictures` takes, and some page shows each of them."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"


def sizes():
    """The windows in which pictures are taken, read from the program without the servers and the browser it needs."""
    tree = ast.parse((ROOT / "docs" / "pictures.py").read_text(encoding="utf-8"))
    [table] = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "PICTURES"]
    for name, picture in zip(table.keys, table.values, strict=True):
        _, _, width, height = (ast.literal_eval(each) for each in picture.args)
        yield name.value, (width, height)


def measured(picture: Path) -> tuple[int, int]:
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def test_every_picture_is_taken_by_the_program_in_its_size():
    assert {path.stem: measured(path) for path in IMAGES.iterdir()} == dict(sizes())


def test_every_picture_is_shown_on_a_page():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]
    shown = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert [path.name for path in IMAGES.iterdir() if f"images/{path.name}" not in shown] == []
