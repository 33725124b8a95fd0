"""Metrics of a look, as Prometheus itself reads them."""

from dataclasses import replace

from reconciler.core.drift import Judged, Standing
from reconciler.render import metrics
from tests.support import spoilt
from tests.support.judges import samples


def read(found):
    return {
        (name, *sorted(set(labels) - {("environment", 'test \\ "x"'), ("organisation", "o")})): value
        for (name, labels), value in samples(metrics.render(found)).items()
    }


def look(**more):
    found = spoilt.drift()
    return replace(found, target=replace(found.target, environment='test \\ "x"', organisation="o"), **more)


def test_a_look_says_whether_it_was_clean_when_it_was_and_what_alarms():
    found = read(look())
    assert found["reconciler_drift_clean",] == 0
    assert found["reconciler_drift_look_timestamp_seconds",] == 1795600800
    assert found["reconciler_drift_alarms",] == 2
    assert found["reconciler_drift_problems",] == 1
    assert found["reconciler_drift_differences", ("standing", "expired")] == 1
    assert found["reconciler_drift_differences", ("standing", "changed")] == 0
    names = (("category", "object"), ("path", "McpServer.wiki"), ("standing", "new"))
    assert found["reconciler_drift_alarm", *names] == 1
    assert found["reconciler_objects_live", ("kind", "McpServer")] == 4
    assert found["reconciler_objects_described", ("kind", "McpServer")] == 3
    assert found["reconciler_server_ready", ("address", "McpServer.jira")] == 0


def test_a_clean_look_has_the_same_series_less_what_alarms():
    found = read(look(found=(), problems=(), assessments={}))
    assert found["reconciler_drift_clean",] == 1
    assert found["reconciler_drift_differences", ("standing", "new")] == 0
    assert not [key for key in found if key[0] in {"reconciler_drift_alarm", "reconciler_server_ready"}]


def test_one_difference_seen_twice_is_one_series_and_a_flood_is_counted_not_named():
    (alarm, *_) = look().found
    assert len([key for key in read(look(found=(alarm, alarm))) if key[0] == "reconciler_drift_alarm"]) == 1
    flood = tuple(
        Judged(replace(alarm.difference, path=f"McpServer.s{number}.x"), Standing.NEW) for number in range(150)
    )
    found = read(look(found=flood))
    assert found["reconciler_drift_alarms",] == 150
    assert len([key for key in found if key[0] == "reconciler_drift_alarm"]) == metrics.SHOWN
