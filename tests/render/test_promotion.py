"""A promotion as text and JSON: every text that differs, escaped, and how sure it is."""

from reconciler.core.diagnostic import Source
from reconciler.core.promotion import Promotion, Varied
from reconciler.render import promotion
from reconciler.render.shapes import dumped

VARIED = Varied("McpServer.a.spec.x", ("one", "two"), "a\x1b", "b", Source("r.yaml", 1, 1))


def test_everything_that_differs_is_told_with_its_variables():
    found = Promotion("staging", "production", 7, letter_by_letter=True, varied=(VARIED,))
    assert promotion.render(found).splitlines() == [
        "Run 7 in staging is done, of exactly these manifests and settings.",
        "~ McpServer.a.spec.x  by one, two  r.yaml:1:1",
        r'    "a\u001b" -> "b"',
        "In production only variables differ: 1 text.",
    ]
    assert dumped(promotion.answer(found))["differences"][0]["source"] == {"file": "r.yaml", "line": 1, "column": 1}


def test_a_proof_by_objects_says_so():
    found = Promotion("staging", "production", 7, letter_by_letter=False, varied=())
    assert "these are the objects that it left" in promotion.render(found)
