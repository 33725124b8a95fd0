"""Diagnostics: what an author can fix, as values that are collected, never raised one by one."""

from dataclasses import replace
from enum import StrEnum

from reconciler.core.noun import dataclass


class Severity(StrEnum):
    """An error stops the run's purpose; a warning is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file. Lines and columns count from 1; 0 means that only the file is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault.

    `summary` never holds user data, so equal faults group; `detail` says in sentences what is wrong here;
    `fix` says what to do. `subject` is the address, file or command concerned, `path` the place inside a document.
    """

    code: str
    summary: str
    detail: str
    fix: str = ""
    severity: Severity = Severity.ERROR
    subject: str = ""
    path: tuple[str | int, ...] = ()
    source: Source | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def at(self, source: Source) -> "Diagnostic":
        """The same fault with its position in a file."""
        return replace(self, source=source)


@dataclass(frozen=True, slots=True)
class Rule:
    """What can be found wrong: the stable code and the page that `reconciler explain CODE` prints.

    A rule is defined once, beside the code that applies it; `found` makes the diagnostic, so that a summary or a
    fix is never worded twice.
    """

    code: str
    summary: str
    why: str
    example: str
    fix: str
    severity: Severity = Severity.ERROR

    def found(self, detail: str, *, path: tuple[str | int, ...] = (), subject: str = "", fix: str = "") -> Diagnostic:
        """Make the diagnostic; `fix` replaces the general advice where a better one is known."""
        return Diagnostic(
            code=self.code,
            summary=self.summary,
            detail=detail,
            fix=fix or self.fix,
            severity=self.severity,
            subject=subject,
            path=path,
        )


def in_order(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]") -> tuple[Diagnostic, ...]:
    """Sort by position, then code, so that the same faults always print the same way."""
    return tuple(
        sorted(
            diagnostics,
            key=lambda d: (d.source or Source("~"), d.code, d.subject, tuple(map(str, d.path)), d.detail),
        )
    )
