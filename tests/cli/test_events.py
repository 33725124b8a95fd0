"""`apply --events` and `drift --metrics`: files that other programs follow while and after a run."""

import io
import json
import os

import pytest

from reconciler.backends.okta import OktaBackend
from reconciler.cli.events import Events
from reconciler.core.errors import LeaseLost, RemoteError
from tests.support.judges import demand_published, samples

from .conftest import manifest

APPLY = ("apply", "--gate", "off", "--auto-approve", "--events", "events.jsonl")


def events(shop):
    lines = [json.loads(line) for line in (shop.root / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        demand_published("event", line)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["event"] | {"run": line["run"]} for line in lines]


def test_a_run_is_told_step_by_step_as_it_happens(shop):
    said = shop(*APPLY, "--format", "json")
    demand_published("apply-result", said.json)
    told = events(shop)
    assert said.code == 0
    assert [each["type"] for each in told] == [
        "run-started",
        "step-started",
        *["step-sent"] * sum(each["type"] == "step-sent" for each in told[:-4]),
        "step-done",
        "step-started",
        "step-sent",
        "step-done",
        "run-ended",
    ]
    assert {each["run"] for each in told} == {1}
    assert (told[0]["steps"], told[0]["digest"][:7], told[-1]["steps"]) == (2, "sha256:", {"done": 2})
    assert told[2]["path"].startswith("/resource-servers/")
    assert (shop.root / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_run_with_nothing_to_do_begins_and_ends(shop):
    assert shop(*APPLY).code == 0
    assert shop(*APPLY).code == 0
    assert [(each["type"], each["run"]) for each in events(shop)] == [("run-started", 0), ("run-ended", 0)]


def test_a_failure_blocks_what_waits_for_it_and_the_end_says_how_to_go_on(shop, monkeypatch):
    def refuses(*_arguments):
        raise RemoteError("It is down.")

    with monkeypatch.context() as broken:
        broken.setattr(OktaBackend, "create", refuses)
        said = shop(*APPLY)
    told = events(shop)
    assert [each["type"] for each in told[1:]] == ["step-started", "step-failed", "step-blocked", "run-ended"]
    assert (told[2]["code"], told[2]["detail"]) == (RemoteError.rule.code, "It is down.")
    assert (told[-1]["exit_code"], told[-1]["resume"]) == (said.code, "reconciler apply --resume 1")
    assert shop("apply", "--gate", "off", "--resume", "--events", "events.jsonl").code == 0
    assert events(shop)[-1]["steps"] == {"done": 2}


def test_a_file_that_cannot_be_opened_stops_the_run_before_anything_is_sent(shop, console):
    said = shop(*APPLY[:-1], "no/such/folder/events.jsonl")
    assert said.code == 1
    assert "no/such/folder/events.jsonl cannot be written" in said.err
    assert console().servers() == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux that takes nothing")  # noqa: PTH110
def test_a_file_that_takes_no_more_is_said_and_does_not_stop_the_run(shop, console):
    said = shop(*APPLY[:-1], "/dev/full")
    assert said.code == 0
    assert said.err.count("Events are no longer written") == 1
    assert list(console().statuses().values()) == ["ACTIVE"]


@pytest.mark.parametrize(
    ("raised", "code", "exit_code"), [(LeaseLost("gone"), "RUN061", 6), (KeyboardInterrupt(), "RUN130", 130)]
)
def test_what_stops_a_run_as_a_whole_is_the_last_line(raised, code, exit_code):
    file = io.StringIO()
    with pytest.raises(type(raised)), Events(file, 3).ending([]):
        raise raised
    (line,) = map(json.loads, file.getvalue().splitlines())
    demand_published("event", line)
    assert (line["event"]["code"], line["event"]["exit_code"], line["event"]["ok"]) == (code, exit_code, False)


def test_the_metrics_of_a_look_are_read_by_prometheus_and_by_others_than_their_owner(shop, console):
    assert shop(*APPLY).code == 0
    assert shop("drift", "--metrics", "okta.prom").code == 0
    file = shop.root / "okta.prom"
    clean = {name: value for (name, _), value in samples(file.read_text()).items()}
    assert (clean["reconciler_drift_clean"], file.stat().st_mode & 0o777) == (1, 0o644)
    console().edit(displayName='Tools "2"\n')
    assert shop("drift", "--metrics", "okta.prom").code == 2
    drifted = {name: value for (name, _), value in samples(file.read_text()).items()}
    assert (drifted["reconciler_drift_clean"], drifted["reconciler_drift_alarm"]) == (0, 1)
    assert list(shop.root.glob(".okta.prom*")) == []


def test_metrics_that_cannot_be_written_are_an_error_after_the_report(shop):
    shop.write(manifest())
    said = shop("drift", "--metrics", "no/such/folder/okta.prom")
    assert said.code == 1
    assert "no/such/folder/okta.prom cannot be written" in said.err
