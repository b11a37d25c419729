"""`fairlead logs`: the last lines of router and normalizer in the order they were written, and those that come."""

import contextlib
import heapq
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from fairlead.cli.daemon import Desk, home_of
from fairlead.cli.log_tail import Tail
from fairlead.cli.running import configured
from fairlead.cli.screen import Screen
from fairlead.router.cli.columns import shown
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.router.ui.log_lines import Line

SERVICES = ("router", "normalizer")
LINES = 50
"""That are shown where nobody says how many."""
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


def _does(options: Namespace, env: Environment) -> Said:
    folder = _folder(env)
    names = (options.service,) if options.service else SERVICES
    printer = Printer(colours=Screen.of(sys.stdout, env).colours)
    try:
        with contextlib.ExitStack() as opened:
            tails = [opened.enter_context(Tail(folder / f"{name}.log")) for name in names]
            lines = merged([tail.last(options.lines) for tail in tails], options.lines)
            _print(lines, printer)
            if options.follow:
                _follow(tails, printer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"{error.filename or folder} cannot be read: {error.strerror}") from error
    if lines or options.lines == 0 or options.follow:
        return Said("")
    return Said(_nothing(names, folder))


def _folder(env: Environment) -> Path:
    """Where the services in the background write; where none run, where they would."""
    desk = Desk.of(env)
    record = desk.running()
    named = record.log if record else env.get("FAIRLEAD_LOGS") or _configured(env)
    if named is None:
        return desk.log.parent
    return home_of(env) / named[2:] if named.startswith("~/") else Path(named).absolute()


def _configured(env: Environment) -> str | None:
    try:
        return configured(env).config.log_files.folder
    except CommandError:
        return None  # what cannot be read names no folder, and the logs may tell why nothing runs


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


def _nothing(names: Sequence[str], folder: Path) -> str:
    return (
        f"nothing was logged in {folder} by the {' or the '.join(names)}; services that were not begun with "
        "fairlead start write to their terminal, unless log_files or FAIRLEAD_LOGS names a folder"
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of lines")
    return int(text)


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", choices=SERVICES, help="of this one alone")
    parser.add_argument("--lines", metavar="N", type=_count, default=LINES, help=f"how many of the last ({LINES})")
    parser.add_argument("--follow", action="store_true", help="go on with those that come, until Ctrl-C")


VERB = Verb("logs", "Print the last lines of the services' logs.", _takes, _does)
