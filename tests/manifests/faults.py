"""Wrong files, each with every diagnostic that it must give: the position, and the code."""

from dataclasses import dataclass
from pathlib import Path

VARIABLES = {"domain": "example.com", "team": "collab"}

CORP = """\
---
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {name: corp}
spec: {type: okta, displayName: Corp, audience: "api://corp"}
"""


@dataclass(frozen=True)
class Fault:
    """A file and the diagnostics that it must give, as `line:column CODE`, in order."""

    reason: str
    text: str | bytes
    expected: tuple[str, ...]


def server(*spec: str, metadata: str = "{name: jira}", head: str = "apiVersion: reconciler/v1\nkind: McpServer") -> str:
    """An MCP server whose spec begins on line 5 with the given lines, followed by its authorization server."""
    lines = "".join(f"  {line}\n" for line in spec)
    return f"{head}\nmetadata: {metadata}\nspec:\n{lines}{CORP}"


def named(name: str, *spec: str) -> str:
    """Another MCP server, without the authorization server."""
    return server(*spec, metadata=f"{{name: {name}}}").removesuffix(CORP)


URL = "resourceUrl: https://mcp.example.com/mcp"
CORPS = "authorizationServers: [corp]"

TOKEN = "gh" + "p_" + "0123456789abcdefghijABCDEFGHIJ012345"
OKTA = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: corp}}
spec:
  type: okta
  displayName: Corp
  {}
  audience: "api://corp"
"""
SCOPE = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: corp}}
spec:
  type: okta
  scopes: [{{name: a}}, {{{}}}]
  displayName: Corp
  audience: "api://corp"
"""
EXTERNAL = """\
apiVersion: reconciler/v1
kind: AuthorizationServer
metadata: {{name: ext}}
spec:
  type: external
  issuer: https://as.example.com
  {}
"""

SYNTAX = [
    Fault("an empty file", "", ("1:1 YML012",)),
    Fault("a file of comments", "# nothing\n# here\n", ("1:1 YML012",)),
    Fault("only a document mark", "---\n", ("1:1 YML012",)),
    Fault("a stray mark before a good document", f"---\n{CORP}", ("1:1 YML012",)),
    Fault("a mark at the end", f"{CORP}---\n", ("6:1 YML012",)),
    Fault("a document that is null", "--- ~\n", ("1:1 YML012",)),
    Fault("invalid UTF-8 after a character of two bytes", b"a: b\nc: \xc3\xa9\xff\n", ("2:5 YML005",)),
    Fault("UTF-16", "a: b\n".encode("utf-16"), ("1:1 YML005",)),
    Fault(
        "UTF-16 without a mark",
        "a: b\n".encode("utf-16-le"),
        ("1:2 YML006", "1:4 YML006", "1:6 YML006", "1:8 YML006", "2:1 YML006"),
    ),
    Fault("a control character", "a: b\x07\n", ("1:5 YML006",)),
    Fault("NEL, a line end that other readers do not see", "a: b\x85c: d\n", ("1:5 YML006",)),
    Fault("a mark that turns the direction of text", "a: b\nc: d\u202ee\n", ("2:5 YML006",)),
    Fault("a byte order mark in the middle", "a: b\n---\n\ufeffc: d\n", ("3:1 YML006",)),
    Fault("a list that is not closed", server(URL, "authorizationServers: [corp"), ("7:1 YML010",)),
    Fault("a colon in a text", server(URL, CORPS, "description: one: two"), ("7:19 YML010",)),
    Fault("a quotation that is not closed", 'a: "b\n', ("2:1 YML010",)),
    Fault("an unknown escape", 'a: "\\q"\n', ("1:6 YML010",)),
    Fault("an escape beyond Unicode", 'a: "\\UFFFFFFFF"\n', ("1:7 YML010",)),
    Fault("a variable in braces without quotes", "a: {b: x${var.domain}}\n", ("1:10 YML010",)),
    Fault("two directives", "%YAML 1.2\n%YAML 1.2\n---\na: b\n", ("2:1 YML010",)),
    Fault("tab as indentation", "spec:\n\tresourceUrl: x\n", ("2:1 YML011",)),
    Fault("tab after a colon", "a:\tb\n", ("1:3 YML011",)),
    Fault("YAML 1.1, where `on` is true", f"%YAML 1.1\n{CORP}", ("2:1 YML013",)),
    Fault("a tag shorthand", f"%TAG !a! tag:a\n{CORP}", ("2:1 YML013",)),
    Fault("half a character", server(URL, CORPS, 'displayName: "\\ud83d"'), ("7:16 YML014",)),
]

STRICTNESS = [
    Fault("a key twice", server(URL, URL, CORPS), ("6:3 YML020",)),
    Fault("a key twice, once in quotes", server(URL, '"resourceUrl": x', CORPS), ("6:3 YML020",)),
    Fault("a merge key", server(URL, CORPS, "<<: {state: active}"), ("7:3 YML021",)),
    Fault("a custom tag", server(URL, "authorizationServers: !list [corp]"), ("6:25 YML022",)),
    Fault("a tag that runs code", server(URL, CORPS, "displayName: !!python/name:os.system"), ("7:16 YML022",)),
    Fault("a standard tag", server(URL, CORPS, "displayName: !!str Jira"), ("7:16 YML022",)),
    Fault("a number as key", server(URL, CORPS, "1: x"), ("7:3 YML023",)),
    Fault("null as key", server(URL, CORPS, "~: x"), ("7:3 YML023",)),
    Fault("a list as key", server(URL, CORPS, "? [a]", ": x"), ("7:5 YML023",)),
    Fault("an alias as key", server("resourceUrl: &a https://mcp.example.com/", CORPS, "*a : x"), ("7:3 YML023",)),
    Fault("infinity", server(URL, CORPS, "description: .inf"), ("7:16 YML024",)),
    Fault("not a number", server(URL, CORPS, "description: .NaN"), ("7:16 YML024",)),
    Fault("a float beyond all floats", server(URL, CORPS, "description: 1e999"), ("7:16 YML024",)),
    Fault("65 bits", server(URL, CORPS, "description: 18446744073709551616"), ("7:16 YML024",)),
    Fault("5,000 digits", server(URL, CORPS, f"description: {'9' * 5000}"), ("7:16 YML024",)),
    Fault("65 levels", f"{'[' * 65}{']' * 65}\n", ("1:65 YML025",)),
    Fault("1,000 levels", "[" * 1_000, ("1:65 YML025",)),
    Fault("100,000 levels", "[" * 100_000, ("1:65 YML025",)),
    Fault("100,000 levels of list items", "- " * 100_000, ("1:129 YML025",)),
    Fault("levels by indentation", "".join(f"{' ' * i}a:\n" for i in range(70)), ("65:65 YML025",)),
    Fault(
        "an alias bomb",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        ("6:32 YML026",),
    ),
    Fault(
        "an alias of a long text, many times",
        f"a: &a {'x' * 1000}\nb: [{', '.join(['*a'] * 1000)}]\n",
        ("2:4001 YML026",),
    ),
    Fault("an alias of nothing", server(URL, "authorizationServers: *all"), ("6:25 YML027",)),
    Fault("an alias inside itself", server(URL, "authorizationServers: &a [*a]"), ("6:29 YML027",)),
    Fault(
        "an alias to another document", server("resourceUrl: &a x", CORPS) + "---\n*a\n", ("5:16 CFG001", "13:1 YML027")
    ),
    Fault("a text of 5 MB", server(URL, CORPS, f"description: {'x' * 5_000_000}"), ("7:16 YML028",)),
    Fault("50,001 keys", "".join(f"k{i}: v\n" for i in range(50_001)), ("50002:1 YML029",)),
    Fault("60,000 values", f"a: [{'b, ' * 60_000}]\n", ("1:150005 YML029",)),
    Fault(
        "too many faults to list them all",
        "--- a\n" * 1_001,
        ("0:0 YML030", *(f"{i + 1}:5 MAN001" for i in range(1_000))),
    ),
]

SHAPE = [
    Fault("a list instead of a document", "- a\n", ("1:1 MAN001",)),
    Fault("a text instead of a document", "hello\n", ("1:1 MAN001",)),
    Fault("something else altogether", "a: b\n", ("1:1 MAN004",) * 4 + ("1:1 MAN005",)),
    Fault("a later version", server(URL, CORPS, head="apiVersion: reconciler/v2\nkind: McpServer"), ("1:13 MAN002",)),
    Fault("no version", server(URL, CORPS, head="# no version\nkind: McpServer"), ("2:1 MAN004",)),
    Fault("an unknown kind", server(URL, CORPS, head="apiVersion: reconciler/v1\nkind: McpSever"), ("2:7 MAN003",)),
    Fault("a kind like no other", server(URL, CORPS, head="apiVersion: reconciler/v1\nkind: Zebra"), ("2:7 MAN003",)),
    Fault("a kind that is no text", server(URL, CORPS, head="apiVersion: reconciler/v1\nkind: 7"), ("2:7 MAN006",)),
    Fault(
        "an unknown kind and its other mistakes",
        server("authorizationServers: []", "stat: active", head="apiVersion: reconciler/v1\nkind: McpSever"),
        ("2:7 MAN003", "4:1 MAN004", "5:25 MAN009", "6:3 MAN005"),
    ),
    Fault("no name", server(URL, CORPS, metadata="{labels: {team: collab}}"), ("3:1 MAN004",)),
    Fault("no spec", "apiVersion: reconciler/v1\nkind: McpServer\nmetadata: {name: a}\n", ("1:1 MAN004",)),
    Fault("a spec without what is required", server("state: active"), ("4:1 MAN004", "4:1 MAN004")),
    Fault("a misspelt key", server(URL, CORPS, "displyName: Jira"), ("7:3 MAN005",)),
    Fault("the name of a field in Python", server(URL, CORPS, "display_name: Jira"), ("7:3 MAN005",)),
    Fault("a misspelt key in metadata", server(URL, CORPS, metadata="{nmae: jira, name: jira}"), ("3:12 MAN005",)),
    Fault("a misspelt key deep inside", SCOPE.format("nam: b"), ("6:23 MAN004", "6:24 MAN005")),
    Fault("a number for a text", server(URL, CORPS, "displayName: 7"), ("7:16 MAN006",)),
    Fault("a text for truth", server(URL, CORPS, "protect: yes"), ("7:12 MAN006",)),
    Fault("a text for a list", server(URL, "authorizationServers: corp"), ("6:25 MAN006",)),
    Fault("a list for a mapping", server(URL, CORPS, metadata="[jira]"), ("3:11 MAN006",)),
    Fault("a mapping for a text", server(URL, CORPS, "displayName: {en: Jira}"), ("7:16 MAN006",)),
    Fault(
        "a spec that is a list",
        "apiVersion: reconciler/v1\nkind: McpServer\nmetadata: {name: a}\nspec: []\n",
        ("4:7 MAN006",),
    ),
    Fault("a number that is a label", server(URL, CORPS, metadata="{name: jira, labels: {team: 5}}"), ("3:39 MAN006",)),
    Fault("a word that is not allowed", server(URL, CORPS, "state: activ"), ("7:10 MAN007",)),
    Fault("a word in a list that is not allowed", server(URL, CORPS, "requires:", "- xaa", "- foo"), ("9:5 MAN007",)),
    Fault("a state of a tombstone", server(URL, CORPS, metadata="{name: jira, state: deleted}"), ("3:31 MAN007",)),
    Fault("a type that does not exist", SCOPE.format("name: b").replace("okta", "oktaa"), ("5:9 MAN007",)),
    Fault("no type", SCOPE.format("name: b").replace("type: okta", "managed: true"), ("4:1 MAN004",)),
    Fault("a name with a blank", server(URL, CORPS, metadata="{name: Jira Cloud}"), ("3:18 MAN008",)),
    Fault("a name that is too long", server(URL, CORPS, metadata=f"{{name: {'a' * 64}}}"), ("3:18 MAN009",)),
    Fault("a label with a blank at its end", server(URL, CORPS, "displayName: 'Jira '"), ("7:16 MAN008",)),
    Fault("a scope with a blank", SCOPE.format("name: a b"), ("6:30 MAN008",)),
    Fault("a day that does not exist", EXTERNAL.format("oauth: {source: x, reviewBy: 2026-02-30}"), ("7:32 MAN008",)),
    Fault("no authorization servers", server(URL, "authorizationServers: []"), ("6:25 MAN009",)),
    Fault("an empty text", server("resourceUrl: ''", CORPS), ("5:16 MAN009",)),
    Fault("a text beyond the limit", server(URL, CORPS, f"description: {'x' * 1025}"), ("7:16 MAN009",)),
    Fault("a key without a value", server(URL, CORPS, "description:"), ("7:3 MAN010",)),
    Fault("a required key without a value", server("resourceUrl: ~", CORPS), ("5:3 MAN010",)),
    Fault("nothing in a list", server(URL, "authorizationServers: [corp, ~]"), ("6:32 MAN010",)),
    Fault("an unknown key without a value", server(URL, CORPS, "displyName:"), ("7:3 MAN005",)),
    Fault("user information in a URL", server("resourceUrl: https://u:p@mcp.example.com/", CORPS), ("5:16 CFG002",)),
    Fault("a fragment in a URL", server("resourceUrl: https://mcp.example.com/#x", CORPS), ("5:16 CFG002",)),
    Fault("http to a public host", server("resourceUrl: http://mcp.example.com/", CORPS), ("5:16 CFG001",)),
    Fault("a credential in a URL", server("resourceUrl: https://mcp.example.com/?token=x", CORPS), ("5:16 CFG004",)),
    Fault("a literal secret", server(URL, CORPS, "clientSecret: hunter2"), ("7:3 CFG010",)),
    Fault("a literal secret inside", server(URL, CORPS, "auth: {apiToken: hunter2}"), ("7:9 MAN007", "7:10 CFG010")),
    Fault(
        "a secret as a label",
        server(URL, CORPS, metadata="{name: jira, labels: {password: hunter2}}"),
        ("3:33 CFG010",),
    ),
    Fault("a token in a description", server(URL, CORPS, f"description: use {TOKEN}"), ("7:3 CFG010",)),
    Fault("a secret from a variable", server(URL, CORPS, "password: ${var.team}"), ("7:3 CFG010",)),
    Fault(
        "endpoints of an Okta server", OKTA.format("oauth: {tokenEndpoint: https://a.example.com/}"), ("7:3 MAN005",)
    ),
]

VARIABLE = [
    Fault("an undefined variable", server("resourceUrl: https://${var.domian}/", CORPS), ("5:16 MAN030",)),
    Fault("two undefined variables", server("resourceUrl: https://${var.a}.${var.b}/", CORPS), ("5:16 MAN030",) * 2),
    Fault("a variable without `var.`", server("resourceUrl: https://${domain}/", CORPS), ("5:16 MAN031",)),
    Fault("a variable that is not closed", server(URL, CORPS, "description: ${var.domain"), ("7:16 MAN031",)),
    Fault("an expression", server(URL, CORPS, "description: ${upper(var.domain)}"), ("7:16 MAN031",)),
    Fault(
        "a variable in a key", server(URL, CORPS, metadata="{name: jira, labels: {'${var.team}': x}}"), ("3:33 MAN032",)
    ),
]

BETWEEN = [
    Fault("two documents with one name", server(URL, CORPS) + CORP, ("15:18 MAN040",)),
    Fault(
        "two names, one of them at fault",
        server(URL, CORPS) + CORP.replace("okta", "okt"),
        ("15:18 MAN040", "16:14 MAN007"),
    ),
    Fault("two servers with one URL", server(URL, CORPS) + "---\n" + named("b", URL, CORPS), ("17:16 MAN041",)),
    Fault(
        "two URLs that differ by a slash",
        server(URL, CORPS) + "---\n" + named("b", f"{URL}/", CORPS),
        ("17:16 MAN041",),
    ),
    Fault(
        "a reference to nothing",
        server(URL, "authorizationServers:", "- corp", "- crp", "protect: true"),
        ("8:5 MAN042",),
    ),
    Fault(
        "a reference that only looks like a name",
        server(URL, "displayName: other", "authorizationServers: [other]"),
        ("7:26 MAN042",),
    ),
    Fault(
        "a reference to a tombstone",
        server(URL, CORPS).replace("{name: corp}", "{name: corp, state: absent}"),
        ("6:26 MAN043",),
    ),
    Fault("a fault that only a kind knows", server(URL, "authorizationServers: [corp, corp]"), ("6:32 MCP103",)),
]

FAULTS = [*SYNTAX, *STRICTNESS, *SHAPE, *VARIABLE, *BETWEEN]


def target_config(text: str) -> str:
    """A configuration whose one target begins at 4:13."""
    return f"apiVersion: reconciler/v1\nenvironments:\n  local:\n    target: {text}\n"


def okta_config(url: str = "https://acme.okta.com", token: str = "{fromEnv: TOKEN}") -> str:
    """A configuration whose orgUrl begins at 4:34."""
    return target_config(f"{{type: okta, orgUrl: '{url}', auth: {{apiToken: {token}}}}}")


def limited_config(limit: str) -> str:
    """A configuration whose rate limit begins at 4:38."""
    auth = "auth: {apiToken: {fromEnv: TOKEN}}"
    return target_config(f"{{type: okta, rateLimit: {limit}, orgUrl: 'https://acme.okta.com', {auth}}}")


APP = "{clientId: 0oa1a2b3, privateKey: {fromEnv: K}}"


def auth_config(auth: str) -> str:
    """A configuration whose credential begins at 4:65."""
    return target_config(f"{{type: okta, orgUrl: 'https://acme.okta.com', auth: {auth}}}")


CONFIG_FAULTS = [
    Fault("an empty file", "", ("1:1 YML012",)),
    Fault("not YAML", "registry: [a", ("1:13 YML010",)),
    Fault("two documents", "registry: [a]\n---\nregistry: [b]\n", ("3:1 CNF001",)),
    Fault("a list", "- a\n", ("1:1 MAN006",)),
    Fault("a key twice", "registry: [a]\nregistry: [b]\n", ("2:1 YML020",)),
    Fault("a misspelt key", "regstry: [a]\n", ("1:1 MAN005",)),
    Fault("a later version", "apiVersion: reconciler/v2\n", ("1:13 MAN002",)),
    Fault("a password in a URL", "ledger: {url: 'postgresql://me:secret@db.example.com/x'}\n", ("1:15 CNF011",)),
    Fault("no folder", "registry: []\n", ("1:11 MAN009",)),
    Fault("a folder that climbs", "registry: [a, ../b]\n", ("1:15 CNF003",)),
    Fault("an absolute folder", "registry: [/etc]\n", ("1:12 CNF003",)),
    Fault("a text for a list", "registry: registry.d\n", ("1:11 MAN006",)),
    Fault("no parallelism", "parallelism: 0\n", ("1:14 MAN009",)),
    Fault("too much parallelism", "parallelism: 51\n", ("1:14 MAN009",)),
    Fault("parallelism in quotes", "parallelism: '10'\n", ("1:14 MAN006",)),
    Fault("a default that is not defined", "defaultEnvironment: locl\n", ("1:21 CNF002",)),
    Fault("no environment called local", "environments: {test: {target: {type: embedded}}}\n", ("1:1 CNF002",)),
    Fault("no environments", "environments: {}\n", ("1:15 MAN009",)),
    Fault("an environment without a target", "environments: {local: {variables: {a: b}}}\n", ("1:16 MAN004",)),
    Fault("the name of an environment", "environments: {'a b': {target: {type: embedded}}}\n", ("1:23 MAN008",)),
    Fault("a type that does not exist", target_config("{type: embeded}"), ("4:20 MAN007",)),
    Fault("no type", target_config("{state: x}"), ("4:5 MAN004",)),
    Fault("a key of the other type", target_config("{type: embedded, orgUrl: x}"), ("4:30 MAN005",)),
    Fault("a state outside", target_config("{type: embedded, state: /tmp/x}"), ("4:37 CNF003",)),
    Fault("http to a public host", okta_config("http://acme.okta.com"), ("4:34 CNF004",)),
    Fault("no credential", auth_config("{}"), ("4:65 CNF008",)),
    Fault("two credentials", auth_config(f"{{apiToken: {{fromEnv: A}}, serviceApp: {APP}}}"), ("4:65 CNF008",)),
    Fault("an app without a key", auth_config("{serviceApp: {clientId: 0oa1a2b3}}"), ("4:66 MAN004",)),
    Fault("an app without an id", auth_config("{serviceApp: {privateKey: {fromEnv: K}}}"), ("4:66 MAN004",)),
    Fault(
        "an id that is none", auth_config(f"{{serviceApp: {APP}}}".replace("0oa1a2b3", "'a b c d'")), ("4:89 MAN008",)
    ),
    Fault("a literal key", auth_config(f"{{serviceApp: {APP}}}".replace("{fromEnv: K}", "MII")), ("4:99 CFG010",)),
    Fault("dpop by a YAML word", auth_config(f"{{serviceApp: {APP[:-1]}, dpop: off}}}}"), ("4:131 MAN007",)),
    Fault("negative headroom", limited_config("{headroom: -0.1}"), ("4:48 MAN009",)),
    Fault("all the limit as headroom", limited_config("{headroom: 1}"), ("4:48 MAN009",)),
    Fault("headroom in quotes", limited_config("{headroom: '0.4'}"), ("4:48 MAN006",)),
    Fault("no concurrency", limited_config("{concurrency: 0}"), ("4:51 MAN009",)),
    Fault("a path", okta_config("https://acme.okta.com/admin"), ("4:34 CNF004",)),
    Fault("a query", okta_config("https://acme.okta.com?x=1"), ("4:34 CNF004",)),
    Fault("user information", okta_config("https://u:p@acme.okta.com"), ("4:34 CNF004",)),
    Fault("a host alone", okta_config("acme.okta.com"), ("4:34 CNF004",)),
    Fault("a literal token", okta_config(token=TOKEN), ("4:66 CFG010",)),
    Fault("a token instead of the name of a variable", okta_config(token=f"{{fromEnv: {TOKEN}}}"), ("4:77 CFG010",)),
    Fault("no place of the secret", okta_config(token="{}"), ("4:76 CNF006",)),
    Fault("two places of the secret", okta_config(token="{fromEnv: A, fromFile: b}"), ("4:76 CNF006",)),
    Fault("a name that no environment variable has", okta_config(token="{fromEnv: a-b}"), ("4:86 MAN008",)),
    Fault("a number as variable", target_config("{type: embedded}\n    variables: {port: 80}"), ("5:23 MAN006",)),
    Fault(
        "a variable in a variable", target_config("{type: embedded}\n    variables: {a: '${var.b}'}"), ("5:20 CNF005",)
    ),
    Fault("a secret as variable", target_config("{type: embedded}\n    variables: {api_token: abc}"), ("5:17 CFG010",)),
    Fault("a range that is none", "probe: {allowPrivateRanges: [10.1.2.3/8]}\n", ("1:30 CNF007",)),
    Fault("the name of a variable", target_config("{type: embedded}\n    variables: {1a: b}"), ("5:21 MAN008",)),
]


def _nothing(root: Path) -> None:
    (root / "registry.d").mkdir()


def _link_to_nothing(root: Path) -> None:
    _nothing(root)
    (root / "registry.d" / "a.yaml").symlink_to("missing")


def _link_outside(root: Path) -> None:
    _nothing(root)
    (root / "registry.d" / "a.yaml").symlink_to("/etc/passwd")


def _large(root: Path) -> None:
    _nothing(root)
    (root / "registry.d" / "a.yaml").write_bytes(b"#" * ((8 << 20) + 1))


TREES = {
    "YML001": lambda _root: None,
    "YML002": _link_to_nothing,
    "YML003": _link_outside,
    "YML004": _large,
    "MAN044": _nothing,
}
"""What makes a tree of files wrong, by the code that it gives."""
