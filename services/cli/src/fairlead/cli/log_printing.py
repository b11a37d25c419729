"""Lines of logs as a terminal shows them, of several logs in the order of their times."""

import contextlib
import heapq
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from fairlead.cli.log_tail import Tail
from fairlead.router.cli.columns import shown
from fairlead.router.ui.log_lines import Line

PAUSE = 0.3
"""Seconds between two looks at logs that are followed."""


class Printer:
    """A line of a log as the services themselves write it into a terminal."""

    def __init__(self, *, colours: bool) -> None:
        self._render = structlog.dev.ConsoleRenderer(colors=colours, sort_keys=False)

    def __repr__(self) -> str:
        return "<Printer>"

    def text(self, line: Line) -> str:
        """What could move a terminal's cursor is shown as a question mark; a line that is no JSON is left as it is."""
        if not line.time:
            return shown(line.raw)
        own = {"component": line.component, "request_id": line.request_id, "decision": line.decision}
        told = {shown(key): shown(value) for key, value in (*own.items(), *line.fields) if value}
        head = {"timestamp": line.time, "level": line.level, "event": shown(line.event)}
        text = str(self._render(None, "", {**told, **head}))
        return "\n".join([text, *map(shown, line.more.splitlines())])


def show(paths: Iterable[Path], most: int, *, follow: bool, colours: bool) -> bool:
    """Prints the last `most` lines of the logs at `paths`, then those that come where wanted, until Ctrl-C.

    Whether there were any. Raises `OSError` for a log that cannot be read.
    """
    printer = Printer(colours=colours)
    with contextlib.ExitStack() as opened:
        tails = [opened.enter_context(Tail(path)) for path in paths]
        lines = merged([tail.last(most) for tail in tails], most)
        _print(lines, printer)
        if follow:
            _follow(tails, printer)
    return bool(lines)


def merged(logs: Iterable[Sequence[Line]], most: int) -> list[Line]:
    """The last `most` lines of all of them, by the times that they were written at; one without stays behind the line
    before it."""
    timed: list[list[tuple[str, Line]]] = []
    for lines in logs:
        at, own = "", []
        for line in lines:
            at = line.time or at
            own.append((at, line))
        timed.append(own)
    every = [line for _, line in heapq.merge(*timed, key=lambda one: one[0])]
    return every[-most:] if most else []


def _follow(tails: Sequence[Tail], printer: Printer) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            _print(merged([list(tail.came()) for tail in tails], sys.maxsize), printer)
            time.sleep(PAUSE)


def _print(lines: Iterable[Line], printer: Printer) -> None:
    for line in lines:
        print(printer.text(line))  # noqa: T201
    sys.stdout.flush()
