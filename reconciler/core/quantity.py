"""Numbers with their nouns, as sentences need them."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 error`, `2 errors`. `many` where the plural is not the word with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
