"""reconciler.yaml: what it may say, what stands in for it, and each of its faults at its place."""

import pytest
from pydantic import BaseModel

from reconciler.manifests import (
    Config,
    EmbeddedTarget,
    Environment,
    OktaTarget,
    SecretSource,
    choose_environment,
    read_config,
)
from tests.manifests.faults import TOKEN, Fault

FULL = """\
apiVersion: reconciler/v1
registry: [registry.d, more/one.yaml]
defaultEnvironment: production
parallelism: 20
environments:
  local:
    target: {type: embedded, state: state/okta.sqlite, switches: {landing-state: ACTIVE}}
    variables: {domain: example.com}
  production:
    target: {type: okta, orgUrl: "https://acme.okta.com/", auth: {apiToken: {fromEnv: OKTA_API_TOKEN}}}
"""


def target(text: str) -> str:
    """A configuration whose one target begins at 4:13."""
    return f"apiVersion: reconciler/v1\nenvironments:\n  local:\n    target: {text}\n"


def okta(url: str = "https://acme.okta.com", token: str = "{fromEnv: TOKEN}") -> str:
    """A configuration whose orgUrl begins at 4:34."""
    return target(f"{{type: okta, orgUrl: '{url}', auth: {{apiToken: {token}}}}}")


CONFIG_FAULTS = [
    Fault("an empty file", "", ("1:1 YML012",)),
    Fault("not YAML", "registry: [a", ("1:13 YML010",)),
    Fault("two documents", "registry: [a]\n---\nregistry: [b]\n", ("3:1 CNF001",)),
    Fault("a list", "- a\n", ("1:1 MAN006",)),
    Fault("a key twice", "registry: [a]\nregistry: [b]\n", ("2:1 YML020",)),
    Fault("a misspelt key", "regstry: [a]\n", ("1:1 MAN005",)),
    Fault("a later version", "apiVersion: reconciler/v2\n", ("1:13 MAN002",)),
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
    Fault("a type that does not exist", target("{type: embeded}"), ("4:20 MAN007",)),
    Fault("no type", target("{state: x}"), ("4:5 MAN004",)),
    Fault("a key of the other type", target("{type: embedded, orgUrl: x}"), ("4:30 MAN005",)),
    Fault("a state outside", target("{type: embedded, state: /tmp/x}"), ("4:37 CNF003",)),
    Fault("http to a public host", okta("http://acme.okta.com"), ("4:34 CNF004",)),
    Fault("a path", okta("https://acme.okta.com/admin"), ("4:34 CNF004",)),
    Fault("a query", okta("https://acme.okta.com?x=1"), ("4:34 CNF004",)),
    Fault("user information", okta("https://u:p@acme.okta.com"), ("4:34 CNF004",)),
    Fault("a host alone", okta("acme.okta.com"), ("4:34 CNF004",)),
    Fault("a literal token", okta(token=TOKEN), ("4:66 CFG010",)),
    Fault("a token instead of the name of a variable", okta(token=f"{{fromEnv: {TOKEN}}}"), ("4:77 CFG010",)),
    Fault("no place of the secret", okta(token="{}"), ("4:76 CNF006",)),
    Fault("two places of the secret", okta(token="{fromEnv: A, fromFile: b}"), ("4:76 CNF006",)),
    Fault("a name that no environment variable has", okta(token="{fromEnv: a-b}"), ("4:86 MAN008",)),
    Fault("a number as variable", target("{type: embedded}\n    variables: {port: 80}"), ("5:23 MAN006",)),
    Fault("a variable in a variable", target("{type: embedded}\n    variables: {a: '${var.b}'}"), ("5:20 CNF005",)),
    Fault("a secret as variable", target("{type: embedded}\n    variables: {api_token: abc}"), ("5:17 CFG010",)),
    Fault("the name of a variable", target("{type: embedded}\n    variables: {1a: b}"), ("5:21 MAN008",)),
]


@pytest.mark.parametrize("fault", CONFIG_FAULTS, ids=lambda fault: fault.reason)
def test_a_wrong_configuration_gives_its_diagnostics_at_their_places(fault: Fault, project):
    config, diagnostics = read_config(project({"reconciler.yaml": fault.text}))
    assert tuple(f"{d.source.line}:{d.source.column} {d.code}" for d in diagnostics) == fault.expected
    assert {d.source.file for d in diagnostics} == {"reconciler.yaml"}
    assert config == Config()


def test_everything_that_may_be_said(project):
    config, diagnostics = read_config(project({"reconciler.yaml": FULL}))
    assert diagnostics == ()
    assert config == Config(
        registry=("registry.d", "more/one.yaml"),
        default_environment="production",
        parallelism=20,
        environments={
            "local": Environment(
                target=EmbeddedTarget(type="embedded", state="state/okta.sqlite", switches={"landing-state": "ACTIVE"}),
                variables={"domain": "example.com"},
            ),
            "production": Environment(
                target=OktaTarget(
                    type="okta",
                    org_url="https://acme.okta.com",
                    auth={"api_token": SecretSource(from_env="OKTA_API_TOKEN")},
                )
            ),
        },
    )


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1:1", "https://acme.okta.com:8443"])
def test_loopback_and_ports_are_fine(url: str, project):
    config, diagnostics = read_config(project({"reconciler.yaml": okta(url)}))
    assert diagnostics == ()
    assert config.environments["local"].target.org_url == url


def test_without_the_file_the_embedded_organisation_is_used(project):
    config, diagnostics = read_config(project({}))
    assert diagnostics == ()
    assert (config.registry, config.default_environment, config.parallelism) == (("registry.d",), "local", 10)
    assert config.environments["local"].target == EmbeddedTarget(type="embedded")


def test_all_faults_come_at_once(project):
    text = "regstry: [a]\nparallelism: 99\ndefaultEnvironment: [a]\n"
    _, diagnostics = read_config(project({"reconciler.yaml": text}))
    assert [d.code for d in diagnostics] == ["MAN005", "MAN009", "MAN006"]


def test_a_configuration_that_cannot_be_read(project):
    root = project({"reconciler.yaml/x": ""})
    assert [d.code for d in read_config(root)[1]] == ["YML002"]


def test_a_configuration_that_is_a_link(project, tmp_path_factory):
    root = project({})
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text(FULL)
    (root / "reconciler.yaml").symlink_to(outside)
    assert [d.code for d in read_config(root)[1]] == ["YML003"]
    (root / "reconciler.yaml").unlink()
    (root / "reconciler.yaml").symlink_to("reconciler.yaml")
    assert [d.code for d in read_config(root)[1]] == ["YML003"]
    (root / "reconciler.yaml").unlink()
    (root / "reconciler.yaml").symlink_to("missing")
    assert [d.code for d in read_config(root)[1]] == ["YML002"]


def test_no_secret_is_ever_shown(project):
    for text in (okta(token=TOKEN), okta(token=f"{{fromEnv: {TOKEN}}}"), okta(token=f"{{value: {TOKEN}}}")):
        _, diagnostics = read_config(project({"reconciler.yaml": text}))
        assert diagnostics
        assert TOKEN not in repr(diagnostics)


def test_an_environment_is_chosen_by_name(project):
    config, _ = read_config(project({"reconciler.yaml": FULL}))
    assert choose_environment(config) == (config.environments["production"], ())
    assert choose_environment(config, "local") == (config.environments["local"], ())


def test_an_unknown_environment_names_the_nearest(project):
    config, _ = read_config(project({"reconciler.yaml": FULL}))
    chosen, (diagnostic,) = choose_environment(config, "prodution")
    assert chosen is None
    assert (diagnostic.code, diagnostic.fix) == ("CNF002", "Did you mean `production`?")
    _, (diagnostic,) = choose_environment(config, "zzz")
    assert diagnostic.fix == "Defined are `local`, `production`."


def test_the_models_are_frozen():
    config: BaseModel = Config()
    with pytest.raises(ValueError, match="frozen"):
        config.parallelism = 3  # type: ignore[attr-defined]
