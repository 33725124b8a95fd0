"""What stops a run at the organisation: unavailable, refusing, unintelligible."""

from reconciler.core.diagnostic import Rule
from reconciler.core.errors.root import ReconcilerError


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

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        error_code: str = "",
        reasons: tuple[str, ...] = (),
        locations: tuple[str, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.error_code = error_code
        self.reasons = reasons
        self.locations = locations


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


class KeyOutOfReach(CallRefused):
    """A public key is there whose id nobody can tell."""

    rule = Rule(
        code="RUN092",
        summary="A key is registered, and its id is not known",
        why="Okta changes and removes a key by its id, and tells the id in the answer to the registration. That answer "
        "was lost on its way, or somebody else has registered the key, and the organisation does not list the keys of "
        "an MCP server's OAuth client (okta-api §1.10). Sent once more, the key was refused as being there.",
        example="a manifest no longer lists a key whose registration was cut off",
        fix="Remove the key with the `kid` of the detail in the Okta console, on the page of the MCP server, then plan "
        "and apply again: the apply finds by itself that the key is gone.",
    )

    def __init__(self, kid: str) -> None:
        super().__init__(
            f"The key {kid!r} is registered, and nothing shows its id, so it can neither be changed nor removed from "
            "here. Remove it in the Okta console, then plan and apply again.",
            status=409,
        )


class MadeTwice(ReconcilerError):
    """What was made is there twice. Neither is deleted: no plan has shown that."""

    rule = Rule(
        code="RUN091",
        summary="The organisation holds an object twice",
        why="A request was delivered twice on its way, or somebody made the same at the same moment. Okta's answers do "
        "not tell which, and what no plan has shown is never deleted.",
        example="two custom authorization servers named `Agents` after one create",
        fix="Look at both in the Okta console and delete the one that nobody uses, then plan again. Until then every "
        "plan names both (PLN001), and neither a plan nor a resumed run changes one of them.",
    )


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
