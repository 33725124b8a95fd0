"""A signal is heard whatever this process is doing, and answered past what it may be in the middle of."""

import os
import signal

from reconciler.cli import output
from reconciler.cli.common import Common
from reconciler.cli.stopping import stoppable


class Busy:
    """A stderr in the middle of a write, which cannot be entered again."""

    encoding = "utf-8"

    def __init__(self, number):
        self.fileno = lambda: number

    def write(self, _text):
        raise RuntimeError("reentrant call")


def told(monkeypatch, chosen):
    reading, writing = os.pipe()
    monkeypatch.setattr("sys.stderr", Busy(writing))
    output.speak_as(chosen)
    for number in (signal.SIGINT, signal.SIGTERM):
        with stoppable() as stop:
            signal.raise_signal(number)
            assert stop.is_set()
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        return said.read().decode()


def test_a_signal_in_the_middle_of_a_write_is_answered(monkeypatch):
    assert told(monkeypatch, Common()).count("Stopping: steps in flight are finished, no other is begun.") == 2


def test_a_quiet_run_stops_without_a_word(monkeypatch):
    assert told(monkeypatch, Common(quiet=True)) == ""
