"""The tree of what stops a run. Each class owns its exit code and its page; one table for the whole program."""

from reconciler.core.errors.ledger import LedgerError, LedgerNewer
from reconciler.core.errors.local import (
    ConfigurationInvalid,
    FileRefused,
    LockUnusable,
    NotAdopted,
    SecretUnavailable,
    UsageError,
)
from reconciler.core.errors.plans import (
    Interrupted,
    NotConverged,
    NotReady,
    PartialApply,
    PlanHasProblems,
    PlanStale,
    PlanUnusable,
    Refused,
)
from reconciler.core.errors.remote import (
    AnswerUnreadable,
    AuthenticationFailed,
    CallRefused,
    NotFound,
    NotOffered,
    NotSettled,
    OperationFailed,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RemoteError,
)
from reconciler.core.errors.root import (
    InternalError,
    ReconcilerError,
    WriteRefused,
    error_classes,
)

__all__ = [
    "AnswerUnreadable",
    "AuthenticationFailed",
    "CallRefused",
    "ConfigurationInvalid",
    "FileRefused",
    "InternalError",
    "Interrupted",
    "LedgerError",
    "LedgerNewer",
    "LockUnusable",
    "NotAdopted",
    "NotConverged",
    "NotFound",
    "NotOffered",
    "NotReady",
    "NotSettled",
    "OperationFailed",
    "OutcomeUnknown",
    "PartialApply",
    "PermissionDenied",
    "PlanHasProblems",
    "PlanStale",
    "PlanUnusable",
    "RateLimited",
    "ReconcilerError",
    "Refused",
    "RemoteError",
    "SecretUnavailable",
    "UsageError",
    "WriteRefused",
    "error_classes",
]
