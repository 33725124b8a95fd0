"""The example with three environments, in the one that needs no tenant."""

from .conftest import ROOT


def test_dev_comes_true_and_protects_and_other_environments_ask_for_their_own_secret(copied):
    folder = ROOT / "examples" / "multi-environment"
    project = copied(folder / "registry.d", folder / "reconciler.yaml")
    assert project.run("apply", "--env", "dev", "--auto-approve").code == 0
    again = project.run("plan", "--detailed-exitcode", env={"RECONCILER_ENV": "dev"})
    assert again.code == 0
    for name in ("staging", "production"):
        done = project.run("plan", "--env", name)
        assert done.code == 3
        assert f"OKTA_{name.upper()}_API_TOKEN" in done.err
        assert project.run("validate", "--env", name).code == 0

    manifest = project.root / "registry.d" / "servers.yaml"
    text = manifest.read_text(encoding="utf-8")
    assert "tier: critical}" in text
    manifest.write_text(text.replace("tier: critical}", "tier: critical}\n  state: absent"), encoding="utf-8")
    protected = project.run("apply", "--env", "dev", "--auto-approve", "--allow-delete")
    assert protected.code == 5
    assert "McpServer.orders" in protected.out + protected.err
