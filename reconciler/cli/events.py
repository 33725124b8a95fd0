"""The file of `apply --events`: one JSON line an event, written as it happens."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TextIO

from reconciler.cli.output import remark, veiled
from reconciler.core.errors import Interrupted, ReconcilerError
from reconciler.core.event import Event, Line, over, to_document
from reconciler.core.noun import dataclass
from reconciler.core.result import Result, StepResult


@dataclass(slots=True)
class Events:
    """Who hears of events; without a file, nobody. For all threads of a run."""

    file: TextIO | None = None
    run: int = 0
    _seq: int = 0
    _lock: Lock = field(default_factory=Lock)

    def tell(self, event: Event) -> None:
        """Write one line. A file that takes no more is given up with a remark: the run is worth more."""
        with self._lock:
            if self.file is None:
                return
            self._seq += 1
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            text = json.dumps(to_document(Line(self._seq, at, self.run, event)), sort_keys=True)
            try:
                self.file.write(veiled(text) + "\n")
                self.file.flush()
            except OSError as error:
                self.file = None
                remark(f"Events are no longer written: {error.strerror}. The run goes on.")

    @contextmanager
    def ending(self, results: Sequence[StepResult]) -> Iterator[None]:
        """Tell in the end how the run went, also when something stopped it as a whole."""
        try:
            yield
        except BaseException as error:
            stopped = error if isinstance(error, ReconcilerError) else Interrupted("")
            self.tell(over(Result(tuple(results), self.run), stopped.exit_code, stopped.rule.code))
            raise
        self.tell(over(Result(tuple(results), self.run)))


@contextmanager
def written(path: Path | None) -> Iterator[Events]:
    """Open the file before anything is sent, readable by its owner only; without a path give who hears nothing."""
    if path is None:
        yield Events()
        return
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be written: {error.strerror}.", subject=str(path)) from error
    try:
        yield Events(file)
    finally:
        with suppress(OSError):  # what it did not take has been said
            file.close()
