"""The registry of this repository, taken through plan, apply and plan by the installed command."""

from .conftest import ROOT


def test_registry_over_a_socket_is_active_and_a_second_apply_writes_nothing(copied, organisation):
    project = copied(ROOT / "registry.d")
    project.target(organisation.url)
    planned = project.run("plan", "--format", "json")
    wished = {
        change["fields"][-1]["after"]
        for change in planned.json["changes"]
        if change["address"].startswith("McpServer.") and change["action"] == "create"
    }
    assert organisation.writes() == 0, "a plan wrote"
    applied = project.run("apply", "--auto-approve", "--format", "json")
    assert applied.code == 0
    assert {step["outcome"] for step in applied.json["steps"]} == {"done"}
    assert organisation.statuses() == dict.fromkeys(wished, "ACTIVE")
    organisation.forget_requests()
    assert project.run("apply", "--auto-approve").code == 0
    again = project.run("plan", "--detailed-exitcode")
    assert (again.code, organisation.writes()) == (0, 0)
    assert "No changes." in again.out
