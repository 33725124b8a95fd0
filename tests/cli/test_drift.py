"""`drift`: quiet about what is accepted, loud about what is new, and never a write to the organisation."""

import json
import re

import jsonschema
import pytest

from reconciler import app

from .conftest import SERVERS, manifest

PATH = "McpServer.tools.displayName"
TERMS = ("--owner", "collab@example.com", "--reason", "an incident")


@pytest.fixture
def applied(shop):
    assert shop("apply", "--auto-approve").code == 0
    return shop


def accept(shop, *paths, expires="90d", more=()):
    return shop("drift", "accept", *paths, *TERMS, "--expires", expires, *more)


def test_without_drift_it_ends_with_0_and_leaves_a_heartbeat(applied):
    said = applied("drift")
    assert (said.code, said.out.splitlines()[-1]) == (0, "No drift.")
    assert "Last look" not in said.out
    again = applied("drift", "--format", "json")
    assert again.json["clean"] is True
    assert again.json["previous"]["clean"] is True
    assert again.json["previous"]["in_a_row"] == 1
    assert applied("drift", "--format", "json").json["previous"]["in_a_row"] == 2


def test_an_edit_in_the_console_is_drift_with_its_author_and_its_time(applied, console):
    console().edit(displayName="Renamed")
    said = applied("drift")
    assert said.code == 2
    assert f"! {PATH}  new: the two differ" in said.out
    assert '    live      "Renamed"\n    manifest  "Tools"  registry.d/manifest.yaml:' in said.out
    assert "    by        administrator@example.com at 20" in said.out
    assert "resource_servers.mcp_server.update" in said.out
    assert said.out.splitlines()[-1] == "Drift: 1 difference to look at."
    machine = applied("drift", "--format", "json")
    assert machine.code == 2
    jsonschema.Draft202012Validator(app.schemas()["drift.schema.json"]).validate(machine.json)
    [found] = [each for each in machine.json["found"] if each["standing"] == "new"]
    assert (found["difference"]["path"], found["sightings"]) == (PATH, 2)
    assert found["actor"]["event"] == "resource_servers.mcp_server.update"


def test_looking_writes_nothing_to_the_organisation(applied, console):
    org = console()
    org.edit(displayName="Renamed")
    before = org.http.get("/api/v1/logs").json(), org.http.get(SERVERS).json()
    for command in (["drift"], ["drift", "accept", PATH, *TERMS, "--expires", "1d"], ["export"], ["import", "--all"]):
        applied(*command)
    assert (org.http.get("/api/v1/logs").json(), org.http.get(SERVERS).json()) == before


def test_what_is_accepted_is_quiet_until_its_value_changes_or_its_day_is_past(applied, console):
    org = console()
    org.edit(displayName="Renamed")
    said = accept(applied, PATH)
    assert (said.code, "Accepted until" in said.out) == (0, True)
    quiet = applied("drift")
    assert (quiet.code, quiet.out.splitlines()[-1]) == (0, "No drift; 1 accepted.")
    assert f"accepted {PATH}  until" in quiet.out
    plan = applied("plan", "--detailed-exitcode")
    assert plan.code == 0, plan.out
    later = applied("drift", "--as-of", "91d")
    assert (later.code, "accepted, expired" in later.out) == (2, True)
    assert applied("drift", "--as-of", "90d").code == 0
    org.edit(displayName="Renamed again")
    changed = applied("drift")
    assert (changed.code, "changed since accepted" in changed.out) == (2, True)
    assert applied("plan", "--detailed-exitcode").code == 2


def test_an_acceptance_that_nothing_needs_is_a_warning(applied, console):
    org = console()
    org.edit(displayName="Renamed")
    accept(applied, PATH)
    org.edit(displayName="Tools")
    said = applied("drift")
    assert said.code == 0
    assert "warning[BSL001]" in said.err


def test_an_acceptance_of_another_environment_does_not_count(applied, console):
    console().edit(displayName="Renamed")
    accept(applied, PATH)
    baseline = applied.root / "reconciler.baseline.yaml"
    baseline.write_text(baseline.read_text().replace("environment: local", "environment: other"))
    assert applied("drift").code == 2


def test_what_is_gone_and_what_is_off_can_be_accepted_and_a_plan_leaves_it(applied, console):
    org = console()
    [server] = org.servers()
    org.http.post(f"{SERVERS}/{server['id']}/lifecycle/deactivate").raise_for_status()
    said = applied("drift")
    assert (said.code, "! McpServer.tools.state" in said.out, "live      INACTIVE" in said.out) == (2, True, True)
    assert accept(applied, "McpServer.tools.state").code == 0
    assert (applied("drift").code, applied("plan", "--detailed-exitcode").code) == (0, 0)
    org.http.delete(f"{SERVERS}/{server['id']}").raise_for_status()
    gone = applied("drift")
    assert (gone.code, "! McpServer.tools  new: the organisation lacks it" in gone.out) == (2, True)
    assert accept(applied, "McpServer.tools").code == 0
    assert (applied("drift").code, applied("plan", "--detailed-exitcode").code) == (0, 0)


def test_what_flaps_does_not_alarm(applied, console):
    org = console()
    for name in ("One", "Two", "Three"):
        org.edit(displayName=name)
        said = applied("drift", "--min-sightings", "2")
        assert (said.code, "not often enough to alarm" in said.out) == (0, True)
    assert applied("drift", "--min-sightings", "2").code == 2


def test_unmanaged_objects_are_shown_and_alarm_only_on_request(applied, console):
    body = {"resourceUrl": "https://stray.mcp.test/mcp", "displayName": "Stray", "discoveryType": "MANUAL"}
    console().http.post(SERVERS, json=body).raise_for_status()
    said = applied("drift")
    assert (said.code, "(https://stray.mcp.test/mcp)" in said.out) == (0, True)
    assert "Under management: AuthorizationServer 0 of 1, McpServer 1 of 2." in said.out
    loud = applied("drift", "--alarm-unmanaged", "--format", "json")
    assert loud.code == 2
    paths = [each["difference"]["path"] for each in loud.json["found"]]
    assert accept(applied, *paths).code == 0
    assert applied("drift", "--alarm-unmanaged").code == 0


def test_options_before_and_after_the_subcommand_count(applied, console, monkeypatch):
    console().edit(displayName="Renamed")
    monkeypatch.chdir("/")
    root = str(applied.root)
    assert applied("--chdir", root, "drift").code == 2
    assert applied("drift", "--chdir", root, "accept", PATH, *TERMS, "--expires", "1d").code == 0
    assert applied("drift", "--chdir", root).code == 0


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expires", "says"),
    [
        ("McpServer.tools.displayNam", "90d", ("error[BSL002]", f"Did you mean {PATH}?")),
        ("McpServer.nothing", "90d", ("error[BSL002]", "Nothing differs at McpServer.nothing")),
        (PATH, "2020-01-01", ("error[BSL007]", "2020-01-01 was before today")),
    ],
)
def test_what_cannot_be_accepted_is_told_and_nothing_is_written(applied, console, path, expires, says):
    console().edit(displayName="Renamed")
    said = accept(applied, path, expires=expires)
    assert said.code == 64
    assert all(words in said.err for words in says)
    assert not (applied.root / "reconciler.baseline.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["accept"], "PATH"),
        (["accept", PATH, "--owner", "x", "--expires", "1d"], "--reason"),
        (["accept", PATH, "--owner", " ", "--reason", "x", "--expires", "1d"], "must say something"),
        (["accept", PATH, *TERMS, "--expires", "soon"], "is no day"),
        (["--as-of", "2027-02-30"], "is no day"),
        (["--min-sightings", "0"], "--min-sightings"),
        (["--baseline", "../baseline.yaml"], "leads out of the project"),
        (["forget"], "forget"),
    ],
)
def test_a_wrong_call_is_a_usage_error(shop, arguments, says):
    said = shop("drift", *arguments)
    assert (said.code, says in said.err) == (64, True), said.err


def test_a_faulty_baseline_stops_drift_and_plan_with_its_place(applied):
    (applied.root / "reconciler.baseline.yaml").write_text("apiVersion: reconciler/v1\naccepted:\n  - path: x\n")
    for command in ("drift", "plan"):
        said = applied(command)
        assert said.code == 3
        assert "reconciler.baseline.yaml:3:" in said.err


def test_a_baseline_about_an_unknown_kind_is_3_and_one_whose_day_is_past_alarms(applied, console):
    console().edit(displayName="Renamed")
    file = applied.root / "reconciler.baseline.yaml"
    assert accept(applied, PATH).code == 0
    sound = file.read_text()
    file.write_text(sound.replace(PATH, "McpServr.tools.displayName"))
    for command in ("drift", "plan"):
        said = applied(command)
        assert (said.code, "BSL003" in said.err, "reconciler.baseline.yaml:" in said.err) == (3, True, True)
    file.write_text(re.sub(r"expires: .*", "expires: 2020-01-01", sound))
    said = applied("drift")
    assert (said.code, "accepted, expired" in said.out) == (2, True)
    assert applied("plan", "--detailed-exitcode").code == 2


def test_an_existing_baseline_keeps_what_people_wrote(applied, console):
    console().edit(displayName="Renamed")
    path = applied.root / "reconciler.baseline.yaml"
    path.write_text("# ours\napiVersion: reconciler/v1\naccepted: []  # none yet\n")
    assert accept(applied, PATH).code == 0
    assert path.read_text().startswith("# ours\napiVersion: reconciler/v1\naccepted:")
    assert applied("drift").code == 0


def test_faulty_manifests_stop_a_look(shop):
    shop.write(manifest(more="  nonsense: 1\n"))
    assert shop("drift").code == 3


def test_a_log_that_may_not_be_read_costs_only_the_names(applied, console, monkeypatch):
    from reconciler.backends.okta import OktaReader
    from reconciler.core.errors import PermissionDenied

    console().edit(displayName="Renamed")

    def denied(*_):
        raise PermissionDenied("GET /api/v1/logs: 403.")

    monkeypatch.setattr(OktaReader, "happened", denied)
    said = applied("drift")
    assert said.code == 2
    assert "warning[BSL006]" in said.err
    assert "    by  " not in said.out
    assert "BSL006" not in applied("drift", "--no-actors").err


def test_json_of_an_acceptance(applied, console):
    console().edit(displayName="Renamed")
    said = accept(applied, PATH, expires="2099-01-01", more=("--format", "json"))
    assert said.json == {
        "accepted": [PATH],
        "file": "reconciler.baseline.yaml",
        "expires": "2099-01-01",
        "format_version": "1.0",
    }
    assert json.loads(said.out)
