"""What is remembered of readings."""

from reconciler.core.recall import Children, Mark, News


def test_news_are_kept_when_anything_is_new_or_gone_or_a_mark_is_set():
    here = ("McpServer", "ems-1")
    assert not News({})
    assert News({here: Children("", "{}", 0.0)})
    assert News({}, frozenset({here}))
    assert News({}, mark=Mark(0.0, "", "", 0.0))
    assert News(settled={here: Children("", "{}", 0.0, "digest")})
