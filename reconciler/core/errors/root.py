"""The root of the tree of what stops a run, and the bug that this program met in itself."""

from typing import ClassVar

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.veil import VEIL


class ReconcilerError(Exception):
    """Root of the tree: what stops a run."""

    exit_code: int = 1
    rule: ClassVar[Rule] = Rule(
        code="RUN001",
        summary="The run could not go on",
        why="Something outside the manifests and the organisation failed, for example a file that cannot be written.",
        example="reconciler plan --out /read-only/plan.json",
        fix="Read the detail; it names what failed.",
    )

    def __init__(self, detail: str, *, fix: str = "", subject: str = "") -> None:
        # Errors quote what others said; they travel into reports, files and the ledger.
        self.detail = VEIL.over(detail)
        super().__init__(self.detail)
        self.fix = fix
        self.subject = subject

    @property
    def diagnostic(self) -> Diagnostic:
        """The error as a person reads it."""
        return self.rule.found(self.detail, fix=self.fix, subject=self.subject)


class InternalError(ReconcilerError):
    """A bug of this program, met while something was being done that others must not lose."""

    rule = Rule(
        code="RUN002",
        summary="This program has a bug",
        why="Something happened that no code was written for; the step is taken as failed, the others went on.",
        example="(none that we know of, else it would be mended)",
        fix="Please report it with the command and the detail; then plan again, nothing is done twice.",
    )


class SecretInOutput(InternalError):
    """What was about to be written held a secret that this process has resolved."""

    rule = Rule(
        code="RUN022",
        summary="Output would have held a secret",
        why="Everything that is written is first searched for each secret that was resolved, as it is, in URLs, in "
        "JSON and in base64. At the terminal it is masked; a file is not written at all.",
        example="an organisation that repeats a client secret in the name of an object",
        fix="Find out who put the secret where names and texts belong, and renew it. If it was this program, please "
        "report it with the command.",
    )


class WriteRefused(InternalError):
    """A command that only looks was about to send something that is no GET; it was not sent."""

    rule = Rule(
        code="RUN021",
        summary="A command that only looks was about to write",
        why="`drift`, `import` and `export` work on a type without writes; a second guard at the transport stops "
        "whatever comes past it.",
        example="(none that we know of, else it would be mended)",
        fix="Nothing was sent. Please report it with the command and the detail.",
    )


def error_classes(root: type[ReconcilerError] = ReconcilerError) -> tuple[type[ReconcilerError], ...]:
    """The root and every class under it, in the order in which they are defined."""
    return (root, *(found for child in root.__subclasses__() for found in error_classes(child)))
