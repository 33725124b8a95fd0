"""The decorator of our nouns: frozen for whoever reads and checks the code, and cheap for the machine that runs it."""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
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
        a twelfth of a plan of 10,000 objects. Methods are made when somebody calls them, which of two
        classes in five nobody does in a plan: compiling all of them takes a twentieth of its start.
        """

        def made(of: Noun) -> Noun:
            own = vars(of)
            ordered = options.get("order", False)
            noun = dataclasses.dataclass(of, init=False, repr=False, eq=ordered, **options)
            noun.__init__ = _filling(noun)
            if eq and not ordered and "__eq__" not in own:
                noun.__eq__ = _equal
            if "__repr__" not in own:
                noun.__repr__ = _text
            if eq and own.get("__hash__") is None:
                noun.__hash__ = _hash if frozen else None
            return noun

        return made

    def _filling(noun: type) -> Callable[..., None]:
        """An `__init__` that makes the one of a dataclass when it is called, and leaves its place to it."""

        def fill(self: object, *values: object, **named: object) -> None:
            noun.__init__ = _initializer(noun)
            noun.__init__(self, *values, **named)

        return fill

    def _initializer(noun: type) -> Callable[..., None]:
        """Take it from a class that has the same fields, and exists for nothing else."""
        own = {"__post_init__": noun.__post_init__} if hasattr(noun, "__post_init__") else {}
        members = [(each.name, each.type, _copied(each)) for each in dataclasses.fields(noun)]
        return dataclasses.make_dataclass(noun.__qualname__, members, namespace=own, repr=False, eq=False).__init__

    def _copied(of: dataclasses.Field) -> dataclasses.Field:
        return dataclasses.field(
            default=of.default, default_factory=of.default_factory, init=of.init, kw_only=of.kw_only
        )

    @cache
    def _compared(of: type) -> Callable[[object], object]:
        """What gives the fields of a noun that count."""
        names = [each.name for each in dataclasses.fields(of) if each.compare]
        return attrgetter(*names) if names else lambda _noun: ()

    def _equal(noun: object, other: object) -> bool:
        if other.__class__ is not noun.__class__:
            return NotImplemented
        of = _compared(noun.__class__)
        return of(noun) == of(other)

    def _hash(noun: object) -> int:
        names = [each.name for each in dataclasses.fields(noun) if each.compare]
        return hash(tuple([getattr(noun, name) for name in names]))

    @recursive_repr()
    def _text(noun: object) -> str:
        shown = (f"{each.name}={getattr(noun, each.name)!r}" for each in dataclasses.fields(noun) if each.repr)
        return f"{type(noun).__qualname__}({', '.join(shown)})"
