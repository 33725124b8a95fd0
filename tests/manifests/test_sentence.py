"""How faults are worded: the whole text of one of each sort, as a person reads it."""

import pytest

from tests.manifests.faults import CORPS, OKTA, SCOPE, URL, server

RULE = "{name: b, grantTypes: [implicit], accessTokenLifetimeMinutes: 1}"
NAMES = "small letters, digits and hyphens, with a letter or digit at both ends"
WORDED = [
    (
        server(URL, CORPS, "displyName: Jira"),
        "`spec` has no key `displyName`.",
        "Did you mean `displayName`?",
    ),
    (
        server(URL, CORPS, metadata="{name: jira, zzz: 1}"),
        "`metadata` has no key `zzz`.",
        "Allowed here: `name`, `labels`, `state`.",
    ),
    (
        server(URL, CORPS).replace("apiVersion: reconciler/v1\nkind: McpServer", "kind: McpServer"),
        "The document needs the key `apiVersion`. The version of this format.",
        "Add `apiVersion`.",
    ),
    (
        server(URL, CORPS, "displayName: 7"),
        "`spec.displayName` should be a text, found a whole number (`7`).",
        "Put it in quotes to make it a text.",
    ),
    (
        server(URL, "authorizationServers: corp"),
        "`spec.authorizationServers` should be a list, found text (`corp`).",
        "Write a list: `[one, two]`, or a line `- one` for each.",
    ),
    (
        server(URL, "authorizationServers: {corp: 1}"),
        "`spec.authorizationServers` should be a list, found a mapping.",
        "Write a list: `[one, two]`, or a line `- one` for each.",
    ),
    (
        server(URL, CORPS, "protect: yes"),
        "`spec.protect` should be true or false, found text (`yes`).",
        "Write `true` or `false`, without quotes.",
    ),
    (
        server(URL, CORPS, "state: activ"),
        "`spec.state` should be one of `active`, `inactive`, found `activ`.",
        "Did you mean `active`?",
    ),
    (
        server(URL, CORPS, "state: 'on'"),
        "`spec.state` should be one of `active`, `inactive`, found `on`.",
        "Write one of `active`, `inactive`.",
    ),
    (
        SCOPE.format("name: b").replace("type: okta", "type: oktaa"),
        "`spec.type` should be one of `external`, `okta`, found `oktaa`.",
        "Did you mean `okta`?",
    ),
    (
        server(URL, CORPS, metadata="{name: Jira}"),
        f"`metadata.name` should be {NAMES}, found `Jira`.",
        "For example `jira`.",
    ),
    (
        server(URL, "authorizationServers: []"),
        "`spec.authorizationServers` needs at least 1 item, found 0.",
        "Keep to the limit that the detail names.",
    ),
    (
        server(URL, CORPS, f"description: {'x' * 1025}"),
        "`spec.description` needs at most 1024 characters, found 1025.",
        "For example `Issues and projects`.",
    ),
    (
        OKTA.format(f"accessPolicies: [{{name: a, rules: [{RULE}]}}]"),
        "`spec.accessPolicies[0].rules[0].accessTokenLifetimeMinutes` needs at least 5, found `1`.",
        "Keep to the limit that the detail names.",
    ),
    (
        server(URL, CORPS, "description:"),
        "`spec.description` is written without a value.",
        "Leave the key out or give it a value.",
    ),
    (
        server(URL, CORPS, "displayName: 'a\\x1b[31m'", "descriptin: x"),
        "`spec` has no key `descriptin`.",
        "Did you mean `description`?",
    ),
    (
        server(URL, CORPS, 'state: "a\\x1b[31m\\u202e"'),
        "`spec.state` should be one of `active`, `inactive`, found `a\\x1b[31m\\u202e`.",
        "Write one of `active`, `inactive`.",
    ),
]


@pytest.mark.parametrize(("text", "detail", "fix"), WORDED, ids=[detail[:50] for _, detail, _ in WORDED])
def test_the_words(text: str, detail: str, fix: str, loaded):
    (diagnostic,) = [d for d in loaded(text).diagnostics if d.is_error and d.code.startswith("MAN")]
    assert (diagnostic.detail, diagnostic.fix) == (detail, fix)
