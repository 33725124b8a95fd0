"""One look for drift as Prometheus metrics, for the textfile collector of its node exporter.

Text format 0.0.4. Text from outside stands in label values only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from reconciler.core.drift import Drift, Standing
from reconciler.render.words import plain

SHOWN = 100
"""So many alarms are named; `reconciler_drift_alarms` counts all. Every name is a series that is kept."""

_Sample = tuple[Mapping[str, str], float]


def render(found: Drift) -> str:
    """Give the file's text; the same for the same look."""
    where = {"environment": found.target.environment, "organisation": found.target.organisation}
    return "".join(line for name, told, samples in _families(found) for line in _family(name, told, samples, where))


def _families(found: Drift) -> Iterator[tuple[str, str, Iterable[_Sample]]]:
    yield "drift_clean", "Whether there was nothing to alarm about, and the look was whole.", [({}, found.clean)]
    yield "drift_look_timestamp_seconds", "When it was looked.", [({}, datetime.fromisoformat(found.at).timestamp())]
    yield "drift_alarms", "How many differences alarm.", [({}, len(found.alarms))]
    yield "drift_problems", "What kept the look from being whole.", [({}, len(found.problems))]
    yield "drift_differences", "How many differences are how.", _differences(found)
    yield "drift_alarm", f"Each difference that alarms, the first {SHOWN} of them.", _alarms(found)
    yield (
        "objects_live",
        "How many objects the organisation has.",
        [({"kind": kind}, each.total) for kind, each in found.coverage.items()],
    )
    yield (
        "objects_described",
        "How many of them manifests describe.",
        [({"kind": kind}, each.described) for kind, each in found.coverage.items()],
    )
    yield (
        "server_ready",
        "Whether an ACTIVE server is ready, where that was asked and could be observed.",
        [
            ({"address": str(address)}, seen.ready)
            for address, seen in found.assessments.items()
            if seen.ready is not None
        ],
    )


def _differences(found: Drift) -> Iterable[_Sample]:
    count = Counter(each.standing for each in found.found)
    return [({"standing": str(standing)}, count[standing]) for standing in Standing]


def _alarms(found: Drift) -> Iterable[_Sample]:
    for each in found.alarms[:SHOWN]:
        what = each.difference
        yield {"path": what.path, "category": str(what.category), "standing": str(each.standing)}, 1


def _family(name: str, told: str, samples: Iterable[_Sample], where: Mapping[str, str]) -> Iterator[str]:
    yield f"# HELP reconciler_{name} {told}\n# TYPE reconciler_{name} gauge\n"
    lines = {_labels({**where, **labels}): value for labels, value in samples}  # a series twice spoils the whole file
    yield from (f"reconciler_{name}{{{labels}}} {value:.16g}\n" for labels, value in lines.items())


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{_label(text)}"' for key, text in labels.items())


def _label(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')
