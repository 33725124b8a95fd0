"""How this process speaks: colour, symbols, JSON, progress. Results go to stdout, everything else to stderr.

What gives a result its form is imported when there is one: a command that only says a sentence does not pay for it.
"""

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.common import Common
from reconciler.core.veil import VEIL

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from reconciler.render.palette import Palette

_PATIENCE_SECONDS = 1.0


class _Voice:
    """The options of the one command that this process runs."""

    chosen = Common()
    has_masked = False


def speak_as(chosen: Common) -> None:
    """Take the options of the command, before anything is said."""
    _Voice.chosen = chosen
    _Voice.has_masked = False


def chosen() -> Common:
    """Give the options of the command."""
    return _Voice.chosen


def palette(*, err: bool = False) -> "Palette":
    """Give how to write to a stream: colour and lines that fit on a terminal, ASCII where no more can be encoded."""
    from reconciler.render.palette import ASCII, PLAIN, SPOKEN, Palette

    stream = sys.stderr if err else sys.stdout
    base = SPOKEN if not _Voice.chosen.symbols else PLAIN if _writes_symbols(stream) else ASCII
    wanted = _Voice.chosen.colour is not False and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if stream.isatty() else 0
    return Palette(colour=wanted and stream.isatty(), symbols=base.symbols, width=width)


def _writes_symbols(stream: Any) -> bool:
    return _writes("±▲▼✔·→", stream)


def _writes(text: str, stream: Any) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def say(text: str) -> None:
    """Write a result to stdout; what it cannot encode is escaped, and a secret in it is masked."""
    text = veiled(text if text.endswith("\n") else text + "\n")
    if not _writes(text, sys.stdout):
        encoding = sys.stdout.encoding or "ascii"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()


def aside(text: str, *, end: bool = True) -> None:
    """Write to stderr what is not the result; a secret in it is masked."""
    click.echo(veiled(text), err=True, nl=end)


def veiled(text: str) -> str:
    """The one gate before the terminal: what gets through holds no secret that this process has resolved."""
    if VEIL.covers(text):
        return text
    _Voice.has_masked = True
    return VEIL.over(text)


def has_masked() -> bool:
    """Tell whether something that was written would have held a secret: a bug, though nobody saw it."""
    return _Voice.has_masked


def say_json(value: Any) -> None:
    """Write a JSON result to stdout."""
    from reconciler.render import machine

    say_json_text(machine.dump(value))


def say_answer(value: "DataclassInstance") -> None:
    """Write a value of a published shape to stdout, as JSON."""
    from reconciler.render.shapes import dumped

    say_json(dumped(value))


def say_json_text(text: str) -> None:
    """Write JSON that is text already; where not all of it can be encoded, by the escapes of JSON."""
    if not _writes(text, sys.stdout):
        text = "".join(each if each.isascii() else json.dumps(each)[1:-1] for each in text)
    say(text)


def remark(text: str) -> None:
    """Write something to stderr that is not the result; not when `--quiet`."""
    if not _Voice.chosen.quiet:
        aside(text)


def remark_at_once(text: str, *, always: bool = False) -> None:
    """Write to stderr past every buffer, for handlers of signals: what they interrupt may be a write of this process,
    and that cannot be entered twice. Not when `--quiet`, unless `always`. For fixed words only: nothing is masked.
    """
    if always or not _Voice.chosen.quiet:
        with suppress(OSError, ValueError):  # a stderr that is none has nobody who listens
            os.write(sys.stderr.fileno(), f"{text}\n".encode())


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show that something is going on, on a terminal, once it takes longer than a second."""
    quiet = _Voice.chosen.quiet or _Voice.chosen.json or not _Voice.chosen.symbols
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    status = Console(stderr=True, no_color=not palette(err=True).colour).status(what)
    timer = threading.Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be starting the display just now
        status.stop()
