"""The decorator of our nouns: frozen for whoever reads and checks the code, and cheap for the machine that runs it."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    Noun = TypeVar("Noun", bound=type)

    def dataclass(*, frozen: bool = False, eq: bool = True, **options: bool) -> Callable[[Noun], Noun]:
        """`dataclasses.dataclass`, except that the running program leaves `frozen` to the type checker.

        A class that refuses assignments itself takes twice as long to make, and each instance three times: together
        a twelfth of a plan of 10,000 objects. Equality and hash are those of a frozen class.
        """

        def made(of: Noun) -> Noun:
            hashed = frozen and eq and vars(of).get("__hash__") is None
            return dataclasses.dataclass(of, eq=eq, unsafe_hash=hashed, **options)

        return made
