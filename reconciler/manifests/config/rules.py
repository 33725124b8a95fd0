"""What can be wrong in `reconciler.yaml`, for `reconciler explain`."""

from reconciler.core.diagnostic import Rule
from reconciler.core.spec import SECRET_SOURCE

NOT_ONE = Rule(
    code="CNF001",
    summary="reconciler.yaml does not hold exactly one document",
    why="Settings from a second document would be silently without effect.",
    example="environments: {}\n---\nenvironments: {}",
    fix="Keep one mapping that begins with `apiVersion: reconciler/v1`.",
)
NO_ENVIRONMENT = Rule(
    code="CNF002",
    summary="Environment is not defined",
    why="A plan for an environment by another name would go to the wrong organisation.",
    example="reconciler plan --env prodution",
    fix="Write the name of one of the environments in reconciler.yaml.",
)
LEAVES_ROOT = Rule(
    code="CNF003",
    summary="Path leads out of the project",
    why="A pull request must not make the runner read or write its other files.",
    example="registry: [../other-project]",
    fix="Write a path relative to reconciler.yaml, with `/` and without `..`.",
)
ORG_URL = Rule(
    code="CNF004",
    summary="orgUrl is not the address of an organisation",
    why="Credentials are sent there, and paths are appended to it.",
    example="orgUrl: https://acme.okta.com/admin?x=1",
    fix="Write scheme and host only, for example `https://acme.okta.com`.",
)
NESTED_VARIABLE = Rule(
    code="CNF005",
    summary="Variable refers to a variable",
    why="Variables are put in once; what looks like a variable in a value would arrive literally.",
    example="variables: {domain: example.com, host: 'mcp.${var.domain}'}",
    fix="Write the value out.",
)
NETWORK_RANGE = Rule(
    code="CNF007",
    summary="Text is not a network range",
    why="What is allowed here may be asked by every probe; a range that is read otherwise than meant opens too much.",
    example="allowPrivateRanges: [10.1.2.3/8]",
    fix="Write the first address and the length, for example `10.0.0.0/8`; a single address without length.",
)
CREDENTIAL = Rule(
    code="CNF008",
    summary="Credential is not exactly one",
    why="With none the organisation lets nobody in; with two it is not clear as whom this program acts.",
    example="auth: {apiToken: {fromEnv: A}, serviceApp: {clientId: 0oa1, privateKey: {fromEnv: B}}}",
    fix="Write either `apiToken` or `serviceApp`.",
)
ADDRESS = Rule(
    code="CNF009",
    summary="Text is not an address",
    why="A record of a move names one document before and after: its kind and its name.",
    example="moved: [{from: jira, to: tickets}]",
    fix="Write kind and name, for example `McpServer.jira`.",
)
BUDGET_KIND = Rule(
    code="CNF010",
    summary="Budget is for a kind that does not exist",
    why="It would be silently without effect, and the kind that was meant would have another budget.",
    example="guards: {budgets: {McpServers: {deletes: 5}}}",
    fix="Write the name of a kind, or `default`.",
)
LEDGER_URL = Rule(
    code="CNF011",
    summary="ledger.url is not the address of a ledger",
    why="The ledger is a PostgreSQL database that several machines share; a password in the file would be known to all "
    "who can read the repository.",
    example="ledger: {url: 'postgresql://me:secret@db.example.com/ledger'}",
    fix="Write `postgresql://host/database`; where a password belongs to it, `{fromEnv: NAME}` for the whole URL.",
)
RULES = (
    NOT_ONE,
    NO_ENVIRONMENT,
    LEAVES_ROOT,
    ORG_URL,
    NESTED_VARIABLE,
    SECRET_SOURCE,
    NETWORK_RANGE,
    CREDENTIAL,
    ADDRESS,
    BUDGET_KIND,
    LEDGER_URL,
)
