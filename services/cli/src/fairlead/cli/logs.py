"""`fairlead logs`: the last lines of router and normalizer in the order they were written, and those that come."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

from fairlead.cli.daemon import Desk, home_of
from fairlead.cli.running import configured
from fairlead.cli.screen import Screen
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb

SERVICES = ("router", "normalizer")
LINES = 50
"""That are shown where nobody says how many."""


def _does(options: Namespace, env: Environment) -> Said:
    folder = _folder(env)
    names = (options.service,) if options.service else SERVICES
    # It draws with structlog, which every other verb would have to load.
    from fairlead.cli.log_printing import show

    paths = [folder / f"{name}.log" for name in names]
    try:
        any_at_all = show(paths, options.lines, follow=options.follow, colours=Screen.of(sys.stdout, env).colours)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"{error.filename or folder} cannot be read: {error.strerror}") from error
    if any_at_all or options.lines == 0 or options.follow:
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
