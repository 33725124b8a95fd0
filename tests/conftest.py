"""What every test needs: a process that knows no secret yet, and a user for whom nothing was kept."""

import gc
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from reconciler.core.veil import VEIL
from tests.support import warm

# Of generated examples, CI looks at the same ones each time, and no busy machine's clock fails one.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    """Start one warm command line for all workers, where the whole suite is run: each of them would start its own."""
    if config.getoption("numprocesses", None) and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        folder = stack.enter_context(TemporaryDirectory(prefix="warm-"))
        os.environ[warm.SHARED] = str(stack.enter_context(warm.server(Path(folder))))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, Any]:
    """Let each worker begin to collect at another place: what one has compiled, the others find when they get there."""
    report = yield
    place = getattr(collector.config, "workerinput", None)
    if isinstance(collector, pytest.Dir) and place and report.result:
        begin = len(report.result) * int(place["workerid"].removeprefix("gw")) // place["workercount"]
        report.result = report.result[begin:] + report.result[:begin]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hand out files of few tests first: theirs take long, and the short ones of the others even out the end."""
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (tests[item.path], item.path))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what fails when it fails: a run that is ended from outside never comes to its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\n{report.when} failed: {report.nodeid}\n")


@pytest.fixture(autouse=True, scope="session")
def nothing_is_kept_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what programs remember for a user out of the folders of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among ten thousand tests: all of them stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def nothing_is_veiled() -> Iterator[None]:
    """Forget the secrets that a test has resolved; the next one may use the same words in the open."""
    yield
    VEIL.clear()
