"""The decorator of our nouns: frozen for whoever reads and checks the code, and cheap for the machine that runs it."""

import dataclasses
from collections.abc import Callable
from functools import cache
from reprlib import recursive_repr
from typing import TYPE_CHECKING, TypeVar

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    Noun = TypeVar("Noun", bound=type)

    def dataclass(*, frozen: bool = False, eq: bool = True, **options: bool) -> Callable[[Noun], Noun]:
        """`dataclasses.dataclass`, except that the running program leaves `frozen` to the type checker.

        A class that refuses assignments itself takes twice as long to make, and each instance three times: together
        a twelfth of a plan of 10,000 objects. Hash and text, as those of a frozen class, are found out when they are
        asked for, which is seldom: compiling them for each class takes half of what is left.
        """

        def made(of: Noun) -> Noun:
            own = vars(of)
            noun = dataclasses.dataclass(of, eq=eq, repr=False, **options)
            if "__repr__" not in own:
                noun.__repr__ = _text
            if frozen and eq and own.get("__hash__") is None:
                noun.__hash__ = _hash
            return noun

        return made

    @cache
    def _compared(of: type) -> tuple[str, ...]:
        return tuple(each.name for each in dataclasses.fields(of) if each.compare)

    def _hash(noun: object) -> int:
        return hash(tuple([getattr(noun, name) for name in _compared(type(noun))]))

    @recursive_repr()
    def _text(noun: object) -> str:
        shown = (f"{each.name}={getattr(noun, each.name)!r}" for each in dataclasses.fields(noun) if each.repr)
        return f"{type(noun).__qualname__}({', '.join(shown)})"
