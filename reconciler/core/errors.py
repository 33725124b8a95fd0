"""The tree of what stops a run. Each class owns its exit code and its page; one table for the whole program."""

from collections.abc import Sequence
from typing import ClassVar

from reconciler.core.diagnostic import Diagnostic, Rule


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
        super().__init__(detail)
        self.detail = detail
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
        super().__init__(f"{len(diagnostics)} faults in the configuration.")
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


class PlanStale(ReconcilerError):
    """The world moved after the plan was made, or the plan is for another target, or the file was altered."""

    exit_code = 4
    rule = Rule(
        code="RUN004",
        summary="The plan no longer holds",
        why="Apply does exactly what was reviewed; when an object that the plan touches has changed since, it refuses "
        "before anything is written.",
        example="reconciler apply plan.json   # after somebody edited the object in the console",
        fix="Make a new plan, review it, apply that.",
    )


class PlanUnusable(PlanStale):
    """A plan file that cannot be read, is of another format, or was altered."""

    rule = Rule(
        code="RUN041",
        summary="The plan file cannot be used",
        why="A saved plan is applied letter by letter, so it must be whole, of a format that this tool knows, and fit "
        "its own digest.",
        example="reconciler apply notes.txt",
        fix="Make a new plan with `reconciler plan --out plan.json`.",
    )


class Refused(ReconcilerError):
    """A guard said no: deletion not allowed, protection."""

    exit_code = 5
    rule = Rule(
        code="RUN005",
        summary="The plan was refused",
        why="Deleting what agents use is hard to undo, so it needs to be asked for by name or number.",
        example="reconciler apply plan.json   # a plan with deletes, without --allow-delete",
        fix="Check each deletion, then repeat with --allow-delete=N, N being their number.",
    )


class PlanHasProblems(Refused):
    """The plan names problems; it can be shown and saved, and not applied. Its code is the plan's."""

    rule = Rule(
        code="RUN051",
        summary="The plan has problems and cannot be applied",
        why="A plan is applied whole or not at all; one that could not be made whole may be read, not done.",
        example="reconciler apply   # a kind of object could not be read",
        fix="Solve the problems that the plan names, then plan again.",
    )

    def __init__(self, detail: str, exit_code: int) -> None:
        super().__init__(detail)
        self.exit_code = exit_code


class PartialApply(ReconcilerError):
    """Some steps were done, some were not."""

    exit_code = 7
    rule = Rule(
        code="RUN007",
        summary="The plan was applied in part",
        why="A step failed; those that depended on it were not tried, independent ones were finished.",
        example="reconciler apply   # the metadata of one MCP server is unreachable",
        fix="Correct the cause, then plan and apply again; what is done is not repeated.",
    )


class RemoteError(ReconcilerError):
    """The organisation could not be reached or did not answer as it should."""

    exit_code = 8
    rule = Rule(
        code="RUN008",
        summary="The organisation is unavailable",
        why="Without a trustworthy answer there is nothing to compare with; nothing was changed on a guess.",
        example="orgUrl: https://no-such-org.okta.com",
        fix="Check the organisation URL and the network, then try again.",
    )


class AuthenticationFailed(RemoteError):
    rule = Rule(
        code="RUN081",
        summary="The organisation refused the credential",
        why="HTTP 401: the token is missing, wrong, expired or revoked.",
        example="OKTA_API_TOKEN=expired reconciler plan",
        fix="Issue a new API token and put it where `auth` of the environment points.",
    )


class PermissionDenied(RemoteError):
    rule = Rule(
        code="RUN082",
        summary="The credential lacks a role or scope",
        why="HTTP 403: it needs okta.resourceServers.mcpServers.read, or .manage to write, or the role SUPER_ADMIN.",
        example="an API token made by a read-only administrator",
        fix="Grant the role or scope that the detail names.",
    )


class NotOffered(RemoteError):
    rule = Rule(
        code="RUN083",
        summary="The organisation does not offer this API",
        why="The MCP server API answers 404 E0000008 or 401 E0000015 where Okta for AI Agents is not switched on.",
        example="orgUrl: https://an-org-without-okta-for-ai-agents.okta.com",
        fix="Check the organisation URL; ask Okta to enable Okta for AI Agents.",
    )


class RateLimited(RemoteError):
    rule = Rule(
        code="RUN084",
        summary="The rate limit did not lift",
        why="HTTP 429 went on beyond the waiting time; other clients of the organisation use the same budget.",
        example="two CI jobs at once on a small tier",
        fix="Try again later, or raise the API token's share of the limit.",
    )


class AnswerUnreadable(RemoteError):
    rule = Rule(
        code="RUN085",
        summary="The organisation's answer makes no sense",
        why="A proxy page, a body that was cut off, or a list that ends in the middle must never be taken for "
        "'nothing is there'.",
        example="a captive portal that answers 200 with HTML",
        fix="Check what stands between you and the organisation, then try again.",
    )


class OutcomeUnknown(RemoteError):
    """A write was sent and its outcome is not known: a reset, a timeout, a 4xx or 5xx without a readable body."""

    rule = Rule(
        code="RUN086",
        summary="It is not known whether a write took effect",
        why="The connection ended after the request was sent, so it may or may not have been carried out.",
        example="a reset while registering an MCP server",
        fix="Plan again: what is there is found by its natural key and not created twice.",
    )


class CallRefused(ReconcilerError):
    """The organisation understood a call and refused it (4xx with an error code). Carries Okta's code and causes."""

    exit_code = 1
    rule = Rule(
        code="RUN087",
        summary="The organisation refused a change",
        why="Okta validates each call; its error code and causes are quoted in the detail.",
        example="E0000001 Api validation failed: resourceUrl",
        fix="Read Okta's causes; correct the manifest or the organisation, then plan again.",
    )

    def __init__(self, detail: str, *, status: int, error_code: str = "", reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.error_code = error_code
        self.reasons = reasons


class NotFound(CallRefused):
    """The object is not there (404 E0000007)."""

    rule = Rule(
        code="RUN090",
        summary="An object is gone",
        why="Somebody deleted it between the plan and this call.",
        example="an MCP server that was deleted in the console during an apply",
        fix="Plan again; the new plan creates it where the manifests want it.",
    )

    def __init__(self, detail: str) -> None:
        super().__init__(detail, status=404, error_code="E0000007")


class OperationFailed(ReconcilerError):
    """An asynchronous operation ended in FAILED."""

    rule = Rule(
        code="RUN088",
        summary="An operation at the organisation failed",
        why="Okta accepted the call and gave up later, most often since the MCP server's protected-resource metadata "
        "is not reachable from the internet or lists no authorization server.",
        example="E0000001 No authorization servers found",
        fix="Make the metadata reachable (RFC 9728), then plan and apply again.",
    )


class NotSettled(ReconcilerError):
    """An operation or a status did not come to rest within the bound."""

    exit_code = 8
    rule = Rule(
        code="RUN089",
        summary="The organisation did not come to an end",
        why="An operation or a PENDING status outlasted the bound; the object exists and is not known to be good.",
        example="an MCP server that stays PENDING",
        fix="Look at the object in the console; plan again to see where it stands.",
    )


class NotReady(ReconcilerError):
    """An object is not fit to be activated."""

    exit_code = 9
    rule = Rule(
        code="RUN009",
        summary="The object is not ready",
        why="An MCP server is activated only in a run in which one of its authorization servers offered XAA or STS.",
        example="every authorization server of the MCP server is INVALID",
        fix="Read what stands in the way; correct it, then apply again.",
    )


class NotConverged(ReconcilerError):
    """The organisation accepted a write and then shows something else."""

    exit_code = 7
    rule = Rule(
        code="RUN071",
        summary="The organisation ignored or rewrote what was written",
        why="After each write the object is read back; a field that does not hold what was sent is reported by name.",
        example="a description that the organisation cuts to 100 characters",
        fix="Write the value that the organisation keeps, or remove the field from the manifest.",
    )


class Interrupted(ReconcilerError):
    """Ctrl-C or a termination signal."""

    exit_code = 130
    rule = Rule(
        code="RUN130",
        summary="The run was interrupted",
        why="The step in flight was finished, the rest was not begun.",
        example="Ctrl-C during apply",
        fix="Plan and apply again; what is done is not repeated.",
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


def error_classes(root: type[ReconcilerError] = ReconcilerError) -> tuple[type[ReconcilerError], ...]:
    """The root and every class under it, in the order in which they are defined."""
    return (root, *(found for child in root.__subclasses__() for found in error_classes(child)))
