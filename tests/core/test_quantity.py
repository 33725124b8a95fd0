from reconciler.core.quantity import counted


def test_numbers_agree_with_their_nouns():
    assert [counted(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]
    assert counted(2, "object is", "objects are") == "2 objects are"
