"""What stops a run on this side: the configuration, its secrets and files, and the way a command was called."""

from collections.abc import Sequence

from reconciler.core.diagnostic import Diagnostic, Rule
from reconciler.core.errors.root import ReconcilerError
from reconciler.core.quantity import counted


class ConfigurationInvalid(ReconcilerError):
    """The manifests or `reconciler.yaml` are wrong; carries every fault that was found, not the first."""

    exit_code = 3
    rule = Rule(
        code="RUN003",
        summary="The configuration is invalid",
        why="Nothing is planned from documents that cannot be understood; nothing was sent.",
        example="reconciler validate",
        fix="Correct each diagnostic; they carry file, line and column.",
    )

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(f"{counted(len(diagnostics), 'fault')} in the configuration.")
        self.diagnostics = tuple(diagnostics)


class SecretUnavailable(ReconcilerError):
    """A secret that the configuration refers to cannot be had."""

    exit_code = 3
    rule = Rule(
        code="RUN031",
        summary="A secret is not available",
        why="Secrets stand outside the repository; the configuration only says where.",
        example="auth: {apiToken: {fromEnv: OKTA_API_TOKEN}} with OKTA_API_TOKEN unset",
        fix="Set the environment variable, or put the secret into the file, and run again.",
    )


class KeyUnusable(ReconcilerError):
    """The private key of a service app cannot be used to sign."""

    exit_code = 3
    rule = Rule(
        code="RUN034",
        summary="The private key cannot be used",
        why="A service app proves who it is with a signature; nothing was sent, since none can be made with this key.",
        example="privateKey: {fromFile: key.pem} with an encrypted key and no `passphrase`",
        fix="Give an RSA key of 2,048 bits or more, or an EC key on P-256, P-384 or P-521, as PEM or JWK.",
    )


class LockUnusable(ReconcilerError):
    """The lock file is there and cannot be used; without it a change of endpoints would go unnoticed."""

    exit_code = 3
    rule = Rule(
        code="RUN032",
        summary="The lock file cannot be used",
        why="It tells what was approved; a run that ignored it would not notice that endpoints or keys were replaced.",
        example="reconciler.lock.json with the marks of a merge conflict",
        fix="Resolve the conflict or restore the file from Git, then run again; `--update-lock` writes it.",
    )


class FileRefused(ReconcilerError):
    """A file of the project that this program will not write, or cannot."""

    rule = Rule(
        code="RUN033",
        summary="A file of the project cannot be written",
        why="Manifests are written inside the project and as ordinary files only: a link in a pull request must not "
        "make this program overwrite something else.",
        example="registry.d/mcp-server -> /etc",
        fix="Replace the link by a folder or file, or choose another place.",
    )


class NotAdopted(ReconcilerError):
    """Live objects that were asked for and cannot be described; carries everything that stands in the way."""

    exit_code = 64
    rule = Rule(
        code="RUN065",
        summary="Objects cannot be imported",
        why="Nothing was written: of what was asked for, all is imported or nothing.",
        example="reconciler import emsNoSuchObject00000",
        fix="Correct each diagnostic, or leave out what it names.",
    )

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(diagnostics)} of them are named wrongly or cannot be described.")
        self.diagnostics = tuple(diagnostics)


class NotAccepted(NotAdopted):
    """Differences that somebody wants to accept and cannot; carries everything that stands in the way."""

    rule = Rule(
        code="RUN066",
        summary="Drift cannot be accepted",
        why="Only what differs now can be accepted, at the value that it has now, and until a day to come.",
        example="reconciler drift accept McpServer.jira.displayNam --owner … --reason … --expires 90d",
        fix="Correct each diagnostic; `reconciler drift` names the paths.",
    )


class UsageError(ReconcilerError):
    """A flag, an argument or a file name is off."""

    exit_code = 64
    rule = Rule(
        code="RUN064",
        summary="The command was called the wrong way",
        why="Exit code 2 means 'changes present', so a typo in a flag must never use it.",
        example="reconciler plan --no-such-flag",
        fix="See `reconciler COMMAND --help`.",
    )
