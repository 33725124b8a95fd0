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
from tests.manifests.faults import CONFIG_FAULTS, TOKEN, Fault
from tests.manifests.faults import okta_config as okta

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


def test_what_stands_in_for_a_setting_is_what_the_setting_would_be_judged_to_be():
    # The defaults are made without validation; here they go through it.
    written = {name: default.model_dump(by_alias=True, exclude_none=True) for name, default in _settings().items()}
    assert written
    assert Config.model_validate(written).model_dump() == Config().model_dump()
    assert Config.model_validate({"environments": {"local": {"target": {"type": "embedded"}}}}) == Config()


def _settings() -> dict[str, BaseModel]:
    fields = {field.alias or name: field.default for name, field in Config.model_fields.items()}
    return {name: default for name, default in fields.items() if isinstance(default, BaseModel)}
